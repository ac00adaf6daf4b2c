"""Several requests in one: `$batch`.

Each request is answered as if it came alone. The requests of a change set are planned first, so that a later one can
refer to the record that an earlier one will make, and then carried out together: all of them, or none.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

from crm.operations import Done
from leadflow.dataverse.batch_requests import BatchRequest, ChangeSet, read_batch, resolved
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.carrying_out import carry_out
from leadflow.dataverse.errors import MethodNotAllowed, bad_body
from leadflow.dataverse.failures import failed, guarded
from leadflow.dataverse.multipart import join_parts, nested, response_part
from leadflow.dataverse.path import parse_path
from leadflow.dataverse.planning import PLANNERS
from leadflow.dataverse.plans import Plan
from leadflow.dataverse.preferences import refuse_impersonation
from leadflow.dataverse.shapes import shape_of
from leadflow.dataverse.target import Unbound, resolve

AnswerOne = Callable[..., Awaitable[Answer]]


async def answer_batch(call: Call, answer: AnswerOne) -> Answer:
    """Answer the requests in order, each with `answer`, a change set as a whole.

    The first failure ends the batch, and its status is that of the whole answer, unless the client prefers
    `odata.continue-on-error`. Raises InvalidInput for a batch that cannot be read: then nothing has been done.
    """
    if call.method != "POST":
        raise MethodNotAllowed(f"The method {call.method} is not allowed here; a batch is sent with POST.", ["POST"])
    status, parts = 200, []
    for item in read_batch(call):
        reached, part = await (_change_set(call, item) if isinstance(item, ChangeSet) else _alone(call, item, answer))
        parts.append(part)
        if reached >= 400 and not call.preferences.continue_on_error:
            status = reached
            break
    boundary = f"batchresponse_{uuid4()}"
    return Answer(status, join_parts(parts, boundary), content_type=f"multipart/mixed; boundary={boundary}")


async def _alone(call: Call, request: BatchRequest, answer: AnswerOne) -> tuple[int, bytes]:
    """The status of a request, and the part that answers it."""
    done = await guarded(_answered(call, request, answer))
    return done.status, response_part(done, request.content_id)


async def _answered(call: Call, request: BatchRequest, answer: AnswerOne) -> Answer:
    target = resolve(parse_path(request.path))
    if isinstance(target, Unbound) and target.name == "$batch":
        raise bad_body("A batch cannot contain another batch.")
    return await answer(
        call.services,
        call.caller,
        request.method,
        request.path,
        base=call.base,
        query=request.query,
        headers=request.headers,
        body=request.body,
    )


async def _change_set(call: Call, change_set: ChangeSet) -> tuple[int, bytes]:
    """The status of a change set, and the part that answers it: with a part for each request, or one failure for all.

    A failure bears the Content-ID of the request that could not be planned.
    """
    plans: list[Plan] = []
    known: dict[str, str] = {}
    written: frozenset[UUID] = frozenset()
    at: str | None = None
    try:
        for request in change_set.requests:
            at = request.content_id
            plan = await _planned(call, resolved(request, known), written)
            plans.append(plan)
            written |= plan.written
            if at and plan.record:
                known[at] = plan.record
        at = None
        done = await carry_out(call.services, call.caller, [one for plan in plans for one in plan.operations])
    except Exception as error:
        failure = failed(error)
        return failure.status, response_part(failure, at)
    answers = [await guarded(plan.respond(own)) for plan, own in _each_with_its_own(plans, done)]
    ids = (request.content_id for request in change_set.requests)
    return 200, nested(map(response_part, answers, ids), f"changesetresponse_{uuid4()}")


async def _planned(call: Call, request: BatchRequest, written: frozenset[UUID]) -> Plan:
    """What a request of a change set comes to, after others that write the records with the ids in `written`.

    Raises LeadflowError, also for what is not a write.
    """
    refuse_impersonation(request.headers)
    target = resolve(parse_path(request.path))
    planner = PLANNERS.get(shape_of(target), {}).get(request.method)
    if planner is None:
        raise bad_body(f"The method {request.method} on this path cannot be part of a change set, only writes can be.")
    part = replace(
        call,
        method=request.method,
        target=target,
        query=request.query,
        headers=request.headers,
        body=request.body,
        planned=written,
    )
    return await planner(part)


def _each_with_its_own(plans: list[Plan], done: list[Done]) -> Iterator[tuple[Plan, list[Done]]]:
    """Each plan with what became of its operations."""
    start = 0
    for plan in plans:
        yield plan, done[start : start + len(plan.operations)]
        start += len(plan.operations)
