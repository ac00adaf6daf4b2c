"""Everything on one machine: an embedded Temporal server, a database with its schema, and the rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from activities.deps import Dependencies
from crm.errors import Misconfigured
from crm.store.database import open_database
from crm.store.upgrade import upgrade
from leadflow.dev.temporal_server import embedded_server
from leadflow.organisation import apply_organisation
from leadflow.settings import Settings, variable_of
from leadflow.worker import open_dependencies
from workflows.search_attributes import SEARCH_ATTRIBUTE_TYPES


@dataclass(frozen=True, slots=True)
class Service:
    """What runs: Temporal's address (host:port), its Web UI's URL, and what a worker works with."""

    address: str
    ui_url: str
    deps: Dependencies


@contextmanager
def embedded(settings: Settings) -> Iterator[Service]:
    """Start everything but the worker. The schema and the organisation's records are brought up to date first.

    Raises Misconfigured where rules, database or ports do not allow it.
    """
    if settings.temporal_address:
        raise Misconfigured(
            f"{variable_of('temporal_address')} (or TEMPORAL_ADDRESS) names a server at {settings.temporal_address}. "
            "Run 'leadflow worker' against it, or unset the variable to run everything here."
        )
    database = open_database(settings.database_url)
    try:
        upgrade(database)
        deps = open_dependencies(settings, database)
        apply_organisation(database, deps.rules.current())
        with embedded_server(settings, SEARCH_ATTRIBUTE_TYPES) as server:
            yield Service(server.address, server.ui_url, deps)
    finally:
        database.close()
