"""Carrying out operations: one transaction for all, by way of the leads' workflows where leads are among them.

A single write to a lead is asked of its own workflow. Several operations with a lead among them are a change set. What
touches no lead is written here.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from crm.change_sets import ChangeSetRequest
from crm.errors import InvalidInput, Unavailable
from crm.lead_writes import LeadWrite, is_lead_write
from crm.operations import AnyOperation, Done, Merge
from crm.security import Caller
from crm.store.life.communications import is_about_a_lead, may_be_spoken
from crm.store.writing.operations import perform
from leadflow.dataverse.call import Services
from leadflow.dataverse.errors import TooLarge
from leadflow.dataverse.lead_writing import write_lead

T = TypeVar("T")
ANSWER_SECONDS = 20.0
LARGEST_CHANGE_SET = 1_500_000
"""In bytes of JSON: Temporal takes no message above 2 MB."""


async def carry_out(services: Services, caller: Caller, operations: Sequence[AnyOperation]) -> list[Done]:
    """Carry out all operations, or none. Returns what became of each, in order. Raises LeadflowError."""
    match operations:
        case [operation] if isinstance(operation, LeadWrite) and is_lead_write(operation):
            return [await in_time(write_lead(services, caller, operation))]
    if any(map(is_lead_write, operations)) or await _speaks_with_a_lead(services, operations):
        return await in_time(_carry_out_together(services, caller, operations))
    return await services.write(
        lambda connection: perform(connection, caller, operations, services.choices(), now=datetime.now(UTC))
    )


async def in_time(work: Awaitable[T]) -> T:
    """Wait for the leads' workflows, but not for ever. Raises Unavailable; what was started goes on all the same."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await work
    except TimeoutError:
        raise Unavailable(
            f"No worker has answered within {ANSWER_SECONDS:.0f} s. What was asked for is done as soon as one runs; "
            "read the record before you ask again."
        ) from None


async def _speaks_with_a_lead(services: Services, operations: Sequence[AnyOperation]) -> bool:
    """Whether an activity is completed that is about a lead: its run counts that as contact."""
    completing = [operation for operation in operations if may_be_spoken(operation)]
    return bool(completing) and await services.read(
        lambda connection: any(is_about_a_lead(connection, operation) for operation in completing)
    )


async def _carry_out_together(services: Services, caller: Caller, operations: Sequence[AnyOperation]) -> list[Done]:
    request = ChangeSetRequest(caller=caller, operations=tuple(operations))
    if any(isinstance(operation, Merge) for operation in operations):
        raise InvalidInput("Leads cannot be merged together with other operations. Send Merge by itself.")
    size = len(request.model_dump_json())
    if size > LARGEST_CHANGE_SET:
        raise TooLarge(
            f"These operations have {size} bytes. With leads among them, {LARGEST_CHANGE_SET} are the most at once: "
            "send fewer at a time."
        )
    return list(await services.leads.change_together(request))
