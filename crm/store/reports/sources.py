"""What each source of leads is worth: the leads of a period, what became of them, and what they sold.

Every lead counts, the disqualified ones too; those that were merged into another one are counted apart. Values are in
the base currency. An opportunity belongs to the lead that it originates from, whenever it was made or won.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, FromClause, Select, String, and_, case, func, select

from crm.lifecycle import LeadState
from crm.store.service_tables import lf_option
from crm.store.tables import TABLES

Grouping = Literal["source", "campaign", "unit", "partner", "owner"]

NONE = "(none)"
_WON = 1

_LEAD = TABLES["lead"]
_OPPORTUNITY = TABLES["opportunity"]
_CAMPAIGN = TABLES["campaign"]
_UNIT = TABLES["businessunit"]
_PARTNER = TABLES["lf_channelpartner"]
_USER = TABLES["systemuser"]
_TEAM = TABLES["team"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source. `key` is the option's number or the record's GUID as text, None for leads without a source.

    `share_qualified` is qualified by all leads but those `merged`, 0 to 1; `median_time_to_qualify` is None where
    none is qualified.
    """

    key: str | None
    label: str
    leads: int
    open: int
    qualified: int
    disqualified: int
    merged: int
    share_qualified: float
    opportunities: int
    estimated_value: Decimal
    won_value: Decimal
    median_time_to_qualify: timedelta | None


def source_report(connection: Connection, *, start: datetime, end: datetime, by: Grouping) -> list[SourceRow]:
    """The leads created from `start` until before `end`, grouped; the largest groups first."""
    grouping = _GROUPINGS[by]
    period = and_(_LEAD.c.createdon >= start, _LEAD.c.createdon < end)
    sales = {row.key: row for row in connection.execute(_sales(grouping, period))}
    times = _times(connection, grouping, period)
    rows = [
        _row(counts, sales.get(counts.key), times.get(counts.key, []))
        for counts in connection.execute(_counts(grouping, period))
    ]
    return sorted(rows, key=lambda row: (-row.leads, row.label))


@dataclass(frozen=True, slots=True)
class _Grouping:
    """What leads are grouped by: the lead's column, the label's column, and how to reach it."""

    key: ColumnElement[Any]
    label: ColumnElement[Any]
    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...]


_merged = func.coalesce(_LEAD.c.merged, False)
_unit_id = func.coalesce(_LEAD.c.lf_businessunitid, _LEAD.c.owningbusinessunit)
_is_source = and_(lf_option.c.optionset == "leadsourcecode", lf_option.c.value == _LEAD.c.leadsourcecode)
_is_partner = _PARTNER.c.lf_channelpartnerid == _LEAD.c.lf_channelpartnerid

_GROUPINGS: dict[Grouping, _Grouping] = {
    "source": _Grouping(_LEAD.c.leadsourcecode, lf_option.c.label, ((lf_option, _is_source),)),
    "campaign": _Grouping(
        _LEAD.c.campaignid, _CAMPAIGN.c.name, ((_CAMPAIGN, _CAMPAIGN.c.campaignid == _LEAD.c.campaignid),)
    ),
    "unit": _Grouping(_unit_id, _UNIT.c.name, ((_UNIT, _UNIT.c.businessunitid == _unit_id),)),
    "partner": _Grouping(_LEAD.c.lf_channelpartnerid, _PARTNER.c.lf_name, ((_PARTNER, _is_partner),)),
    "owner": _Grouping(
        _LEAD.c.ownerid,
        func.coalesce(_USER.c.fullname, _TEAM.c.name),
        ((_USER, _USER.c.systemuserid == _LEAD.c.ownerid), (_TEAM, _TEAM.c.teamid == _LEAD.c.ownerid)),
    ),
}


def _counts(grouping: _Grouping, period: ColumnElement[bool]) -> Select[Any]:
    query = select(
        grouping.key.label("key"),
        func.max(grouping.label.cast(String)).label("label"),
        func.count().label("leads"),
        *(_number(and_(_LEAD.c.statecode == state, ~_merged)).label(state.name.lower()) for state in LeadState),
        _number(_merged).label("merged"),
    ).select_from(_LEAD)
    for table, condition in grouping.joins:
        query = query.outerjoin(table, condition)
    return query.where(period).group_by(grouping.key)


def _sales(grouping: _Grouping, period: ColumnElement[bool]) -> Select[Any]:
    won = func.coalesce(_OPPORTUNITY.c.actualvalue_base, _OPPORTUNITY.c.estimatedvalue_base)
    return (
        select(
            grouping.key.label("key"),
            func.count().label("opportunities"),
            func.sum(_OPPORTUNITY.c.estimatedvalue_base).label("estimated"),
            func.sum(won).filter(_OPPORTUNITY.c.statecode == _WON).label("won"),
        )
        .join_from(_LEAD, _OPPORTUNITY, _OPPORTUNITY.c.originatingleadid == _LEAD.c.leadid)
        .where(period)
        .group_by(grouping.key)
    )


def _times(connection: Connection, grouping: _Grouping, period: ColumnElement[bool]) -> dict[Any, list[float]]:
    """How many seconds each qualified lead took. Neither database has a median that the other one has too."""
    query = select(grouping.key.label("key"), _LEAD.c.createdon, _LEAD.c.lf_closedon).where(
        period, _LEAD.c.statecode == LeadState.QUALIFIED, _LEAD.c.lf_closedon.is_not(None)
    )
    times: dict[Any, list[float]] = defaultdict(list)
    for row in connection.execute(query):
        times[row.key].append((row.lf_closedon - row.createdon).total_seconds())
    return times


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _row(counts: Any, sales: Any, times: list[float]) -> SourceRow:
    key = None if counts.key is None else str(counts.key)
    return SourceRow(
        key=key,
        label=counts.label or key or NONE,
        leads=counts.leads,
        open=counts.open,
        qualified=counts.qualified,
        disqualified=counts.disqualified,
        merged=counts.merged,
        share_qualified=counts.qualified / max(1, counts.leads - counts.merged),
        opportunities=sales.opportunities if sales else 0,
        estimated_value=(sales and sales.estimated) or Decimal(0),
        won_value=(sales and sales.won) or Decimal(0),
        median_time_to_qualify=timedelta(seconds=median(times)) if times else None,
    )
