"""Which rows belong to a caller's channel partners. Their users reach these alone, whatever their roles grant."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, exists, or_

from crm.entities import Entity
from crm.entities.parts import Owned
from crm.security import Caller
from crm.store.tables import TABLES

SHARED = frozenset({"businessunit", "campaign", "transactioncurrency"})
"""Data of the organisation that are no partner's: to be read, and named by leads, as a role grants."""


def conditions(caller: Caller, entity: type[Entity], table: FromClause) -> Iterator[ColumnElement[bool]]:
    """What makes a row theirs. An entity that is not named here is theirs only by its owner."""
    match entity.logical_name:
        case "lead":
            yield _is_lead_of(caller, table)
        case "systemuser":
            yield table.c.systemuserid.in_(caller.colleagues)
        case "team":
            yield table.c.teamid.in_(caller.partner_teams)
        case "lf_channelpartner":
            yield table.c.lf_channelpartnerid.in_(caller.partners)
        case _ if issubclass(entity, Owned):
            yield table.c.ownerid.in_(_owners(caller))
            if "originatingleadid" in entity.attributes():
                lead = TABLES["lead"].alias()
                of_lead = lead.c.leadid == table.c.originatingleadid
                yield exists().where(of_lead, _is_lead_of(caller, lead)).correlate(table)


def _is_lead_of(caller: Caller, lead: FromClause) -> ColumnElement[bool]:
    return or_(
        lead.c.lf_channelpartnerid.in_(caller.partners),
        lead.c.lf_offeredtoid.in_(caller.partners),
        lead.c.ownerid.in_(_owners(caller)),
    )


def _owners(caller: Caller) -> list[UUID]:
    """The partner's team and its members."""
    return [caller.userid, *caller.colleagues, *caller.partner_teams]
