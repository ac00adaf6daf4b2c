"""A small organisation for tests: two business units, four users, two teams, a queue, a partner, two currencies."""

from typing import Any

from rules.engine.directory import Directory

SMALL: dict[str, Any] = {
    "business_units": {"europe": {"name": "Europe"}, "dach": {"name": "DACH", "parent": "europe"}},
    "users": {
        "anna": {"name": "Anna Maria Berg", "email": "anna@ours.example", "business_unit": "dach"},
        "ben": {"name": "Ben Ode", "email": "ben@ours.example", "business_unit": "dach", "time_zone": "Europe/Berlin"},
        "cleo": {"name": "Cleo", "email": "cleo@ours.example", "business_unit": "europe", "active": False},
        "dora": {"name": "Dora Lind", "email": "dora@ours.example", "business_unit": "europe"},
    },
    "teams": {
        "dach-sales": {
            "name": "DACH sales",
            "business_unit": "dach",
            "members": [{"user": "ben", "weight": 2}, "anna", "cleo"],
            "manager": "dora",
        },
        "contoso": {"name": "Contoso people", "business_unit": "europe", "members": ["dora"]},
    },
    "queues": {"inbox": {"name": "Inbox", "team": "dach-sales"}},
    "channel_partners": {"contoso": {"name": "Contoso Ltd", "team": "contoso"}},
    "campaigns": {"spring": {"name": "Spring fair"}},
    "currencies": {"USD": {"name": "US dollar", "rate": "1.25"}},
    "base_currency": "EUR",
}


def directory(**changed_sections: Any) -> Directory:
    """The small organisation, with whole sections replaced."""
    return Directory.model_validate({**SMALL, **changed_sections})
