"""By which keys the directory knows what a lead refers to."""

from collections.abc import Iterable
from uuid import UUID

from crm.entities.lead import Lead
from crm.store.people.organisation import record_id
from rules.engine.directory import Directory


def unit_and_partner(lead: Lead, directory: Directory) -> dict[str, str | None]:
    """What chooses the rule files of a lead, under the names of the rules' fields."""
    return {
        "business_unit": key_of("businessunit", lead.lf_businessunitid, directory.business_units),
        "channel_partner": key_of("lf_channelpartner", lead.lf_channelpartnerid, directory.channel_partners),
    }


def key_of(entity: str, id: UUID | None, section: Iterable[str]) -> str | None:
    """The directory's key of a record; its id follows from the key. None for one that is not in the directory."""
    return next((key for key in section if record_id(entity, key) == id), None) if id else None
