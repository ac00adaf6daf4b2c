"""Carrying out operations on records in a transaction: with the caller's privileges, and what deletion takes along."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from crm.choices import ChoiceBook
from crm.operations import AnyOperation, Done
from crm.security import Caller


def perform(
    connection: Connection,
    caller: Caller,
    operations: Sequence[AnyOperation],
    choices: ChoiceBook,
    *,
    now: datetime,
) -> list[Done]:
    """Carry out operations on records that are no leads, in order. Raises LeadflowError; the transaction then ends."""
    raise NotImplementedError
