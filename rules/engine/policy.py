"""How a rule file wants its leads treated beside routing: the same person twice, and leads that move too often."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DuplicateAction = Literal["link", "merge", "route"]
RerouteOnEdit = Literal["until_accepted", "always", "never"]


class DuplicatesSpec(BaseModel):
    """`duplicates: link` says it for leads that are surely of the same person; similar ones are routed then."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    same: DuplicateAction = Field(
        default="route",
        description="A lead with the e-mail address, or the phone number and last name, of one that is open already",
    )
    similar: DuplicateAction = Field(
        default="route", description="A lead whose name and company are much alike those of one that is open already"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, given: Any) -> Any:
        return {"same": given} if isinstance(given, str) else given


class Policy(BaseModel):
    """What the first file of a lead's chain that says it says; defaults where none does.

    `max_reroutes` counts how often a lead may be routed again in its life before it goes to the team's manager.
    `reroute_on_edit` says whether a lead moves when an edit makes the rules send it elsewhere.
    """

    model_config = ConfigDict(frozen=True)

    duplicates: DuplicatesSpec = DuplicatesSpec()
    max_reroutes: int = 10
    reroute_on_edit: RerouteOnEdit = "until_accepted"
