"""Whether a member may get a lead, and why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.engine.decision import Assign, Requirements
from rules.engine.directory import Directory, User
from rules.strategies.member import Member
from rules.strategies.presence import why_away

Cause = Literal["inactive", "this lead", "away", "full"]
INACTIVE = "inactive"
GAVE_BACK = "had this lead and gave it back"
AT_CAPACITY = "at capacity"
REQUIREMENTS = {"languages": "language", "skills": "skill", "territories": "territory"}
"""What a rule may require of a member, and what one of it is called."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a member may not get a lead. What stands before ` until ` in `reason` is the same for the same cause.

    `cause` is "this lead" where others could come to the member, and no turn is missed; "away" where the member may get
    it later; "full" where the member has as many open leads as allowed, which closing one changes at any time.
    """

    reason: str
    cause: Cause
    full: bool = False


def exclusion(member: Member, outcome: Assign, directory: Directory, now: datetime) -> Exclusion | None:
    """Why the member may not get a lead with this outcome at this moment; None: may. `capacity` must be filled in.

    A member whom the directory does not have is never absent, always at work, and meets no requirement.
    """
    if not member.active:
        return Exclusion(INACTIVE, "inactive")
    if member.gave_back:
        return Exclusion(GAVE_BACK, "this lead")
    if missing := list(lacking(directory.users.get(member.key), outcome.requires)):
        words = " and ".join(f"{REQUIREMENTS[kind]} {word}" for kind, word in missing)
        return Exclusion(f"lacks {words}", "this lead")
    full = member.capacity is not None and member.open_leads >= member.capacity
    if away := why_away(member, outcome, directory, now):
        return Exclusion(away, "away", full)
    return Exclusion(AT_CAPACITY, "full", full) if full else None


def lacking(user: User | None, requires: Requirements) -> Iterator[tuple[str, str]]:
    """What the rule requires and the user does not have, as kind and word; without a user that is all of it."""
    for kind in REQUIREMENTS:
        if wanted := getattr(requires, kind):
            has = {word.casefold() for word in getattr(user, kind, ())}
            yield from ((kind, word) for word in wanted if word.casefold() not in has)
