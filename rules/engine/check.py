"""Reading and checking the whole rules folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from crm.choices import ChoiceBook, standard_choices
from crm.errors import Misconfigured
from rules.analysis.meaning import check_meaning
from rules.analysis.owners import check_owners
from rules.engine.compiler import limit_problem
from rules.engine.decision import OTHERWISE
from rules.engine.directory import Directory
from rules.engine.directory_check import check_directory
from rules.engine.findings import Code, Finding, Findings, Place
from rules.engine.limits import Size, too_many_bytes
from rules.engine.loader import load_file
from rules.engine.reading import FileReader
from rules.engine.schema import RuleBook, RuleFile
from rules.engine.shape import plain, read_as
from rules.engine.sources import CHOICES_FILE, DEFAULT_FILE, DIRECTORY_FILE, FOLDERS, TOP_FILES, FileKind, RuleSources
from rules.engine.tables import TableReader
from rules.engine.values import Names


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`book` is None when any finding is an error. Findings come in the order of files and lines."""

    book: RuleBook | None
    findings: tuple[Finding, ...]


def check_rules(sources: RuleSources, on: date | None = None) -> CheckResult:
    """Read a rule book's files, and check everything about them.

    `on`, the day by which rules have expired or not, defaults to today in UTC.
    """
    findings = Findings()
    book = _book(sources, findings)
    if book is not None:
        check_meaning(book, on or datetime.now(UTC).date(), findings)
        check_owners(book, findings)
        for file in book.files.values():
            _check_shown(file, findings)
    return CheckResult(book, tuple(findings))


def read_rules(sources: RuleSources) -> CheckResult:
    """Read a rule book's files for use: like `check_rules`, without reasoning about what the rules mean."""
    findings = Findings()
    return CheckResult(_book(sources, findings), tuple(findings))


def read_names(sources: RuleSources, findings: Findings) -> Names | None:
    """What rules may refer to, by directory and option sets alone; None where the directory cannot be read."""
    directory = None if too_many_bytes(sources, findings) else _directory(sources, findings)
    return None if directory is None else Names(_choices(sources, standard_choices(), findings), directory)


def _book(sources: RuleSources, findings: Findings) -> RuleBook | None:
    """The rule book, or None where any finding is an error."""
    names = read_names(sources, findings)
    if names is None:
        return None
    tables = TableReader(sources, findings)
    files = _read(sources, names, tables, findings)
    ids = _check_ids(files, findings)
    broken = {finding.file for finding in findings if finding.severity == "error"} - {file.path for file in files}
    for file in files:
        if not broken:  # the rules of a file that cannot be read are not known
            _check_examples(file, ids, findings)
        _check_limits(file, findings)
    if not findings.has_errors:
        tables.report_unnamed()
    if findings.has_errors:
        return None
    texts = {name: content.decode() for name, content in sources.files.items()}
    return RuleBook({file.path: file for file in files}, names.directory, names.choices, texts)


def _names(sources: RuleSources) -> list[str]:
    return [*sources.files, *sources.unreadable]


def _files(sources: RuleSources, findings: Findings) -> Iterator[tuple[str, FileKind, str | None]]:
    if DEFAULT_FILE not in _names(sources):
        message, remedy = "the file is missing", "Create it: it says where leads go that no other file routes"
        findings.error(Code.UNREADABLE, Place(DEFAULT_FILE), message, remedy)
    for name in _names(sources):
        folder, _, file = name.rpartition("/")
        if name.endswith(".yml"):
            findings.error(Code.WRONG_PLACE, Place(name), "the ending is '.yml'", "Rename it to .yaml")
        elif name == DEFAULT_FILE:
            yield name, "default", None
        elif name.endswith(".yaml") and folder in FOLDERS:
            yield name, FOLDERS[folder], file.removesuffix(".yaml")
        elif name.endswith(".yaml") and name not in TOP_FILES:
            message = "no lead comes to this file: it stands in none of the folders for rule files"
            remedy = f"Move it to {' or '.join(FOLDERS)}; if it holds no rules, begin its name with _"
            findings.warning(Code.WRONG_PLACE, Place(name), message, remedy)


def _read(sources: RuleSources, names: Names, tables: TableReader, findings: Findings) -> list[RuleFile]:
    """The rule files that can be read."""
    size = Size(findings)
    read = (
        FileReader(path, kind, key, names, tables, size, findings).read(table)
        for path, kind, key in _files(sources, findings)
        if not size.exceeded and (table := load_file(sources, path, findings))
    )
    return [file for file in read if file is not None]


def _directory(sources: RuleSources, findings: Findings) -> Directory | None:
    """The directory, or None where it cannot be read: without it, every name in the rules would be unknown."""
    if DIRECTORY_FILE not in _names(sources):
        message, remedy = "the file is missing", "Create it: it lists the teams and people that rules refer to"
        findings.error(Code.UNREADABLE, Place(DIRECTORY_FILE), message, remedy)
        return None
    table = load_file(sources, DIRECTORY_FILE, findings)
    directory = read_as(Directory, table, findings) if table else None
    if directory is not None and table is not None:
        check_directory(directory, table, findings)
    return directory


def _choices(sources: RuleSources, choices: ChoiceBook, findings: Findings) -> ChoiceBook:
    """`choices` with the additions of choices.yaml, where there is one."""
    if CHOICES_FILE not in _names(sources):
        return choices
    table = load_file(sources, CHOICES_FILE, findings)
    try:
        return choices.extended_with(plain(table)) if table else choices
    except (Misconfigured, AttributeError) as error:
        remedy = "Write `option_set:` and under it `number: label` lines, with numbers that are free"
        findings.error(Code.WRONG_SHAPE, Place(CHOICES_FILE), str(error), remedy)
        return choices


def _check_ids(files: list[RuleFile], findings: Findings) -> set[str]:
    """All rule ids; two rules with one are an error."""
    seen: dict[str, Place] = {}
    for file in files:
        for rule in file.rules:
            if rule.id in seen:
                message = f"rule id '{rule.id}' is taken by {seen[rule.id]}"
                findings.error(Code.DUPLICATE_ID, rule.at, message, "Choose an id of its own; reports go by it")
            seen.setdefault(rule.id, rule.at)
    return set(seen)


def _check_examples(file: RuleFile, ids: set[str], findings: Findings) -> None:
    known = {*ids, OTHERWISE}
    for example in file.examples:
        if example.expect.rule is not None and example.expect.rule not in known:
            findings.unknown(Code.UNKNOWN_NAME, example.at, "rule", example.expect.rule, known)


def _check_shown(file: RuleFile, findings: Findings) -> None:
    """Whether an example shows each rule, and a row of each table."""
    shown = {example.expect.rule for example in file.examples}
    for rule in file.rules:
        if rule.id not in shown and rule.at.file == file.path:
            message = f"no example expects rule '{rule.id}'"
            findings.warning(Code.NO_EXAMPLE, rule.at, message, "Add one under examples, with `expect: {rule: ...}`")
    tables = dict.fromkeys(rule.at.file for rule in file.rules if rule.at.file != file.path)
    for table in tables.keys() - {rule.at.file for rule in file.rules if rule.id in shown}:
        remedy = f"Add one for a typical row to the examples of {file.path}"
        findings.warning(Code.NO_EXAMPLE, Place(table), "no example expects a row of this table", remedy)


def _check_limits(file: RuleFile, findings: Findings) -> None:
    for rule in file.rules:
        if problem := limit_problem(rule.when):
            message = f"rule '{rule.id}' is too large for the engine: {problem}"
            findings.error(Code.TOO_LARGE, rule.at, message, "Split it into several rules")
