"""Leads that may be of the same person: looked for by equal keys and by likeness, and recorded in pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Boolean, Connection, and_, bindparam, case, delete, func, insert, or_, select

from crm.entities.duplicaterecord import DuplicateRecord
from crm.entities.lead import Lead
from crm.identity import origin
from crm.lifecycle import LeadStage, LeadState
from crm.similarity import ALIKE, Likeable, likeness
from crm.store import records
from crm.store.database import one_at_a_time
from crm.store.service_tables import lf_assignment, lf_matchkey
from crm.store.tables import TABLES

SAME_EMAIL = "emailaddress1"
SAME_PHONE = "telephone, lastname"
ALIKE_ON = "name, company"

_LEAD = TABLES["lead"]
_PAIR = TABLES["duplicaterecord"]
_USER = TABLES["systemuser"]
_TEAM = TABLES["team"]
_MOST = 50  # leads that are looked at, for one that comes in
_FOUND = (_LEAD.c.leadid, _LEAD.c.statecode, _LEAD.c.masterid, _LEAD.c.lf_workflowid)
_SAME = (
    select(*_FOUND, (_LEAD.c.lf_emailkey == bindparam("email")).label("same_email"))
    .where(
        or_(
            _LEAD.c.lf_emailkey == bindparam("email"),
            and_(_LEAD.c.lf_phonekey == bindparam("phone"), func.lower(_LEAD.c.lastname) == bindparam("lastname")),
        ),
        _LEAD.c.leadid != bindparam("lead"),
    )
    .order_by(case((_LEAD.c.statecode == LeadState.OPEN, 0), else_=1), _LEAD.c.createdon, _LEAD.c.leadid)
    .limit(_MOST)
)
# Leads that share most keys first: of many people with a common name, those at a company that sounds alike.
_CANDIDATES = (
    select(*_FOUND, _LEAD.c.firstname, _LEAD.c.lastname, _LEAD.c.companyname, _LEAD.c.emailaddress1)
    .join(lf_matchkey, lf_matchkey.c.leadid == _LEAD.c.leadid)
    .where(
        lf_matchkey.c.key.in_(bindparam("keys", expanding=True)),
        _LEAD.c.statecode == LeadState.OPEN,
        _LEAD.c.leadid != bindparam("lead"),
    )
    .group_by(_LEAD.c.leadid)
    .order_by(func.count().desc(), _LEAD.c.createdon.desc(), _LEAD.c.leadid)
    .limit(_MOST)
)
_OWNER = (
    select(
        _LEAD.c.leadid, _LEAD.c.ownerid, _LEAD.c.owneridtype, _LEAD.c.lf_queueid, lf_assignment.c.teamid,
        _USER.c.lf_key.label("user"), _USER.c.isdisabled,
        func.coalesce(_USER.c.fullname, _TEAM.c.name).label("name"),
    )
    .join(_PAIR, _PAIR.c.duplicaterecordid == _LEAD.c.leadid)
    .outerjoin(_USER, _USER.c.systemuserid == _LEAD.c.ownerid)
    .outerjoin(_TEAM, _TEAM.c.teamid == _LEAD.c.ownerid)
    .outerjoin(lf_assignment, and_(lf_assignment.c.leadid == _LEAD.c.leadid, lf_assignment.c.endedon.is_(None)))
    .where(
        _PAIR.c.baserecordid == bindparam("lead"),
        or_(
            and_(_PAIR.c.lf_similarity.is_(None), bindparam("same", type_=Boolean)),
            and_(_PAIR.c.lf_similarity.is_not(None), bindparam("similar", type_=Boolean)),
        ),
        _LEAD.c.statecode == LeadState.OPEN,
        _LEAD.c.lf_stage.in_((LeadStage.ASSIGNED, LeadStage.ACCEPTED)),
    )
    .order_by(case((_PAIR.c.lf_similarity.is_(None), 0), else_=1), _LEAD.c.createdon, _LEAD.c.leadid)
    .limit(1)
)  # fmt: skip
_MERGED = (
    select(_LEAD.c.leadid, _LEAD.c.lf_source, _LEAD.c.lf_externalid)
    .where(_LEAD.c.masterid == bindparam("master"), _LEAD.c.merged)
    .order_by(_LEAD.c.lf_closedon, _LEAD.c.leadid)
)


@dataclass(frozen=True, slots=True)
class Match:
    """A lead that is of the same person (`similarity` None), or seems to be (in per cent).

    `takes` names the workflow of one that can take over another lead: it is open, and not on its way into a third one.
    """

    leadid: UUID
    matched_on: str
    similarity: int | None
    is_open: bool
    takes: str | None


@dataclass(frozen=True, slots=True)
class OtherOwner:
    """Who owns an open lead of the same person; `user` is a user's key, None for a team. `teamid`: had it through."""

    leadid: UUID
    ownerid: UUID
    owneridtype: str
    queueid: UUID | None
    teamid: UUID | None
    user: str | None
    is_disabled: bool
    name: str


@dataclass(frozen=True, slots=True)
class MergedLead:
    """A lead that was merged into another one, and where it came from."""

    leadid: UUID
    source: str | None
    external_id: str | None

    @property
    def origin(self) -> str:
        return origin(self.source, self.external_id)


def same_person(connection: Connection, lead: Lead) -> list[Match]:
    """Other leads with the same e-mail address, or the same phone number and last name; open and old ones first.

    Of two such leads that come in at once, the second waits here until the first is stored.
    """
    if not lead.lf_emailkey and not lead.lf_phonekey:
        return []
    one_at_a_time(connection, *(f"person {key}" for key in (lead.lf_emailkey, lead.lf_phonekey) if key))
    values = {"email": lead.lf_emailkey, "phone": lead.lf_phonekey, "lastname": (lead.lastname or "").lower()}
    rows = connection.execute(_SAME, {"lead": lead.leadid, **values})
    return [_match(row, SAME_EMAIL if row.same_email else SAME_PHONE) for row in rows]


def similar(connection: Connection, lead: Lead, keys: Sequence[str]) -> list[Match]:
    """Open leads whose name and company are much alike, the most alike first. `keys` are the lead's match keys."""
    if not keys:
        return []
    one_at_a_time(connection, *(f"alike {key}" for key in keys))
    this = Likeable.of(lead)
    found = [
        (likeness(this, Likeable(row.firstname, row.lastname, row.companyname, row.emailaddress1)), row)
        for row in connection.execute(_CANDIDATES, {"keys": list(keys), "lead": lead.leadid})
    ]
    found.sort(key=lambda each: -each[0])
    return [_match(row, ALIKE_ON, alike) for alike, row in found if alike >= ALIKE]


def put_pairs(connection: Connection, lead: UUID, matches: Iterable[Match], on: datetime) -> None:
    """Record that the lead may be of the same person as these."""
    for match in matches:
        pair = DuplicateRecord(
            duplicateid=uuid5(lead, f"duplicaterecord/{match.leadid}"),
            baserecordid=lead,
            baserecordidtype="lead",
            duplicaterecordid=match.leadid,
            duplicaterecordidtype="lead",
            lf_matchedon=match.matched_on,
            lf_similarity=match.similarity,
        )
        records.insert(connection, pair, now=on)


def forget(connection: Connection, lead: UUID) -> None:
    """Remove what is recorded of the lead's likeness: its attributes are others now."""
    connection.execute(delete(_PAIR).where(_PAIR.c.baserecordid == lead))
    connection.execute(delete(lf_matchkey).where(lf_matchkey.c.leadid == lead))


def put_keys(connection: Connection, lead: UUID, keys: Iterable[str]) -> None:
    """Under which keys a new lead is found as similar."""
    if rows := [{"key": key, "leadid": lead} for key in keys]:
        connection.execute(insert(lf_matchkey), rows)


def replace_keys(connection: Connection, lead: UUID, keys: Iterable[str]) -> None:
    connection.execute(delete(lf_matchkey).where(lf_matchkey.c.leadid == lead))
    put_keys(connection, lead, keys)


def owner_of_other(connection: Connection, lead: UUID, *, same: bool, similar: bool) -> OtherOwner | None:
    """The owner of the oldest open lead of the same person, or of a similar one, among those that are recorded."""
    row = connection.execute(_OWNER, {"lead": lead, "same": same, "similar": similar}).one_or_none()
    if row is None:
        return None
    return OtherOwner(
        row.leadid, row.ownerid, row.owneridtype, row.lf_queueid, row.teamid, row.user, bool(row.isdisabled), row.name
    )


def merged_into(connection: Connection, master: UUID) -> list[MergedLead]:
    """The leads that were merged into this one, oldest merge first."""
    return [MergedLead(*row) for row in connection.execute(_MERGED, {"master": master})]


def _match(row: Any, matched_on: str, similarity: int | None = None) -> Match:
    is_open = row.statecode == LeadState.OPEN
    takes = row.lf_workflowid if is_open and row.masterid is None else None
    return Match(row.leadid, matched_on, similarity, is_open, takes)
