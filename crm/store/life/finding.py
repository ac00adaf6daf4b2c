"""Finding leads: by what people type, and as lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from crm.choices import standard_choices
from crm.entities.lead import Lead
from crm.errors import InvalidInput, NotFound
from crm.identity import WORKFLOW_PREFIX
from crm.store.life.leads import VIEW_COLUMNS
from crm.store.service_tables import lf_option
from crm.store.tables import TABLES

_LEAD = TABLES["lead"]
_FEWEST_DIGITS = 6
_STATUS_SET = "lead_statuscode"
_LISTED = VIEW_COLUMNS.add_columns(
    _LEAD.c.fullname, _LEAD.c.companyname, _LEAD.c.createdon, _LEAD.c.lf_routingrule
).order_by(_LEAD.c.createdon.desc(), _LEAD.c.leadid)
# What a list may be narrowed by: the option's name, and the column that must equal its value.
FILTERS = {
    "stage": _LEAD.c.lf_stage,
    "state": _LEAD.c.statecode,
    "source": _LEAD.c.lf_source,
    "rule": _LEAD.c.lf_routingrule,
    "owner": _LISTED.selected_columns.owner_key,
    "unit": TABLES["businessunit"].c.lf_key,
    "partner": TABLES["lf_channelpartner"].c.lf_key,
}


@dataclass(frozen=True, slots=True)
class ListedLead:
    """One line of a list. `name` and `company` are personal data: for people who may see the lead."""

    leadid: UUID
    name: str | None
    company: str | None
    stage: str
    statecode: int
    owner: str | None
    queue: str | None
    rule: str | None
    business_unit: str | None
    channel_partner: str | None
    source: str | None
    external_id: str | None
    createdon: datetime
    accept_by: datetime | None


def list_leads(connection: Connection, filters: dict[str, Any], limit: int) -> Sequence[ListedLead]:
    """The newest leads that meet every filter (see FILTERS)."""
    query = _LISTED.limit(limit)
    for name, value in filters.items():
        query = query.where(FILTERS[name] == value)
    return [_listed(row) for row in connection.execute(query)]


def _listed(row: Any) -> ListedLead:
    return ListedLead(
        leadid=row.leadid,
        name=row.fullname,
        company=row.companyname,
        stage=row.lf_stage,
        statecode=row.statecode,
        owner=row.owner_key,
        queue=row.queue,
        rule=row.lf_routingrule,
        business_unit=row.business_unit,
        channel_partner=row.channel_partner,
        source=row.lf_source,
        external_id=row.lf_externalid,
        createdon=row.createdon,
        accept_by=row.lf_acceptby,
    )


def find_lead(connection: Connection, text: str) -> Lead:
    """The lead that `text` names: its GUID, six or more of its first digits, its workflow's id, its external id, or
    source:externalid.

    Raises NotFound, or InvalidInput where several leads fit.
    """
    found = connection.execute(select(_LEAD).where(_names(text)).limit(3)).all()
    if not found:  # the last resort, for it looks at every lead
        found = connection.execute(select(_LEAD).where(_LEAD.c.lf_workflowid == text).limit(3)).all()
    if not found:
        raise NotFound(f"no lead '{text}'; give a lead's id (or its first digits), or its external id")
    if len(found) > 1:
        ids = ", ".join(str(row.leadid) for row in found)
        raise InvalidInput(f"'{text}' names several leads ({ids}, ...); give the whole id, or source:externalid")
    return Lead.model_validate(dict(found[0]._mapping))


def _names(text: str) -> Any:
    source, colon, external = text.partition(":")
    by_external = [_LEAD.c.lf_externalid == text]
    if colon:
        by_external.append(and_(_LEAD.c.lf_source == source, _LEAD.c.lf_externalid == external))
    digits = text.removeprefix(WORKFLOW_PREFIX).replace("-", "").lower()
    if len(digits) < _FEWEST_DIGITS or len(digits) > 32 or not set(digits) <= set("0123456789abcdef"):
        return or_(*by_external)
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return or_(*by_external, _LEAD.c.leadid.between(low, high))


def status_label(connection: Connection, statuscode: int) -> str:
    """The label of a lead's status reason, as the organisation has named it; the standard one where it has not yet."""
    query = select(lf_option.c.label).where(lf_option.c.optionset == _STATUS_SET, lf_option.c.value == statuscode)
    found = connection.execute(query).scalar_one_or_none()
    return found or standard_choices()[_STATUS_SET].label(statuscode)
