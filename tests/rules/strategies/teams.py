"""A small team whose members work at different times."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rules.engine.decision import Assign
from rules.engine.directory import Directory

THURSDAY = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
WEEKDAYS = {"days": "mon-fri", "from": "09:00", "to": "17:00"}


def at(text: str) -> datetime:
    """A moment, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def directory(team: dict[str, Any] | None = None, **users: dict[str, Any]) -> Directory:
    """A team `desk` of these users, with these entries; its queue and its partner."""
    people = {key: {"name": key, "email": f"{key}@ours.example", "business_unit": "north"} for key in users}
    return Directory.model_validate(
        {
            "business_units": {"north": {"name": "North"}},
            "users": {key: people[key] | entry for key, entry in users.items()},
            "teams": {"desk": {"name": "Desk", "business_unit": "north", "members": list(users)} | (team or {})},
            "queues": {"inbox": {"name": "Inbox", "team": "desk"}},
            "channel_partners": {"contoso": {"name": "Contoso", "team": "desk"}},
        }
    )


def to_desk(**more: Any) -> Assign:
    return Assign(**{"to": "team", "key": "desk", "strategy": "round_robin"} | more)


FOUR_HOURS = timedelta(hours=4)
