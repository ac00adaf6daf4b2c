"""Carrying out operations: one transaction for all, by way of the leads' workflows where leads are among them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from crm.operations import AnyOperation, Done
from crm.security import Caller
from crm.store.operations import perform
from leadflow.dataverse.call import Services


async def carry_out(services: Services, caller: Caller, operations: Sequence[AnyOperation]) -> list[Done]:
    """Carry out all operations, or none. Returns what became of each, in order. Raises LeadflowError."""
    return await services.write(
        lambda connection: perform(connection, caller, operations, services.choices(), now=datetime.now(UTC))
    )
