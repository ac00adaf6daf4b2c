"""Leads of the past, as they were decided and as they went on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PastLead:
    """A lead by its first routing decision, the facts that it was made from, and what happened then.

    `decision` is the JSON of the decision as it was kept. `acceptedon` is when somebody first accepted the lead,
    `respondedon` when it got its first response, `closedon` when it was qualified or disqualified; None where that did
    not happen. `breached` says that a time to accept it ran out. Times are UTC.
    """

    leadid: UUID
    decidedon: datetime
    digest: str
    decision: Mapping[str, Any]
    facts: Mapping[str, Any]
    acceptedon: datetime | None = None
    respondedon: datetime | None = None
    closedon: datetime | None = None
    breached: bool = False
