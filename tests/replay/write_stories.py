"""The stories of leads that are written as records are, and how every story begins."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

from crm.change_sets import ChangeSetRequest
from crm.entities import ENTITIES
from crm.operations import CreateRecord, Qualify, UpdateRecord
from crm.requests import AcceptLead, ChangeLead, DeleteLead, DisqualifyLead, EntityReference, QualifyLead
from crm.security import Caller, everything
from crm.store.people.organisation import record_id
from tests.workflows.conftest import Service, new_lead
from workflows.change_set import ChangeSet, change_set_id

STORIES = UUID("5f0c7e0a-0000-5000-8000-000000000000")
BEFORE = "_before"  # the history of the run before the last one
KRONA = {"isocurrencycode": "SEK", "currencyname": "Krona", "exchangerate": 11}


def lead_of(name: str) -> UUID:
    """The lead of a story, or of the file that holds its history. Its workflow id is part of what is replayed."""
    return uuid5(STORIES, name.removesuffix(BEFORE))


async def begin(service: Service, lead: UUID, **attributes: Any) -> None:
    await service.leads.enqueue(new_lead(lead, **attributes))
    await service.settle(lead)


async def changed_at_once(service: Service, lead: UUID) -> None:
    mia = EntityReference(logicalname="systemuser", id=record_id("systemuser", "mia"))
    await begin(service, lead, revenue="much")
    await service.ask(lead, ChangeLead(changes={"revenue": 1000}))
    await service.ask(lead, ChangeLead(changes={"jobtitle": "for the inbox"}))
    await service.ask(lead, ChangeLead(changes={"subject": "Fleet"}, owner=mia, statuscode=2))
    await service.ask(lead, ChangeLead(statecode=2))
    await service.handle(lead).result()


async def deleted(service: Service, lead: UUID) -> None:
    await begin(service, lead)
    await service.ask(lead, DeleteLead())
    await service.handle(lead).result()


async def deleted_when_closed(service: Service, lead: UUID) -> None:
    await deleted(service, lead)
    await service.leads.submit(new_lead(lead))
    await service.ask(lead, DisqualifyLead())
    await service.handle(lead).result()
    await service.leads.delete(lead, None, "web", DeleteLead())
    await service.handle(lead).result()


def caller() -> Caller:
    return Caller(STORIES, "admin", "Ada Admin", None, grants=everything(ENTITIES))


async def written_together(service: Service, lead: UUID) -> None:
    """A change set changes it beside a new lead, and another one closes it."""
    await begin(service, lead)
    new = CreateRecord(entity="lead", id=lead_of("born of a change set"), values={"lastname": "Lind"})
    change = UpdateRecord(entity="lead", id=lead, values={"jobtitle": "for the inbox"})
    await service.leads.change_together(ChangeSetRequest(caller=caller(), operations=(new, change)))
    await service.ask(lead, AcceptLead(user="anna"))
    closing = UpdateRecord(entity="lead", id=lead, values={"statecode": 2})
    await service.leads.change_together(ChangeSetRequest(caller=caller(), operations=(closing, change_of_other())))
    await service.handle(lead).result()


def change_of_other() -> UpdateRecord:
    return UpdateRecord(entity="lead", id=lead_of("born of a change set"), values={"subject": "Fleet"})


async def born_of_a_change_set(service: Service, lead: UUID) -> None:
    new = CreateRecord(entity="lead", id=lead, values={"lastname": "Lind"})
    qualify = Qualify(entity="lead", id=lead, request=QualifyLead(CreateAccount=False))
    await service.leads.change_together(ChangeSetRequest(caller=caller(), operations=(new,)))
    await service.ask(lead, AcceptLead())
    await service.leads.change_together(ChangeSetRequest(caller=caller(), operations=(qualify,)))
    await service.handle(lead).result()


async def change_set(service: Service, lead: UUID) -> None:
    """A new lead, an open one that is changed, and a currency. Here the change set's own run is recorded."""
    await begin(service, other := uuid5(lead, "other"))
    operations = (
        CreateRecord(entity="transactioncurrency", id=uuid5(lead, "currency"), values=KRONA),
        CreateRecord(entity="lead", id=lead, values={"lastname": "Lind"}),
        UpdateRecord(entity="lead", id=other, values={"subject": "Fleet"}),
    )
    request = ChangeSetRequest(caller=caller(), operations=operations)
    queue = service.task_queue
    await service.client.execute_workflow(ChangeSet.run, request, id=change_set_id(lead), task_queue=queue)


ALL: tuple[Callable[[Service, UUID], Awaitable[Any]], ...] = (
    changed_at_once,
    deleted,
    deleted_when_closed,
    written_together,
    born_of_a_change_set,
    change_set,
)
