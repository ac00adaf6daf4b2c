"""Leads as the workflow and people see them: found, locked for a step, listed, and viewed with their owner's name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, select, update

from crm.entities.lead import Lead
from crm.entities.links import AccountLeads, ContactLeads
from crm.entities.parts import Owned
from crm.errors import missing
from crm.lifecycle import LeadStage
from crm.store.life import journal
from crm.store.partners import offers, registrations
from crm.store.records import from_row
from crm.store.service_tables import lf_journal, lf_quarantine
from crm.store.tables import TABLES
from crm.views import LeadView, Owner

_LEAD = TABLES["lead"]
_USER = TABLES["systemuser"]
_TEAM = TABLES["team"]
_QUEUE = TABLES["queue"]
_UNIT = TABLES["businessunit"]
_PARTNER = TABLES["lf_channelpartner"]
_OFFERED = _PARTNER.alias("offered")
_DUPLICATE = TABLES["duplicaterecord"]
_ACCOUNT = TABLES["account"]
_CONTACT = TABLES["contact"]
_CURRENCY = TABLES["transactioncurrency"]

_NUMBER_OF_DUPLICATES = (
    select(func.count())
    .where(_DUPLICATE.c.baserecordid == _LEAD.c.leadid, _DUPLICATE.c.lf_similarity.is_(None))
    .correlate(_LEAD)
    .scalar_subquery()
)


def _view_columns() -> Select[Any]:
    columns = (
        "leadid lf_stage statecode statuscode lf_source lf_externalid lf_priority lf_acceptby lf_acceptedon "
        "lf_firstresponseon lf_closedon lf_workflowid ownerid owneridtype lf_waituntil lf_contactby lf_breaches "
        "lf_reroutes masterid"
    )
    return (
        select(
            *(_LEAD.c[name] for name in columns.split()),
            func.coalesce(_USER.c.lf_key, _TEAM.c.lf_key).label("owner_key"),
            func.coalesce(_USER.c.fullname, _TEAM.c.name).label("owner_name"),
            _QUEUE.c.lf_key.label("queue"),
            _UNIT.c.lf_key.label("business_unit"),
            _PARTNER.c.lf_key.label("channel_partner"),
            _OFFERED.c.lf_key.label("offered_to"),
            _NUMBER_OF_DUPLICATES.label("duplicates"),
        )
        .outerjoin(_USER, _USER.c.systemuserid == _LEAD.c.ownerid)
        .outerjoin(_TEAM, _TEAM.c.teamid == _LEAD.c.ownerid)
        .outerjoin(_QUEUE, _QUEUE.c.queueid == _LEAD.c.lf_queueid)
        .outerjoin(_UNIT, _UNIT.c.businessunitid == _LEAD.c.lf_businessunitid)
        .outerjoin(_PARTNER, _PARTNER.c.lf_channelpartnerid == _LEAD.c.lf_channelpartnerid)
        .outerjoin(_OFFERED, _OFFERED.c.lf_channelpartnerid == _LEAD.c.lf_offeredtoid)
    )


VIEW_COLUMNS = _view_columns()
_VIEW = VIEW_COLUMNS.add_columns(
    registrations.until_of(_LEAD).label("registered_until"), offers.conflict_of(_LEAD).label("conflict")
).where(_LEAD.c.leadid == bindparam("lead"))
_LOCK = select(_LEAD).where(_LEAD.c.leadid == bindparam("lead")).with_for_update()
_KNOWN_BEFORE = select(
    exists().where(_DUPLICATE.c.baserecordid == bindparam("lead"), _DUPLICATE.c.lf_similarity.is_(None)),
    exists().where(_ACCOUNT.c.name == bindparam("company"), _ACCOUNT.c.name != "", _ACCOUNT.c.statecode == 0),
    exists().where(
        _CONTACT.c.emailaddress1 == bindparam("email"), _CONTACT.c.emailaddress1 != "", _CONTACT.c.statecode == 0
    ),
)
_STATE = (
    "leadid",
    "statecode",
    "statuscode",
    "versionnumber",
    *Owned.model_fields,
    *(n for n in Lead.model_fields if n.startswith("lf_")),
)
_LOCK_STATE = select(*(_LEAD.c[name] for name in _STATE)).where(_LEAD.c.leadid == bindparam("lead")).with_for_update()
_OWNER_KEY = select(_USER.c.lf_key, _USER.c.systemuserid).where(_USER.c.systemuserid == bindparam("owner"))
_BASE_CURRENCY = (
    select(_CURRENCY.c.transactioncurrencyid)
    .where(_CURRENCY.c.exchangerate == 1, _CURRENCY.c.statecode == 0)
    .order_by(_CURRENCY.c.isocurrencycode)
    .limit(1)
)
_REASON = (
    select(lf_journal.c.summary)
    .where(lf_journal.c.leadid == bindparam("lead"), lf_journal.c.summary.startswith(bindparam("stage")))
    .order_by(lf_journal.c.on.desc(), lf_journal.c.sequence.desc())
    .limit(1)
)
_PROBLEMS = select(lf_quarantine.c.problems).where(lf_quarantine.c.leadid == bindparam("lead"))


def view(connection: Connection, leadid: UUID, event: str = "", *, now: datetime) -> LeadView:
    """The lead as it stands, with the registrations that are in force at `now`; of one that was deleted, that it was.

    Raises NotFound.
    """
    row = connection.execute(_VIEW, {"lead": leadid, "now": now}).one_or_none()
    if row is None:
        return _deleted(connection, leadid, event)
    problems: tuple[str, ...] = ()
    if row.lf_stage == LeadStage.QUARANTINED:
        problems = tuple(connection.execute(_PROBLEMS, {"lead": leadid}).scalar_one())
    reason: str | None = None
    if row.lf_stage in (LeadStage.HELD, LeadStage.WAITING):
        reason = connection.execute(_REASON, {"lead": leadid, "stage": row.lf_stage.capitalize()}).scalar()
    return _as_view(row, problems, reason, event)


def _deleted(connection: Connection, leadid: UUID, event: str) -> LeadView:
    entry = journal.deletion(connection, leadid)
    if entry is None:
        raise missing("lead", leadid)
    return LeadView(leadid=leadid, stage=LeadStage.DELETED, event=event or entry.summary, **entry.result)


def _as_view(row: Row[Any], problems: tuple[str, ...], reason: str | None, event: str) -> LeadView:
    key = row.owner_key or str(row.ownerid)
    owner = row.ownerid and Owner(type=row.owneridtype, id=row.ownerid, key=key, name=row.owner_name or key)
    return LeadView(
        leadid=row.leadid,
        stage=row.lf_stage,
        statecode=row.statecode,
        statuscode=row.statuscode,
        source=row.lf_source,
        external_id=row.lf_externalid,
        business_unit=row.business_unit,
        channel_partner=row.channel_partner,
        owner=owner,
        queue=row.queue,
        priority=row.lf_priority or "normal",
        wait_until=row.lf_waituntil,
        accept_by=row.lf_acceptby,
        contact_by=row.lf_contactby,
        offered_to=row.offered_to,
        registered_until=row.registered_until,
        conflict=row.conflict,
        breaches=row.lf_breaches or 0,
        reroutes=row.lf_reroutes or 0,
        master=row.masterid,
        accepted_on=row.lf_acceptedon,
        first_response_on=row.lf_firstresponseon,
        closed_on=row.lf_closedon,
        duplicates=row.duplicates,
        problems=problems,
        workflow_id=row.lf_workflowid,
        event=event,
        reason=reason,
    )


def lock(connection: Connection, leadid: UUID) -> Lead:
    """The lead, for a step that changes it: no other step of it runs until the transaction ends. Raises NotFound."""
    return _locked(connection, leadid, _LOCK)


def lock_state(connection: Connection, leadid: UUID) -> Lead:
    """As `lock`, with only the lead's state, owner and routing: what most steps look at. Other attributes are None."""
    return _locked(connection, leadid, _LOCK_STATE)


def _locked(connection: Connection, leadid: UUID, query: Select[Any]) -> Lead:
    row = connection.execute(query, {"lead": leadid}).one_or_none()
    if row is None:
        raise missing("lead", leadid)
    return from_row(Lead, row)


def known_before(connection: Connection, lead: Lead) -> tuple[bool, bool, bool]:
    """Whether there is a duplicate, an account (linked, or of its name) and a contact (linked, or of its address)."""
    values = {"lead": lead.leadid, "company": lead.companyname or "", "email": lead.emailaddress1 or ""}
    duplicate, account, contact = connection.execute(_KNOWN_BEFORE, values).one()
    return (
        bool(duplicate),
        bool(account) or lead.parentaccountid is not None,
        bool(contact) or lead.parentcontactid is not None,
    )


def owner_key(connection: Connection, lead: Lead) -> str | None:
    """The directory key of the user who owns the lead, their id where they have none; None where a team does."""
    row = connection.execute(_OWNER_KEY, {"owner": lead.ownerid}).one_or_none()
    return None if row is None else row.lf_key or str(row.systemuserid)


def sign(connection: Connection, leadid: UUID, user: UUID, *, created: bool) -> None:
    """Write down who changed the lead, or created it."""
    who = {"modifiedby": user, "createdby": user} if created else {"modifiedby": user}
    connection.execute(update(_LEAD).where(_LEAD.c.leadid == leadid).values(who))


def base_currency(connection: Connection) -> UUID | None:
    """The organisation's own currency: the active one whose exchange rate is 1."""
    return connection.execute(_BASE_CURRENCY).scalar()


def is_linked(connection: Connection, link: AccountLeads | ContactLeads) -> bool:
    """Whether the lead and the other record are associated already."""
    table = TABLES[link.logical_name]
    other = "accountid" if isinstance(link, AccountLeads) else "contactid"
    query = select(table.c.leadid).where(table.c.leadid == link.leadid, table.c[other] == getattr(link, other))
    return connection.execute(query).first() is not None
