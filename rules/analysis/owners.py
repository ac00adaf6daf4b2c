"""Teams that are to take leads, but have nobody who is active."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain

from rules.engine.decision import OTHERWISE, Assign, Outcome
from rules.engine.directory import Directory
from rules.engine.findings import Code, Findings, Place
from rules.engine.loader import load_text
from rules.engine.schema import RuleBook, RuleFile
from rules.engine.shape import place_of
from rules.engine.sources import DIRECTORY_FILE

MAX_NAMED = 3


def check_owners(book: RuleBook, findings: Findings) -> None:
    """A finding in directory.yaml for each such team that a rule, a queue or a partner uses."""
    directory = book.directory
    uses: dict[str, list[str]] = defaultdict(list)
    for team, user in chain(_uses_of_directory(directory), *map(_uses_of_rules, book.files.values())):
        uses[team].append(user)
    for team, users in uses.items():
        if not any(directory.users[member.user].active for member in directory.teams[team].members):
            more = f" and {len(users) - MAX_NAMED} more" if len(users) > MAX_NAMED else ""
            message = f"nobody in team '{team}' is active, but leads go to it by {', '.join(users[:MAX_NAMED])}{more}"
            remedy = "Add somebody who is active, or use another team"
            findings.warning(Code.NOBODY_ELIGIBLE, _place_of(team, book), message, remedy)


def _place_of(team: str, book: RuleBook) -> Place:
    """Where the directory names the team."""
    text = book.texts[DIRECTORY_FILE].removeprefix("\ufeff")
    table = load_text(text, DIRECTORY_FILE, Findings())
    return place_of(table, ["teams", team]) if table else Place(DIRECTORY_FILE)


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
