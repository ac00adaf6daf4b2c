"""The Web API as a part of a running program: opened from the settings, served at a socket until the block ends."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from temporalio.client import Client

from activities.deps import Dependencies
from leadflow.api.app import ROOT, VERSIONS, build_app
from leadflow.api.files import ApiFiles
from leadflow.api.guard import Callers, TokenGuard
from leadflow.api.health import health_routes
from leadflow.api.limits import Limits
from leadflow.api.openapi.document import openapi_routes
from leadflow.api.roles import open_roles
from leadflow.api.serving import origin_of, serving
from leadflow.api.tokens import open_tokens
from leadflow.dataverse.call import Services
from leadflow.intake.web.quarantine import quarantine_routes
from leadflow.intake.web.routes import intake_routes
from leadflow.intake.web.sources import open_sources
from leadflow.rules_watch import following_rules
from leadflow.settings import Settings
from leadflow.starter import Leads

_log = logging.getLogger("leadflow.api")


def web_api_url(origin: str) -> str:
    """The root of the Web API of the service at `http://127.0.0.1:8000`."""
    return f"{origin}{ROOT}{VERSIONS[-1]}/"


def open_api(client: Client, deps: Dependencies, settings: Settings) -> Starlette:
    """The application as the installation is configured. Raises Misconfigured."""
    secret = settings.api_secret
    services = Services(
        database=deps.database,
        leads=Leads(client, settings.task_queue),
        choices=lambda: deps.choices,
        secret=secret.get_secret_value().encode() if secret else ApiFiles.of(settings.state_dir).secret(),
        default_country=deps.default_country,
    )
    callers = Callers(deps.database, open_roles(settings.roles_file))
    callers.warn_of_unknown_roles()
    limits = Limits(settings.limit_requests, settings.limit_seconds, settings.limit_concurrency)
    guard = TokenGuard(open_tokens(settings), callers, limits)
    more = [
        *health_routes(deps.database),
        *intake_routes(services, open_sources(settings, deps.database)),
        *quarantine_routes(services, guard),
        *openapi_routes(services),
    ]
    return build_app(services, guard, *more)


@asynccontextmanager
async def running_api(
    client: Client, deps: Dependencies, settings: Settings, listener: socket.socket
) -> AsyncIterator[None]:
    """The Web API answers at the listener inside this block. Its address stands in the state folder meanwhile."""
    app = open_api(client, deps, settings)
    with ApiFiles.of(settings.state_dir).published(origin_of(listener)):
        async with serving(app, listener, settings.trusted_proxies):
            _log.info("the Web API answers at %s", web_api_url(origin_of(listener)))
            yield


@asynccontextmanager
async def following_api(
    client: Client, deps: Dependencies, settings: Settings, listener: socket.socket
) -> AsyncIterator[None]:
    """As `running_api`, in a program without a worker: it follows the rule files itself, for their option sets."""
    async with following_rules(deps.rules), running_api(client, deps, settings, listener):
        yield
