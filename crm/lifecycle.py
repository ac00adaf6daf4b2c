"""The lead's states, stages and the rules of moving between them.

`statecode` and `statuscode` are Dataverse's: what the lead is. The stage is ours: where the workflow stands with it.
"""

from enum import IntEnum, StrEnum

from crm.choices import ChoiceBook, Option
from crm.errors import ErrorCode, InvalidInput, StateConflict

DEFAULT_STATUS = -1  # QualifyLead's Status: let the system choose the state's default


class LeadState(IntEnum):
    """lead.statecode"""

    OPEN = 0
    QUALIFIED = 1
    DISQUALIFIED = 2


class LeadStatus(IntEnum):
    """The values of lead.statuscode that leadflow itself sets; an organisation may have more."""

    NEW = 1
    CONTACTED = 2
    QUALIFIED = 3
    CANCELED = 7  # what was merged into another lead


class LeadStage(StrEnum):
    """Where the lead's workflow stands."""

    RECEIVED = "received"  # stored, not routed yet
    QUARANTINED = "quarantined"  # does not validate; waits for a correction
    WAITING = "waiting"  # nobody may get it now; its team owns it, and the rules are asked again
    OFFERED = "offered"  # a channel partner may accept or decline it
    HELD = "held"  # a rule said hold; waits for a person
    ASSIGNED = "assigned"  # has an owner who has not answered yet
    ACCEPTED = "accepted"  # its owner works on it
    QUALIFIED = "qualified"
    DISQUALIFIED = "disqualified"
    DELETED = "deleted"  # there is no lead any more; only its run and its journal say so


ROUTED_STAGES = frozenset(
    {LeadStage.WAITING, LeadStage.OFFERED, LeadStage.HELD, LeadStage.ASSIGNED, LeadStage.ACCEPTED}
)
CLOSED_STAGES = frozenset({LeadStage.QUALIFIED, LeadStage.DISQUALIFIED, LeadStage.DELETED})
STAGE_OF_STATE = {LeadState.QUALIFIED: LeadStage.QUALIFIED, LeadState.DISQUALIFIED: LeadStage.DISQUALIFIED}


def require_open(statecode: int) -> None:
    """Refuse to work on a closed lead: it is read-only until reactivated."""
    if statecode != LeadState.OPEN:
        raise StateConflict(
            f"The lead is already closed ({LeadState(statecode).name.lower()}). Reactivate it first.",
            code=ErrorCode.LEAD_ALREADY_CLOSED,
        )


def require_valid(stage: str | None) -> None:
    """Refuse to work on a lead that does not validate: only a correction, a note and its end are allowed."""
    if stage == LeadStage.QUARANTINED:
        raise StateConflict(
            "The lead is in quarantine: it does not validate. Correct it first, by changing its attributes.",
            code=ErrorCode.INVALID_ARGUMENT,
        )


def require_closed(statecode: int) -> None:
    if statecode == LeadState.OPEN:
        raise StateConflict("The lead is already in the open state.", code=ErrorCode.LEAD_ALREADY_OPEN)


def require_version(version: int | None, expected: int | None) -> None:
    """Refuse to write over what somebody else has written since it was read."""
    if expected is not None and version != expected:
        raise StateConflict(
            "The version of the existing record doesn't match the RowVersion property provided. Read it again.",
            code=ErrorCode.VERSION_MISMATCH,
        )


def status_in_state(choices: ChoiceBook, status: int | str | None, *states: LeadState) -> Option:
    """The status reason that `status` (number, label, or -1/None for the default) names within `states`.

    Raises InvalidInput with Dataverse's code where it belongs to no such state.
    """
    reasons = choices["lead_statuscode"]
    if status is None or status == DEFAULT_STATUS:
        return reasons.default_for_state(states[0])
    option = reasons.find(status)
    if option is None or option.state not in states:
        names = " or ".join(state.name.capitalize() for state in states)
        valid = ", ".join(f"{o.value} {o.label}" for o in reasons.options if o.state in states)
        raise InvalidInput(
            f"{status} is not a valid status code for state {names}. Valid are: {valid}.",
            code=ErrorCode.INVALID_STATUS_FOR_STATE,
        )
    return option
