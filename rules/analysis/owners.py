"""Teams that are to take leads, but have nobody who is active, or no manager where one is needed."""

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
from rules.strategies.destination import teams_asked

MAX_NAMED = 3
LIMIT = "max_reroutes"


def check_owners(book: RuleBook, findings: Findings) -> None:
    """A finding in directory.yaml for each team without anybody that a rule, a queue or a partner uses.

    A rule file that says how often a lead may move gets one where its teams have no manager who takes it then.
    """
    directory = book.directory
    uses: dict[str, list[str]] = defaultdict(list)
    for team, user in chain(_uses_of_directory(directory), *map(_uses_of_rules, book.files.values())):
        uses[team].append(user)
    for team, users in uses.items():
        if not any(directory.users[member.user].active for member in directory.teams[team].members):
            message = f"nobody in team '{team}' is active, but leads go to it by {_named(users)}"
            remedy = "Add somebody who is active, or use another team"
            findings.warning(Code.NOBODY_ELIGIBLE, _place_of(book, DIRECTORY_FILE, ["teams", team]), message, remedy)
    for file in book.files.values():
        if LIMIT in file.policy:
            _check_managers(file, book, findings)


def _check_managers(file: RuleFile, book: RuleBook, findings: Findings) -> None:
    used = dict.fromkeys(team for team, _ in _uses_of_rules(file))
    teams = [team for team in used if book.directory.teams[team].manager is None]
    if teams:
        message = f"after so many moves a lead goes to the manager of its team, and there is none of {_named(teams)}"
        remedy = "Name a `manager` of the team in directory.yaml"
        findings.warning(Code.NO_MANAGER, _place_of(book, file.path, [LIMIT]), message, remedy)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(names[:MAX_NAMED])}{more}"


def _place_of(book: RuleBook, file: str, path: list[int | str]) -> Place:
    """Where a file of the book says something."""
    table = load_text(book.texts[file].removeprefix("\ufeff"), file, Findings())
    return place_of(table, path) if table else Place(file)


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
        user = f"rule '{id}'" if id != OTHERWISE else f"`otherwise` of {file.path}"
        named = [asked.key for asked in teams_asked(outcome)]
        if isinstance(outcome, Assign):
            named += [step.team for step in outcome.if_missed if step.team is not None]
        yield from ((team, user) for team in dict.fromkeys(named))
