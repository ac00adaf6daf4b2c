"""The state of team and partners in an example: who is away, who has had turns, who has how many leads."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rules.engine.directory import Directory
from rules.strategies.simulation import Roster

USER = "user"
EITHER = "user or partner"


class RosterSpec(BaseModel):
    """Users and partners by their keys. What is not said is as on the first day: nobody had a turn, or has a lead."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    absent: tuple[str, ...] = Field(default=(), description="Who is away, beside what the directory says")
    inactive: tuple[str, ...] = Field(default=(), description="Who gets no leads")
    declined: tuple[str, ...] = Field(default=(), description="Who had this lead, or was offered it, and gave it back")
    open_leads: dict[str, Annotated[int, Field(ge=0)]] = Field(default={}, description="How many open leads each has")
    last: str | None = Field(default=None, description="Who had the last turn; the next by name follows")
    turns: tuple[str, ...] = Field(default=(), description="Who had the turns so far, oldest first")
    known_to: tuple[str, ...] = Field(
        default=(), description="Who had other leads of the person or the company, whoever comes first in front"
    )
    offers: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default={}, description="How many leads each partner was offered so far"
    )

    @model_validator(mode="after")
    def _one_of_last_and_turns(self) -> Self:
        if self.last is not None and self.turns:
            raise ValueError("`last` and `turns` say the same thing; keep one of them")
        return self

    def named(self) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
        """Everybody who is named: the way to the place, what it must be the key of, and the key."""
        for name in ("absent", "inactive", "declined", "turns", "known_to"):
            kind = EITHER if name == "declined" else USER
            yield from (((name, index), kind, key) for index, key in enumerate(getattr(self, name)))
        yield from ((("open_leads", key), USER, key) for key in self.open_leads)
        yield from ((("offers", key), "partner", key) for key in self.offers)
        if self.last is not None:
            yield ("last",), USER, self.last

    def state(self, directory: Directory) -> Roster:
        """The roster for a simulation."""
        return Roster(
            turns=self._turns(directory),
            open_leads=self.open_leads,
            inactive=frozenset(self.inactive),
            absent=frozenset(self.absent),
            gave_back=frozenset(self.declined),
            known_to=self.known_to,
            offers=self.offers,
        )

    def _turns(self, directory: Directory) -> tuple[str, ...]:
        """The turns so far. `last` stands for a full round by name, after which this user had the last turn."""
        if self.last is None:
            return self.turns
        users = sorted(directory.users)
        following = users.index(self.last) + 1
        return (*users[following:], *users[:following])
