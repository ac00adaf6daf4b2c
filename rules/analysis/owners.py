"""Teams that are to take leads, but have nobody who is active."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rules.engine.decision import OTHERWISE, Assign, Outcome
from rules.engine.directory import Directory
from rules.engine.findings import Code, Findings
from rules.engine.loader import Table
from rules.engine.schema import RuleFile
from rules.engine.shape import place_of

MAX_NAMED = 3


def check_owners(files: Iterable[RuleFile], directory: Directory, table: Table, findings: Findings) -> None:
    """A finding in directory.yaml for each such team that a rule, a queue or a partner uses."""
    uses: dict[str, list[str]] = defaultdict(list)
    for team, user in (*_uses_of_directory(directory), *(use for file in files for use in _uses_of_rules(file))):
        uses[team].append(user)
    for team, users in uses.items():
        entry = directory.teams[team]
        if entry.members and not any(directory.users[member.user].active for member in entry.members):
            more = f" and {len(users) - MAX_NAMED} more" if len(users) > MAX_NAMED else ""
            message = f"nobody in team '{team}' is active, but leads go to it by {', '.join(users[:MAX_NAMED])}{more}"
            at = place_of(table, ["teams", team])
            findings.warning(Code.NOBODY_ELIGIBLE, at, message, "Add somebody who is active, or use another team")


def _uses_of_directory(directory: Directory) -> Iterator[tuple[str, str]]:
    """Each team that takes leads for a queue or a partner."""
    for key, queue in directory.queues.items():
        yield queue.team, f"queue '{key}'"
    for key, partner in directory.channel_partners.items():
        yield partner.team, f"partner '{key}'"


def _uses_of_rules(file: RuleFile) -> Iterator[tuple[str, str]]:
    """Each team that a rule of the file names."""
    outcomes: Mapping[str, Outcome | None] = {rule.id: rule.outcome for rule in file.rules} | {
        OTHERWISE: file.otherwise
    }
    for id, outcome in outcomes.items():
        if not isinstance(outcome, Assign):
            continue
        user = f"rule '{id}'" if id != OTHERWISE else f"`otherwise` of {file.path}"
        named = [outcome.key] if outcome.to == "team" else []
        named += [step.team for step in outcome.if_missed if step.team is not None]
        yield from ((team, user) for team in dict.fromkeys(named))
