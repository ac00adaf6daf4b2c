"""What a client is told once its record is written, and the plan of such a write."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from crm.entities import Entity
from crm.errors import NotFound, PermissionDenied
from crm.operations import AnyOperation, Done
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.errors import bad_body
from leadflow.dataverse.plans import Plan
from leadflow.dataverse.query.fields import selected
from leadflow.dataverse.query.options import read_query
from leadflow.dataverse.representation import record_body

MOST_OPERATIONS = 1000


def record_plan(call: Call, entity: type[Entity], id: UUID, operations: Sequence[AnyOperation]) -> Plan:
    """The plan of a write that is about one record.

    Raises InvalidInput where it is about too many others as well, or its `$select` names what does not exist.
    """
    check_number(operations)
    if call.preferences.representation:
        selected(entity, read_query(call.query).select)
    return Plan(tuple(operations), partial(_answer, call, entity, id), record=path_to(entity, id))


def check_number(operations: Sequence[AnyOperation]) -> None:
    if len(operations) > MOST_OPERATIONS:
        raise bad_body(f"The request writes more than {MOST_OPERATIONS} records. Send several requests.")


def path_to(entity: type[Entity], id: UUID) -> str:
    """The path of a record: `leads(<guid>)`."""
    return f"{entity.entity_set}({id})"


async def _answer(call: Call, entity: type[Entity], id: UUID, done: Sequence[Done]) -> Answer:
    """No content, or the record if the client prefers it and may read it."""
    url = call.base + path_to(entity, id)
    headers = {"OData-EntityId": url, "Location": url}
    if not call.preferences.representation:
        return Answer(204, headers=headers)
    try:
        body = await record_body(call, entity, id, select=call.options.get("$select"))
    except (NotFound, PermissionDenied):
        return Answer(204, headers=headers)
    is_new = any(one.created for one in done if one.id == id)
    return Answer(201 if is_new else 200, body, {**headers, "Preference-Applied": "return=representation"})
