"""Random writes to a few leads, several at once, as programs and people make them who know nothing of each other.

On a busy machine a worker may not answer in time (503). What was asked for is done all the same, or not at all: rows
and runs must agree either way.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from crm.errors import LeadflowError
from crm.lifecycle import LeadState
from crm.operations import AnyOperation, CreateRecord, DeleteRecord, Qualify, UpdateRecord
from crm.requests import AcceptLead, DeclineLead, QualifyLead
from crm.store.people.organisation import record_id
from leadflow.dataverse.carrying_out import carry_out
from tests.leadflow.dataverse.conftest import ADMINISTRATOR
from tests.leadflow.dataverse.live import LiveApi

TITLES = ("for anna", "for the inbox", "for contoso", "nobody there", "urgent", "unclear", "competitor", None)
OWNERS = tuple(f"/systemusers({record_id('systemuser', key)})" for key in ("anna", "ben", "mia"))
QUALIFY = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": False, "Status": -1}
KINDS = {
    "create": 14,
    "upsert": 12,
    "attributes": 14,
    "owner": 8,
    "status": 8,
    "all at once": 6,
    "disqualify": 6,
    "reactivate": 10,
    "qualify": 5,
    "merge": 4,
    "delete": 6,
    "change set": 8,
    "stale": 4,
    "accept": 4,
    "decline": 6,
}


@dataclass
class Traffic:
    """Writes to the leads of one seed. `outcomes` counts what was done, and what was refused."""

    live: LiveApi
    seed: int
    leads: int = 24
    outcomes: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self.ids = [UUID(int=self._random.getrandbits(128), version=4) for _ in range(self.leads)]

    async def run(self, operations: int, at_once: int) -> None:
        """So many writes, so many of them at a time. An unexpected error ends it."""
        left = iter(self._random.choices(list(KINDS), list(KINDS.values()), k=operations))

        async def one_after_the_other() -> None:
            for kind in left:
                self.outcomes[kind, await self._write(kind, self._random.choice(self.ids))] += 1

        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))

    async def _write(self, kind: str, lead: UUID) -> int:
        """The status of the answer."""
        leads = self.live.service.leads
        match kind:
            case "change set":
                return await _status(carry_out(self.live.services, ADMINISTRATOR, self._together()))
            case "accept":
                return await _status(leads.ask(lead, AcceptLead()))
            case "decline":
                return await _status(leads.ask(lead, DeclineLead(reason="no time")))
            case "merge":
                return await self._ask("POST", "Merge", self._merging(lead))
        method, path, body, headers = self._request(kind, lead)
        return await self._ask(method, path, body, **headers)

    def _request(self, kind: str, lead: UUID) -> tuple[str, str, Any, dict[str, str]]:
        path, some = f"leads({lead})", {"if_match": "*"}
        patches: dict[str, Any] = {
            "attributes": {"jobtitle": self._random.choice(TITLES)},
            "owner": self._owner(),
            "status": {"statuscode": self._random.choice((1, 2, 5))},
            "all at once": {**self._values(), **self._owner(), "statuscode": 2},
            "disqualify": {"statecode": 2, "statuscode": 4},
            "reactivate": {"statecode": 0, **self._values()},
        }
        others: dict[str, tuple[str, str, Any, dict[str, str]]] = {
            "create": ("POST", "leads", {"leadid": str(lead), **self._values()}, {}),
            "upsert": ("PATCH", path, self._values(), {}),
            "qualify": ("POST", f"{path}/Microsoft.Dynamics.CRM.QualifyLead", QUALIFY, {}),
            "delete": ("DELETE", path, None, {}),
            "stale": ("PATCH", path, self._values(), {"if_match": 'W/"7"'}),
        }
        return others[kind] if kind in others else ("PATCH", path, patches[kind], some)

    async def _ask(self, method: str, path: str, body: Any = None, **headers: Any) -> int:
        answer = await self.live.ask(method, path, body, **headers)
        assert answer.status < 500 or answer.status == 503, (method, path, answer.body)
        return answer.status

    def _values(self) -> dict[str, Any]:
        return {"lastname": f"Lind {self._random.random()}", "jobtitle": self._random.choice(TITLES)}

    def _owner(self) -> dict[str, str]:
        return {"ownerid@odata.bind": self._random.choice(OWNERS)}

    def _merging(self, lead: UUID) -> dict[str, Any]:
        """Often two open leads: of any two, one is nearly always closed or gone."""
        kind, some = "Microsoft.Dynamics.CRM.lead", self._random.sample(self.ids, 8)
        rows = [row for row in map(self.live.lead, some) if row and row.statecode == LeadState.OPEN]
        one, other = [row.leadid for row in rows[:2]] if len(rows) > 1 else (lead, some[0])
        return {
            "Target": {"@odata.type": kind, "leadid": str(other)},
            "Subordinate": {"@odata.type": kind, "leadid": str(one)},
        }

    def _together(self) -> list[AnyOperation]:
        """Writes to several leads: what each will find is not known when they are chosen."""
        return [self._part(lead) for lead in self._random.sample(self.ids, self._random.randint(2, 3))]

    def _part(self, lead: UUID) -> AnyOperation:
        match self._random.randrange(6):
            case 0:
                return CreateRecord(entity="lead", id=lead, values=self._values())
            case 1:
                return DeleteRecord(entity="lead", id=lead)
            case 2:
                return Qualify(
                    entity="lead", id=lead, request=QualifyLead(CreateAccount=False, CreateOpportunity=False)
                )
            case 3:
                return UpdateRecord(entity="lead", id=lead, values={"statecode": 0, "jobtitle": "urgent"})
            case _:
                return UpdateRecord(entity="lead", id=lead, values=self._values(), upsert=True)


async def _status(work: Any) -> int:
    """200, or 400 where one of our errors refuses it, or 503."""
    try:
        await work
    except LeadflowError as refused:
        return 503 if refused.retryable else 400
    return 200
