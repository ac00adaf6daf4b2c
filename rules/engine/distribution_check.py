"""What an outcome asks of people and partners that they cannot give: warnings, for the directory may change."""

from collections.abc import Iterable, Iterator

from rules.engine.decision import Assign, Offer, Requirements
from rules.engine.directory import Directory, User
from rules.engine.findings import Code, Findings, suggestion
from rules.engine.loader import YamlNode
from rules.engine.shape import place_of
from rules.engine.values import TimeLimit, duration_text
from rules.strategies.destination import teams_asked
from rules.strategies.eligibility import REQUIREMENTS, lacking

CAPACITY = "capacity"


def check_assign(outcome: Assign, node: YamlNode, directory: Directory, findings: Findings) -> None:
    """Requirements that no member meets, a strategy that no member has the figures for, times that do not fit."""
    for asked in teams_asked(outcome):
        if asked.key in directory.teams:
            path = _step(outcome, asked.key) or ["assign_to", "requires"]
            for kind, message, remedy in _unmet(asked.requires, asked.key, directory):
                findings.warning(Code.NOBODY_ELIGIBLE, place_of(node, [*path, kind]), message, remedy)
    if CAPACITY in (outcome.strategy, outcome.fallback) and outcome.key in directory.teams:
        _check_capacity(outcome, node, directory, findings)
    accept, contact = outcome.accept_within, outcome.contact_within
    if accept and contact and contact <= accept and outcome.contact_clock == outcome.sla_clock:
        limits = TimeLimit(contact, outcome.contact_clock), TimeLimit(accept, outcome.sla_clock)
        message = f"contact_within {limits[0]} is over no later than accept_within {limits[1]}; both begin together"
        remedy = "Give more time to contact than to accept, or leave accept_within out"
        findings.warning(Code.DOUBTFUL_TIMES, place_of(node, ["contact_within"]), message, remedy)


def check_offer(outcome: Offer, node: YamlNode, findings: Findings) -> None:
    """A registration that is over before it is of use."""
    registered = outcome.registered_for
    if registered is not None and registered < outcome.accept_within:
        message = (
            f"registered_for {duration_text(registered)} is shorter than the time to accept, "
            f"{duration_text(outcome.accept_within)}"
        )
        remedy = "Give the partner longer to work on the company, such as 90 days"
        findings.warning(Code.DOUBTFUL_TIMES, place_of(node, ["registered_for"]), message, remedy)


def _step(outcome: Assign, team: str) -> list[int | str] | None:
    """Where `if_nobody` names the team as the next."""
    for index, step in enumerate(outcome.if_nobody):
        if step.key == team and step.action == "next":
            return ["if_nobody", index, "next"]
    return None


def _unmet(requires: Requirements, team: str, directory: Directory) -> Iterator[tuple[str, str, str]]:
    """What nobody in the team has, as kind, message and remedy; or that nobody has all of it together."""
    members = [*_active(team, directory)]
    wanted = [(kind, word) for kind in REQUIREMENTS for word in getattr(requires, kind)]
    missing = [(kind, word) for kind, word in wanted if not any(word in getattr(user, kind) for user in members)]
    for kind, word in missing:
        has = {word for user in members for word in getattr(user, kind)}
        remedy = suggestion(word, has) if has else f"Add it under `{kind}` of a member in directory.yaml"
        yield kind, f"nobody in team '{team}' has the {REQUIREMENTS[kind]} '{word}'", remedy
    if not missing and members and all(any(lacking(user, requires)) for user in members):
        words = ", ".join(word for _, word in wanted)
        yield "", f"nobody in team '{team}' has all of {words}", "Ask for less, or add somebody who has it"


def _check_capacity(outcome: Assign, node: YamlNode, directory: Directory, findings: Findings) -> None:
    team = directory.teams[outcome.key]
    if team.capacity is None and all(user.capacity is None for user in _active(outcome.key, directory)):
        key = "strategy" if outcome.strategy == CAPACITY else "fallback"
        message = f"neither team '{outcome.key}' nor a member of it has a capacity in directory.yaml"
        remedy = f"Add `capacity: 30` or the like to the team, or choose another {key}"
        findings.warning(Code.WRONG_PLACE, place_of(node, ["assign_to", key]), message, remedy)


def _active(team: str, directory: Directory) -> Iterable[User]:
    users = (directory.users.get(member.user) for member in directory.teams[team].members)
    return (user for user in users if user is not None and user.active)
