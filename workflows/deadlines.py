"""What a run waits for when nobody asks for anything: the next moment at which it must act by itself. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crm.lifecycle import LeadStage
from crm.views import LeadView

Limit = Literal["wait", "offer", "accept", "contact"]
_SUMMARIES: dict[Limit, str] = {
    "wait": "Nobody may get it: look again at",
    "offer": "Offer: answer by",
    "accept": "SLA: accept by",
    "contact": "SLA: contact by",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """When (UTC), and what has run out then."""

    at: datetime
    limit: Limit

    @property
    def summary(self) -> str:
        """The timer's title in the Web UI."""
        return f"{_SUMMARIES[self.limit]} {self.at:%Y-%m-%d %H:%M} UTC"


def next_deadline(lead: LeadView) -> Deadline | None:
    """The earliest of a lead's time limits; None where it may stay as it is for ever."""
    answer: Limit = "offer" if lead.stage is LeadStage.OFFERED else "accept"
    limits: list[tuple[Limit, datetime | None]] = [
        ("wait", lead.wait_until),
        (answer, lead.accept_by),
        ("contact", lead.contact_by),
    ]
    return min((Deadline(at, limit) for limit, at in limits if at), key=lambda deadline: deadline.at, default=None)
