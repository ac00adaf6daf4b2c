"""Do the directory's entries refer to each other correctly?"""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.engine.directory import Directory
from rules.engine.findings import Code, Findings
from rules.engine.loader import Table
from rules.engine.shape import place_of

_Reference = tuple[tuple[str | int, ...], str, str | None, Iterable[str]]
"""Where a reference stands, what it refers to, its key (None: not given) and the valid keys."""


def check_directory(directory: Directory, table: Table, findings: Findings) -> None:
    """Unknown references, teams without members, loops of parents, unknown time zones, a missing base currency."""
    for path, what, key, valid in _references(directory):
        if key is not None and key not in valid:
            findings.unknown(Code.UNKNOWN_NAME, place_of(table, path), what, key, valid)
    for key, team in directory.teams.items():
        if not team.members:
            at = place_of(table, ["teams", key])
            findings.error(Code.EMPTY_TEAM, at, f"team '{key}' has no members", "Name at least one user under members")
        users = [member.user for member in team.members]
        for user in sorted({user for user in users if users.count(user) > 1}):
            at = place_of(table, ["teams", key, "members"])
            message = f"'{user}' stands more than once in team '{key}'"
            findings.error(Code.DUPLICATE_KEY, at, message, "Name each user once; use weight for a larger share")
    for key in directory.business_units:
        _check_parents(directory, key, table, findings)
    for key, person in directory.users.items():
        if not _is_zone(person.time_zone):
            at = place_of(table, ["users", key, "time_zone"])
            findings.error(
                Code.WRONG_VALUE, at, f"unknown time zone '{person.time_zone}'", "Write one such as Europe/Berlin"
            )


def _references(directory: Directory) -> Iterator[_Reference]:
    units, users, teams = directory.business_units, directory.users, directory.teams
    for key, unit in units.items():
        yield ("business_units", key, "parent"), "business unit", unit.parent, units
    for key, user in users.items():
        yield ("users", key, "business_unit"), "business unit", user.business_unit, units
    for key, team in teams.items():
        yield ("teams", key, "business_unit"), "business unit", team.business_unit, units
        yield ("teams", key, "manager"), "user", team.manager, users
        for index, member in enumerate(team.members):
            yield ("teams", key, "members", index), "user", member.user, users
    for key, queue in directory.queues.items():
        yield ("queues", key, "team"), "team", queue.team, teams
    for key, partner in directory.channel_partners.items():
        yield ("channel_partners", key, "team"), "team", partner.team, teams
    yield ("base_currency",), "currency", directory.base_currency, directory.currencies


def _check_parents(directory: Directory, key: str, table: Table, findings: Findings) -> None:
    *_, last = directory.with_parents(key)
    parent = directory.business_units[last].parent
    if parent in directory.business_units:
        message = f"business unit '{key}' is its own parent, by way of '{last}'"
        at = place_of(table, ["business_units", key, "parent"])
        findings.error(Code.PARENT_LOOP, at, message, "Take one parent out of the loop")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
