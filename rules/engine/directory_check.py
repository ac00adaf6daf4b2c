"""Do the directory's entries refer to each other correctly?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pycountry

from crm.normalise.countries import country_code
from rules.calendars.public_holidays import known_regions
from rules.engine.directory import MAX_LEVELS, Directory, Team, User
from rules.engine.findings import Code, Findings
from rules.engine.loader import Table
from rules.engine.shape import place_of

_Reference = tuple[tuple[str | int, ...], str, str | None, Iterable[str]]
"""Where a reference stands, what it refers to, its key (None: not given) and the valid keys."""


def check_directory(directory: Directory, table: Table, findings: Findings) -> None:
    """Unknown references, teams without members, users who have left, loops of parents, unknown time zones and regions,
    a missing base currency."""
    for path, what, key, valid in _references(directory):
        if key is not None and key not in valid:
            findings.unknown(Code.UNKNOWN_NAME, place_of(table, path), what, key, valid)
    for key, team in directory.teams.items():
        if not team.members:
            at = place_of(table, ["teams", key])
            findings.error(Code.EMPTY_TEAM, at, f"team '{key}' has no members", "Name at least one user under members")
        users = Counter(member.user for member in team.members)
        for user in sorted(user for user, times in users.items() if times > 1):
            at = place_of(table, ["teams", key, "members"])
            message = f"'{user}' stands more than once in team '{key}'"
            findings.error(Code.DUPLICATE_KEY, at, message, "Name each user once; use weight for a larger share")
    _check_active(directory, table, findings)
    for key in directory.business_units:
        _check_parents(directory, key, table, findings)
    sections: dict[str, Mapping[str, User | Team]] = {"users": directory.users, "teams": directory.teams}
    for section, entries in sections.items():
        for key, entry in entries.items():
            _check_place(entry, table, [section, key], findings)


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


def _check_active(directory: Directory, table: Table, findings: Findings) -> None:
    """Those who have left do not count among a team's members, and do not manage it."""
    left = {user for user, entry in directory.users.items() if not entry.active}
    for key, team in directory.teams.items() if left else ():
        if team.manager in left:
            message = f"'{team.manager}', manager of team '{key}', is not active"
            at = place_of(table, ["teams", key, "manager"])
            findings.warning(Code.INACTIVE_USER, at, message, "Name another manager")
        for index, member in enumerate(team.members):
            if member.user in left:
                message = f"'{member.user}' is a member of team '{key}', but is not active and gets no leads"
                at = place_of(table, ["teams", key, "members", index])
                findings.warning(Code.INACTIVE_USER, at, message, "Take the user out of the team")


def _check_parents(directory: Directory, key: str, table: Table, findings: Findings) -> None:
    chain = directory.with_parents(key)
    parent = directory.business_units[chain[-1]].parent
    at = place_of(table, ["business_units", key, "parent"])
    if parent in chain:
        message = f"business unit '{key}' is its own parent, by way of '{chain[-1]}'"
        findings.error(Code.PARENT_LOOP, at, message, "Take one parent out of the loop")
    elif parent in directory.business_units:
        message = f"more than {MAX_LEVELS} business units stand above each other, from '{key}' upwards"
        findings.error(Code.TOO_LARGE, at, message, "Leave out levels that route nothing")


def _check_place(entry: User | Team, table: Table, path: list[str | int], findings: Findings) -> None:
    """The time zone and the region whose public holidays count."""
    if entry.time_zone is not None and not _is_zone(entry.time_zone):
        at = place_of(table, [*path, "time_zone"])
        findings.error(
            Code.WRONG_VALUE, at, f"unknown time zone '{entry.time_zone}'", "Write one such as Europe/Berlin"
        )
    if entry.holidays is not None and entry.holidays not in known_regions():
        at = place_of(table, [*path, "holidays"])
        message = f"no public holidays are known for '{entry.holidays}'"
        findings.error(Code.UNKNOWN_NAME, at, message, _nearest_region(entry.holidays))


def _nearest_region(given: str) -> str:
    """The region that is meant: by the name of the country or of its part, or by what is spelt alike."""
    country, _, part = given.partition("-")
    code = country_code(country) or country
    if code not in known_regions():
        return "Write the country's code with two letters, such as DE, or with its region, such as DE-BY"
    if not part:
        return f"Write {code}"
    parts_of_it = (entry for entry in pycountry.subdivisions if entry.country_code == code)
    names = {entry.name.casefold(): entry.code for entry in parts_of_it}
    if names.get(part.casefold()) in known_regions():
        return f"Write {names[part.casefold()]}"
    parts = sorted(region.removeprefix(f"{code}-") for region in known_regions() if region.startswith(f"{code}-"))
    near = get_close_matches(part, parts, n=1)
    if near:
        return f"Did you mean '{code}-{near[0]}'?"
    return f"Write {code} alone" + (f", or with one of these behind it: {', '.join(parts)}" if parts else "")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
