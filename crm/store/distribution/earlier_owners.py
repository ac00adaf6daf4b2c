"""Who had leads of the same person or company before."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, DateTime, Select, and_, bindparam, case, cast, literal, or_, select, union_all

from crm.entities.lead import Lead
from crm.store.distribution.rotation import GAVE_BACK
from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES

_LEAD, _ACCOUNT, _PAIR = TABLES["lead"].c, TABLES["account"].c, TABLES["duplicaterecord"].c
_GIVEN = lf_assignment.c
_USER = "systemuser"
_OF_THE_PERSON = union_all(
    select(_PAIR.duplicaterecordid).where(_PAIR.baserecordid == bindparam("lead")),
    select(_PAIR.baserecordid).where(_PAIR.duplicaterecordid == bindparam("lead")),
)
_THE_ACCOUNT = and_(
    _ACCOUNT.statecode == 0,
    or_(_ACCOUNT.accountid == bindparam("account"), and_(_ACCOUNT.name == bindparam("company"), _ACCOUNT.name != "")),
)


def _found() -> Select[Any]:
    """By rank: has a lead of the person, had one, has the account, has another open lead of the account."""
    persons = select(
        _GIVEN.ownerid, case((_GIVEN.endedon.is_(None), 1), else_=2).label("rank"), _GIVEN.assignedon
    ).where(
        _GIVEN.leadid.in_(_OF_THE_PERSON),
        _GIVEN.owneridtype == _USER,
        or_(_GIVEN.endreason.is_(None), _GIVEN.endreason.not_in(GAVE_BACK)),
    )
    accounts = select(_ACCOUNT.ownerid, literal(3), cast(_ACCOUNT.modifiedon, DateTime(timezone=True))).where(
        _THE_ACCOUNT, _ACCOUNT.owneridtype == _USER
    )
    leads = select(_LEAD.ownerid, literal(4), _LEAD.lf_assignedon).where(
        _LEAD.parentaccountid.in_(select(_ACCOUNT.accountid).where(_THE_ACCOUNT)),
        _LEAD.statecode == 0,
        _LEAD.leadid != bindparam("lead"),
        _LEAD.owneridtype == _USER,
    )
    found = union_all(persons, accounts, leads).subquery()
    return select(found.c.ownerid).order_by(found.c.rank, found.c.assignedon.desc())


_FOUND = _found()


def earlier_owners(connection: Connection, lead: Lead) -> Sequence[UUID]:
    """The users who have, or had, other leads of the lead's person, then those of its account; the latest first.

    Who gave such a lead back does not count for it. The account is the one that is linked, or that has the company's
    name.
    """
    values = {"lead": lead.leadid, "account": lead.parentaccountid, "company": lead.companyname or ""}
    owners: Sequence[UUID] = connection.execute(_FOUND, values).scalars().all()
    return list(dict.fromkeys(owners))
