"""Many records of one entity in one request: CreateMultiple, UpdateMultiple, UpsertMultiple. All of them, or none."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from uuid import UUID

from crm.entities import Entity
from crm.errors import LeadflowError
from crm.operations import AnyOperation, Done
from leadflow.dataverse.bodies import Body, id_in, new_record
from leadflow.dataverse.bulk_delete import plan_bulk_delete
from leadflow.dataverse.call import NO_CONTENT, Answer, Call
from leadflow.dataverse.conditions import Conditions
from leadflow.dataverse.drafts import Source, with_source
from leadflow.dataverse.errors import bad_body
from leadflow.dataverse.keys import keys_of
from leadflow.dataverse.path import Argument, Segment
from leadflow.dataverse.plans import Plan, Planner
from leadflow.dataverse.references import read_link
from leadflow.dataverse.target import Records
from leadflow.dataverse.writing import upsert
from leadflow.dataverse.written import check_number

MOST_TARGETS = 1000

Planned = tuple[UUID, tuple[AnyOperation, ...]]
Step = Callable[[Source, type[Entity], Body], Planned]
Respond = Callable[[Call, list[UUID], Sequence[Done]], Answer]


async def _plan(call: Call, step: Step, respond: Respond) -> Plan:
    """One step for each target."""
    target = call.target
    assert isinstance(target, Records)
    if target.key is not None:
        raise bad_body(f"{target.operation} is called on a set of records, without a key.")
    entity, bodies = target.entity, _targets(call.json())

    def plan(source: Source) -> list[Planned]:
        return [_at(number, step, source, entity, body) for number, body in enumerate(bodies)]

    planned = await with_source(call, plan)
    operations = tuple(chain.from_iterable(own for _, own in planned))
    check_number(operations)

    async def answer(done: Sequence[Done]) -> Answer:
        return respond(call, [id for id, _ in planned], done)

    return Plan(operations, answer)


def _targets(body: Body) -> list[Body]:
    targets = body.get("Targets")
    if not isinstance(targets, list) or not targets or not all(isinstance(one, dict) for one in targets):
        raise bad_body("""The body must be {"Targets": [...]} with one object for each record.""")
    if len(targets) > MOST_TARGETS:
        raise bad_body(f"At most {MOST_TARGETS} targets fit one request. Send several.")
    return targets


def _at(number: int, step: Step, source: Source, entity: type[Entity], body: Body) -> Planned:
    """One step, whose error names the target that it is about."""
    try:
        return step(source, entity, body)
    except LeadflowError as error:
        error.message = f"Targets[{number}]: {error.message}"
        raise


def _create(source: Source, entity: type[Entity], body: Body) -> Planned:
    draft = new_record(source, entity, id_in(entity, body), body)
    return draft.id, draft.creation


def _update(source: Source, entity: type[Entity], body: Body) -> Planned:
    return upsert(source, entity, _key_in(entity, body), body, Conditions(must_exist=True))


def _upsert(source: Source, entity: type[Entity], body: Body) -> Planned:
    return upsert(source, entity, _key_in(entity, body), body, Conditions())


def _key_in(entity: type[Entity], body: Body) -> Segment:
    """The key of a target: its link (`@odata.id`), its id, or the values of an alternate key."""
    if "@odata.id" in body:
        return read_link(body["@odata.id"], entity.logical_name, where="@odata.id")
    if entity.primary_id in body:
        return Segment(entity.entity_set, (Argument(None, str(body[entity.primary_id])),))
    for key in sorted(keys_of(entity), key=sorted):
        if all(body.get(name) is not None for name in key):
            return Segment(entity.entity_set, tuple(Argument(name, _literal(body[name])) for name in sorted(key)))
    raise bad_body(f"A target must say which record it is about: by @odata.id, by {entity.primary_id}, or by a key.")


def _literal(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _ids(call: Call, ids: list[UUID], _done: Sequence[Done]) -> Answer:
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    return Answer(200, {"@odata.context": context, "Ids": ids})


def _nothing(_call: Call, _ids: list[UUID], _done: Sequence[Done]) -> Answer:
    return NO_CONTENT()


PLANNERS: Mapping[str, Mapping[str, Planner]] = {
    "bound CreateMultiple": {"POST": partial(_plan, step=_create, respond=_ids)},
    "bound UpdateMultiple": {"POST": partial(_plan, step=_update, respond=_nothing)},
    "bound UpsertMultiple": {"POST": partial(_plan, step=_upsert, respond=_nothing)},
    "unbound BulkDelete": {"POST": plan_bulk_delete},
}
