"""Small rule books for tests."""

from pathlib import Path

from crm.choices import standard_choices
from rules.engine.check import CheckResult, check_rules
from rules.engine.conditions import Condition, ConditionReader, Group
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.engine.findings import Finding, Findings, Place
from rules.engine.loader import load_text
from rules.engine.schema import HitPolicy, Rule, RuleFile
from rules.engine.sources import RuleSources
from rules.engine.values import Names

AT = Place("test.yaml")
INBOX = Assign(to="queue", key="inbox")
SHIPPED = Path(__file__).parents[2] / "rules"

DIRECTORY = """
business_units:
  emea: {name: Europe}
  uk: {name: United Kingdom, parent: emea}
  us: {name: United States}
users:
  ann: {name: Ann, email: ann@leadflow.example, business_unit: uk}
  bob: {name: Bob, email: bob@leadflow.example, business_unit: us, time_zone: America/New_York}
teams:
  desk: {name: Desk, business_unit: uk, members: [ann, {user: bob, weight: 2}], manager: ann}
queues:
  inbox: {name: Inbox, team: desk}
channel_partners:
  contoso: {name: Contoso, team: desk}
campaigns:
  spring: {name: Spring}
"""
DEFAULT = "otherwise: {assign_to: {queue: inbox}}\n"


def write_book(folder: Path, files: dict[str, str]) -> Path:
    """A rules folder with these files, a directory and a default."""
    for name, text in {"directory.yaml": DIRECTORY, "default.yaml": DEFAULT, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def checked(folder: Path, files: dict[str, str]) -> CheckResult:
    return check_rules(RuleSources.from_folder(write_book(folder, files)))


def found(folder: Path, files: dict[str, str]) -> list[Finding]:
    """The errors in this book, in order."""
    return [finding for finding in checked(folder, files).findings if finding.severity == "error"]


def rule_text(when: str, then: str = "{assign_to: {queue: inbox}}") -> str:
    """A default.yaml with one rule."""
    return f"rules:\n  - id: one\n    when: {when}\n    then: {then}\n{DEFAULT}"


def condition(text: str) -> Group:
    """What stands under `when`, read."""
    table = load_text(text, "test.yaml", Findings())
    assert table is not None
    findings = Findings()
    group = ConditionReader(Names(standard_choices(), Directory()), findings).read(table)
    assert group is not None, list(findings)
    return group


def rule_file(*conditions: Condition, hit_policy: HitPolicy = "first") -> RuleFile:
    """A default file with one rule for each condition."""
    rules = tuple(
        Rule(f"r-{number}", "", Group("all", (part,), AT), INBOX, AT) for number, part in enumerate(conditions)
    )
    return RuleFile("default.yaml", "default", None, "", hit_policy, rules, INBOX, AT, ())
