"""What submissions name by key: business units, channel partners and campaigns of the organisation's directory."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from crm.store.tables import TABLES

NAMED = {"business_unit": "businessunit", "channel_partner": "lf_channelpartner", "campaign": "campaign"}


def unknown(connection: Connection, keys: Mapping[str, str]) -> list[str]:
    """Those fields (see NAMED) whose key the organisation does not have, or has disabled."""
    return [field for field, key in keys.items() if not _is_known(connection, NAMED[field], key)]


def _is_known(connection: Connection, entity: str, key: str) -> bool:
    table = TABLES[entity]
    active = table.c.statecode == 0 if "statecode" in table.c else table.c.isdisabled.is_not(True)
    return connection.execute(select(table.c.lf_key).where(table.c.lf_key == key, active)).first() is not None
