"""What a write comes to before it happens: the operations, and what the client is told once they are done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from crm.operations import AnyOperation, CreateRecord, Done, UpdateRecord
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.carrying_out import carry_out


@dataclass(frozen=True)
class Plan:
    """`operations` in the order in which they must happen; `respond` makes the answer of what became of them.

    `record` is the path of the record that the request is about (`leads(<guid>)`), for later requests of a change set.
    """

    operations: tuple[AnyOperation, ...]
    respond: Callable[[Sequence[Done]], Awaitable[Answer]]
    record: str | None = None

    @property
    def written(self) -> frozenset[UUID]:
        """The records that will exist once the plan is carried out, as far as it says."""
        return frozenset(one.id for one in self.operations if isinstance(one, CreateRecord | UpdateRecord))


Planner = Callable[[Call], Awaitable[Plan]]


async def execute(call: Call, plan: Plan) -> Answer:
    """Carry out a plan and answer. Raises LeadflowError where an operation is refused; then none has happened."""
    return await plan.respond(await carry_out(call.services, call.caller, plan.operations))
