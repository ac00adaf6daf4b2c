"""The small rule book with three channel partners, each with people of its own, to whom leads are offered."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rules.engine.live import LiveRules
from tests.rulebook import edited_rules

_USERS = """users:
  adam: {name: Adam Acme, email: adam@acme.example, business_unit: europe}
  alma: {name: Alma Acme, email: alma@acme.example, business_unit: europe}
  bea: {name: Bea Bolt, email: bea@bolt.example, business_unit: europe}
  carl: {name: Carl Crane, email: carl@crane.example, business_unit: europe}
"""
_TEAMS = """teams:
  acme-people:
    name: Acme People
    business_unit: europe
    members: [adam, alma]
    time_zone: Europe/Berlin
    working_hours: {days: mon-fri, from: 09:00, to: 17:00}
  bolt-people: {name: Bolt People, business_unit: europe, members: [bea]}
  crane-people: {name: Crane People, business_unit: europe, members: [carl]}
"""
_PARTNERS = """channel_partners:
  acme: {name: Acme, team: acme-people}
  bolt: {name: Bolt, team: bolt-people}
  crane: {name: Crane, team: crane-people}
"""
_RULES = """rules:
  - id: known
    when: {registered_partner: acme, jobtitle: ask first}
    then: {hold: {reason: Acme has registered the company}}
  - id: to-partners
    when: {jobtitle: for partners}
    then: {offer_to: [acme, bolt, crane], accept_within: 8 hours, registered_for: 90 days, if_nobody: {queue: inbox}}
  - id: to-two
    when: {jobtitle: for two partners}
    then: {offer_to: [bolt, crane], accept_within: 1 hour clock}
  - id: by-weight
    when: {jobtitle: by weight}
    then: {offer_to: {acme: 3, bolt: 1}, accept_within: 1 hour clock}
"""


def with_partners(folder: Path, rules: Callable[[str], str] = lambda text: text) -> LiveRules:
    """A copy in `folder` with the partners and their rules; `rules` edits default.yaml further."""

    def directory(text: str) -> str:
        for section in (_USERS, _TEAMS, _PARTNERS):
            text = text.replace(section.partition("\n")[0] + "\n", section)
        return text

    return edited_rules(folder, directory=directory, default=lambda text: rules(text.replace("rules:\n", _RULES, 1)))


@cache
def partner_rules() -> LiveRules:
    """The rules with partners, loaded once a process."""
    with TemporaryDirectory() as folder:
        return with_partners(Path(folder) / "rules")
