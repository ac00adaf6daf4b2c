"""Telling leads that wait that somebody may be free, after a change of who gets leads."""

from crm.errors import Unavailable
from crm.requests import LookAgain
from crm.store.distribution import waiting
from crm.store.people.organisation import record_id
from leadflow.cli import session
from leadflow.cli.asking import with_leads
from leadflow.cli.output import Format, counted, say

MOST = 10_000
"""So many leads are told at once, at most; the others look again by their own timers."""


def wake_all(user: str | None, format: Format) -> None:
    """Wake the leads that wait for a team of the user (by key), or all that wait, and say so to people.

    Where Temporal does not answer, they look again by their own timers.
    """
    with session.store() as database, database.reading() as connection:
        if user is None:
            found = waiting.for_anybody(connection, MOST)
        else:
            found = waiting.for_user(connection, record_id("systemuser", user), MOST)
    if not found:
        return
    try:
        told = with_leads(lambda leads: leads.wake(found, LookAgain(reason="the roster was changed")))
    except Unavailable as error:
        text = f"{counted(len(found), 'waiting lead')} could not be woken and will look again later: {error}"
    else:
        text = f"{counted(told, 'waiting lead')} woken"
    if format is Format.TEXT:
        say(text)
