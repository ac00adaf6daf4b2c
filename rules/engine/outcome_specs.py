"""What may stand under `then` and `otherwise`: the form of it, as editors write it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.engine.decision import Priority
from rules.engine.directory import Words
from rules.engine.values import Duration, Unfit, WithinTime

MAX_WEIGHT = 1000


def _steps(given: Any) -> Any:
    """A single step may stand without a list. Raises Unfit for what is no step."""
    steps = given if isinstance(given, list | tuple) else [given]
    for step in steps:
        words = step.values() if isinstance(step, dict) else [step]
        if not all(isinstance(word, str) for word in words):
            raise Unfit(
                "a step is a word, or a word with a name",
                "Write such as [remind, escalate: desk] or [next: desk, wait]",
            )
    return steps


def _offered(given: Any) -> Any:
    """A single partner may stand without a list. Raises Unfit for what is neither a list of keys nor weights."""
    if isinstance(given, dict):
        return {partner: _weight(partner, weight) for partner, weight in given.items()}
    partners = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(partner, str) for partner in partners):
        raise Unfit("partners are named one by one", "Write such as [contoso, fabrikam], or {contoso: 3, fabrikam: 1}")
    return tuple(partners)


def _weight(partner: str, given: Any) -> int:
    if isinstance(given, str) and given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MAX_WEIGHT:
        return int(given)
    raise Unfit(f"'{given}' is no weight for {partner}", f"Write a whole number from 1 to {MAX_WEIGHT}")


Steps = Annotated[tuple[str | dict[str, str], ...], BeforeValidator(_steps)]
Offered = Annotated[tuple[str, ...] | dict[str, int], BeforeValidator(_offered)]
"""Partners by key: in this order, or each with its weight."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RequirementsSpec(_Spec):
    languages: Words = Field(default=(), description="Languages that the member speaks, as the directory lists them")
    skills: Words = Field(default=(), description="Skills that the member has, as the directory lists them")
    territories: Words = Field(
        default=(), description="Territories that the member covers, as the directory lists them"
    )


class AssignSpec(_Spec):
    """Exactly one of user, team, queue and partner."""

    user: str | None = Field(default=None, description="One person, by key")
    team: str | None = Field(default=None, description="A team, by key; the strategy picks the member")
    queue: str | None = Field(default=None, description="A queue, by key: the lead waits there for the queue's team")
    partner: str | None = Field(default=None, description="A channel partner, by key: the lead goes to that company")
    strategy: str | None = Field(
        default=None, description="How the member of the team is picked; round_robin if not said"
    )
    fallback: str | None = Field(
        default=None, description="With `strategy: sticky`: how leads whom nobody knows are given out"
    )
    during: Literal["working_hours"] | None = Field(
        default=None, description="Only members whose working hours it is may get the lead"
    )
    requires: RequirementsSpec = Field(
        default=RequirementsSpec(), description="What a member must have to get the lead"
    )


class QualifySpec(_Spec):
    create_account: bool = Field(default=True, description="Make an account of the company; yes if not said")
    create_contact: bool = Field(default=True, description="Make a contact of the person; yes if not said")
    create_opportunity: bool = Field(default=True, description="Open an opportunity; yes if not said")


class DisqualifySpec(_Spec):
    status: str = Field(description="Status reason that the closed lead gets")
    reason: str | None = Field(default=None, description="Why, in words; it stands in the lead's history")


class HoldSpec(_Spec):
    reason: str = Field(min_length=1, description="What the person who looks at the lead must know")


class OutcomeSpec(_Spec):
    """Exactly one of the five outcomes, and what belongs to it."""

    assign_to: AssignSpec | None = Field(default=None, description="Gives the lead to a person, team, queue or partner")
    offer_to: Offered | None = Field(
        default=None, description="Offers the lead to channel partners: a list in this order, or `partner: weight`"
    )
    qualify: QualifySpec | None = Field(
        default=None, description="Qualifies the lead at once, without a person; `{}` makes everything"
    )
    disqualify: DisqualifySpec | None = Field(default=None, description="Closes the lead without a sale")
    hold: HoldSpec | None = Field(default=None, description="Keeps the lead until a person has looked at it")
    priority: Priority = Field(
        default="normal", description="Shown with the lead, so that people see what is urgent; normal if not said"
    )
    accept_within: WithinTime | None = Field(
        default=None, description="How long the owner has, in working time: 4 hours. By the clock: 15 minutes clock"
    )
    contact_within: WithinTime | None = Field(
        default=None, description="How long until somebody has written to or called the lead, from the assignment on"
    )
    registered_for: Duration | None = Field(
        default=None, description="With `offer_to`: how long the company belongs to the partner who accepts: 90 days"
    )
    if_missed: Steps = Field(default=(), description="What happens, step by step, when nobody accepts in time")
    if_nobody: Steps = Field(
        default=(), description="What happens when nobody may get the lead: wait, next: <team>, queue: <queue>"
    )


class OtherwiseSpec(OutcomeSpec):
    """An outcome, or `use`: the next file of the chain."""

    use: Literal["business_unit", "parent"] | None = Field(
        default=None, description="Instead of an outcome: go on to the next file"
    )
