"""By when a lead must be accepted."""

from datetime import datetime, timedelta

from rules.calendars import ALWAYS
from rules.engine.directory import Directory


def accept_by(
    directory: Directory,
    start: datetime,
    within: timedelta | None,
    *,
    clock: bool = False,
    user: str | None = None,
    team: str | None = None,
) -> datetime | None:
    """When the time of a lead that is given to a user or a team at `start` is over, in UTC; None: never.

    It is the working time of the user, as a member of the team if one is given, or of the team; with `clock`, every
    hour counts. A user or team that the directory does not have works at any time.
    """
    if within is None:
        return None
    return (ALWAYS if clock else directory.calendar(user=user, team=team)).due(start, within)
