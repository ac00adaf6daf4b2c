"""A run of the chaos tests: which leads come, what is asked of them, who leaves meanwhile, and what must hold then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

from sqlalchemy import func, select

from crm.entities import SystemUser
from crm.requests import AcceptLead, DeclineLead, DisqualifyLead, LeadSubmission, Request
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import record_id
from crm.store.service_tables import lf_journal
from tests.chaos.invariants import Away, Expected, Records, violations

RULES = Path(__file__).parent / "rulebook"
WORKERS = 4
# As the directory has them: the members of teams of whom nobody is ever skipped, and who is soon full.
TEAMS = ("even", "heavy", "moving", "small")
WEIGHTS = {"even": {"e1": 1, "e2": 1, "e3": 1}, "heavy": {"h1": 5, "h2": 3, "h3": 1, "h4": 1}}
CAPACITY = {"s1": 5, "s2": 3}
LEAVER = record_id("systemuser", "m2")
LEAVES_AT, COMES_BACK_AT, LAST_KILL_AT = 0.3, 0.6, 0.95
_NAMESPACE = UUID("22222222-2222-5222-8222-222222222222")


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead of the plan, for one team."""

    number: int
    team: str

    @property
    def leadid(self) -> UUID:
        return uuid5(_NAMESPACE, str(self.number))

    @property
    def submission(self) -> LeadSubmission:
        person = {"lastname": f"Person{self.number}", "jobtitle": self.team}
        return LeadSubmission(source="chaos", external_id=str(self.number), leadid=self.leadid, lead=person)

    @property
    def asked(self) -> Request | None:
        """What its owner asks: a third of one team's leads are declined, half of another's closed."""
        match self.team:
            case "even":
                return AcceptLead()
            case "moving" if self.number % 3 == 0:
                return DeclineLead(reason="no")
            case "small" if self.number % 8 == 3:
                return DisqualifyLead(status="No Longer Interested")
            case _:
                return None


def plan(leads: int) -> list[Lead]:
    """So many leads, to each team in turn."""
    return [Lead(number, TEAMS[number % len(TEAMS)]) for number in range(leads)]


class Course:
    """What happens while the leads come in: kills at random moments; somebody leaves, and comes back."""

    def __init__(self, database: Database, leads: Sequence[Lead], kills: int, chance: Random) -> None:
        self._database, self._leads = database, leads
        self._kills = sorted(chance.uniform(0.02, LAST_KILL_AT) for _ in range(kills))
        self._left: datetime | None = None
        self._away: Away | None = None

    def kills_due(self) -> int:
        """Let happen what is due by now; how many processes must be killed."""
        progress = self._progress()
        if self._left is None and progress >= LEAVES_AT:
            self._left = self._set_active(False)
        elif self._left and self._away is None and progress >= COMES_BACK_AT:
            self._away = Away(LEAVER, self._left, datetime.now(UTC))
            self._set_active(True)
        due = sum(moment <= progress for moment in self._kills)
        self._kills = self._kills[due:]
        return due

    def problems(self) -> list[str]:
        """What is wrong at the end. Fails where not everything has happened."""
        assert self._away and not self._kills, "the run was over before everything had happened"
        teams = {record_id("team", team): _by_id(members) for team, members in WEIGHTS.items()}
        submitted = {lead.leadid for lead in self._leads}
        return violations(Records.of(self._database), Expected(submitted, teams, _by_id(CAPACITY), [self._away]))

    def _progress(self) -> float:
        """The part of the leads that are taken in, 0 to 1."""
        with self._database.reading() as connection:
            query = select(func.count()).where(lf_journal.c.kind == "intake")
            return int(connection.execute(query).scalar_one()) / len(self._leads)

    def _set_active(self, active: bool) -> datetime:
        """Change the leaver's state; since when it was so for sure."""
        with self._database.transaction() as connection:
            records.update(connection, SystemUser, LEAVER, {"isdisabled": not active}, now=datetime.now(UTC))
        return datetime.now(UTC)


def _by_id(members: Mapping[str, int]) -> dict[UUID, int]:
    return {record_id("systemuser", key): number for key, number in members.items()}
