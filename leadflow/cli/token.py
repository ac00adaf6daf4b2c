"""leadflow token: a way into the Web API of an installation that has no identity provider."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from crm.errors import Misconfigured, NotFound
from crm.roles import ADMINISTRATOR
from crm.store.security.callers import find_user, user_with_role
from leadflow.api.tokens import new_token
from leadflow.cli import session

LONGEST_HOURS = 24 * 365


def token(
    user: Annotated[str | None, typer.Argument(help="Whom it names: a user's key, e-mail address or id.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=LONGEST_HOURS, help="How long it is valid.")] = 12.0,
) -> None:
    """Print a token for the Web API of this installation; without a user, for an administrator.

    The administrator is the first user, by key, with the role system-administrator.
    """
    configured = session.settings()
    with session.store(configured) as database, database.reading() as connection:
        name = user or user_with_role(connection, ADMINISTRATOR)
        if name is None:
            raise Misconfigured(
                f"No active user has the role {ADMINISTRATOR}. Name a user, or give one the role in "
                "rules/directory.yaml and run 'leadflow directory apply'."
            )
        found = find_user(connection, name)
    if found is None:
        raise NotFound(f"There is no user '{name}' in the directory, or several share this address.")
    if found.isdisabled:
        raise NotFound(f"The user '{name}' is disabled, and would not be let in.")
    sys.stdout.write(new_token(configured, name, timedelta(hours=hours)) + "\n")
