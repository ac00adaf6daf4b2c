"""The findings of the check by code: what each means and what to do. docs/rules/findings.md is made of this table.

`python -m rules.engine.finding_codes docs/rules/findings.md` writes the page anew.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.engine.findings import MAX_FINDINGS, Code, Severity


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code. `severities` are those that its findings may have; `meaning` and `remedy` are for editors of rules."""

    title: str
    meaning: str
    remedy: str
    severities: tuple[Severity, ...] = ("error",)


_WARNING: tuple[Severity, ...] = ("warning",)

CODES: Mapping[Code, CodeRow] = {
    Code.UNREADABLE: CodeRow(
        "A file cannot be read",
        "The file is missing, too large, not allowed to be read, or not saved as UTF-8 text.",
        "Create the file, make it readable, or save it with the encoding UTF-8.",
    ),
    Code.BROKEN_YAML: CodeRow(
        "Broken YAML",
        "The file's layout does not fit: a bracket or quotation mark is open, the indentation does not match, or a tab "
        "stands where spaces belong.",
        "Look at the place that is named and at the line before it. Use spaces only.",
    ),
    Code.DUPLICATE_KEY: CodeRow(
        "The same name twice",
        "A key stands twice in one place, a user twice in one team, or two columns of a table say the same. One of the "
        "two would be lost.",
        "Keep one of the two.",
    ),
    Code.FORBIDDEN_YAML: CodeRow(
        "YAML that hides something",
        "Anchors (`&`), aliases (`*`), tags (`!`), a second document (`---`), invisible characters and very deep "
        "nesting are not allowed: a reader would not see what a rule says.",
        "Write the value out. Put quotation marks around a text that begins with one of these characters.",
    ),
    Code.BROKEN_TABLE: CodeRow(
        "A rule table that cannot be read",
        "The separators, quotation marks, or cells of a CSV file do not fit together.",
        "Save the table from the spreadsheet again as CSV, with one line of headings.",
    ),
    Code.UNKNOWN_KEY: CodeRow(
        "An unknown key",
        "A word stands where the format has none of that name, mostly a typing error.",
        "Take the nearest name that the message gives, or compare with `_template.yaml`.",
    ),
    Code.MISSING_KEY: CodeRow(
        "Something is missing",
        "A key that is required is not there, such as `otherwise`, the `id` of a rule, or its `rank` under "
        "`hit_policy: priority`.",
        "Add it.",
    ),
    Code.WRONG_SHAPE: CodeRow(
        "A value of the wrong form",
        "A list stands where one value belongs, a mapping where a list belongs, or a value does not fit its key.",
        "Compare with `_template.yaml`, or with another rule.",
    ),
    Code.WRONG_PLACE: CodeRow(
        "In the wrong place",
        "A file, a key or an option stands where it has no effect or must not stand.",
        "Move it, rename it, or remove it, as the message says.",
        ("error", "warning"),
    ),
    Code.UNKNOWN_COLUMN: CodeRow(
        "An unknown column",
        "A heading of a rule table names no field, operator or outcome.",
        "Take the nearest name that the message gives.",
    ),
    Code.MISSING_TABLE: CodeRow(
        "A table that is not there",
        "A rule file names a rule table that does not stand beside it.",
        "Save the table beside the rule file, or remove the entry.",
    ),
    Code.UNNAMED_TABLE: CodeRow(
        "A table that nobody names",
        "The rows of this rule table decide nothing, because no rule file names it.",
        "Write `- table: <file>` under `rules` of its rule file, or remove the table.",
        _WARNING,
    ),
    Code.UNKNOWN_FIELD: CodeRow(
        "An unknown field",
        "A condition or an example names a field that leads do not have.",
        "Take the nearest name that the message gives. `rules/README.md` says where the fields are listed.",
    ),
    Code.UNKNOWN_OPERATOR: CodeRow(
        "An unknown operator",
        "What stands under a field is none of the operators.",
        "Use one of those that the message names.",
    ),
    Code.OPERATOR_TYPE: CodeRow(
        "An operator that does not fit the field",
        "The operator is for another type of field, such as `contains` for a number.",
        "Use one of those that the message names.",
    ),
    Code.WRONG_VALUE: CodeRow(
        "A value that the field cannot have",
        "The value does not fit the field's type: a word for a number, a number that is too large, no date, neither "
        "yes nor no.",
        "Write the value as the message says.",
    ),
    Code.UNKNOWN_OPTION: CodeRow(
        "An unknown option",
        "The field is a choice, and has no option with this label or number.",
        "Take the nearest label that the message gives. Add your own options in `choices.yaml`.",
    ),
    Code.EMPTY_CONDITION: CodeRow(
        "A condition without content",
        "`when`, `any`, `all` or `none` is empty.",
        "Name at least one field. For all leads that are left over, use `otherwise`.",
    ),
    Code.DOUBTFUL_VALUE: CodeRow(
        "A value that leads hardly have",
        "The value is allowed, but leads hold another spelling: countries are stored as codes of two letters, numbers "
        "with two decimal places.",
        "Write the value as the message says.",
        _WARNING,
    ),
    Code.EMPTY_LIST: CodeRow(
        "An empty list",
        "A list of values is empty, so no lead could fit the condition.",
        "Name at least one value. For a field without a value write `is_empty: yes`.",
    ),
    Code.MISREAD_NUMBER: CodeRow(
        "A number that people misread",
        "`012`, `1e6`, `1_000` and `1.000` are read as 12, 1000000, 1000 and 1; not everybody expects that.",
        "Write the digits that are meant, without separators.",
        _WARNING,
    ),
    Code.NEVER_TRUE: CodeRow(
        "A condition that can never be true",
        "No lead can fit the rule, or one of its conditions: two conditions exclude each other, such as `at_least: 10` "
        "and `below: 5`, or no lead that comes to this file can have the value.",
        "Change one of the values, or remove the rule or the condition.",
        _WARNING,
    ),
    Code.UNKNOWN_NAME: CodeRow(
        "An unknown name",
        "A team, user, queue, partner, unit, campaign, strategy or rule is named that does not exist.",
        "Take the nearest name that the message gives, or add it to `directory.yaml`.",
    ),
    Code.EMPTY_TEAM: CodeRow(
        "A team without members",
        "The directory has a team that nobody belongs to, so nobody would take its leads.",
        "Name at least one user under `members`.",
    ),
    Code.PARENT_LOOP: CodeRow(
        "A unit that is its own parent",
        "The parents of business units form a loop, so a lead would never come to the end of the files.",
        "Take one parent out of the loop.",
    ),
    Code.INACTIVE_USER: CodeRow(
        "A user who has left",
        "A rule, a team or a team's manager names a user whom the directory calls `active: no`. Such a user gets no "
        "leads.",
        "Name somebody else, or take the user out of the team.",
        _WARNING,
    ),
    Code.NOBODY_ELIGIBLE: CodeRow(
        "A team in which nobody can get the lead",
        "Leads go to this team, by a rule, a queue or a partner, but all its members have left; or a rule requires a "
        "language, skill or territory that none of them has.",
        "Add somebody who is active, or who has it; ask for something else; or send the leads to another team.",
        _WARNING,
    ),
    Code.NO_MANAGER: CodeRow(
        "A team without a manager",
        "The file says `max_reroutes`: a lead that has moved so often goes to the manager of its team. A team that "
        "its rules name has none.",
        "Name a `manager` of the team in `directory.yaml`.",
        _WARNING,
    ),
    Code.DUPLICATE_ID: CodeRow(
        "Two rules with one id",
        "Reports and decisions go by the id of a rule, so each id belongs to one rule of the whole rule book.",
        "Choose another id for one of the two.",
    ),
    Code.NO_EXAMPLE: CodeRow(
        "A rule without an example",
        "No example expects this rule, or none expects a row of this table.",
        "Add one under `examples`: a lead, and `expect: {rule: <id>}`.",
        _WARNING,
    ),
    Code.NO_NEXT_FILE: CodeRow(
        "No file comes next",
        "`use` names a file that does not follow this one. After a partner's file comes `business_unit`, after a "
        "unit's file `parent`, after `default.yaml` nothing.",
        "Write what the message says, or an outcome.",
    ),
    Code.UNREACHABLE: CodeRow(
        "A rule that is never reached",
        "Earlier rules of the same file take every lead that this rule matches. With `hit_policy: priority`, the lower "
        "rank is the earlier rule.",
        "Move the rule up, narrow the earlier ones, or remove it.",
        _WARNING,
    ),
    Code.OVERLAP: CodeRow(
        "Two rules match the same lead",
        "The file says `hit_policy: unique`, but a lead can match both rules. At most 100 such pairs are shown for a "
        "file.",
        "Narrow one of the two rules, or write `hit_policy: first`.",
        _WARNING,
    ),
    Code.TABLE_GAP: CodeRow(
        "A gap in a rule table",
        "The rows of a table divide a range of numbers or times, and leave out some values between two rows.",
        "Let one of the two rows begin or end where the other does.",
        _WARNING,
    ),
    Code.WRONG_PERIOD: CodeRow(
        "Valid until before valid from",
        "A rule's `valid_until` lies before its `valid_from`, so it would never be valid.",
        "Write the earlier date as `valid_from`.",
    ),
    Code.EXPIRED: CodeRow(
        "A rule that has expired",
        "The last day on which the rule could match is over.",
        "Remove the rule, or give it a later `valid_until`.",
        _WARNING,
    ),
    Code.DOUBTFUL_TIMES: CodeRow(
        "Time limits that do not fit together",
        "The time to contact a lead is over before the time to accept it, or a partner's registration is over before "
        "its time to accept.",
        "Make the one longer, or leave the other out.",
        _WARNING,
    ),
    Code.TOO_LARGE: CodeRow(
        "Too large",
        "A rule, a file, a table or the whole rule book is larger than the engine allows.",
        "Divide it, or shorten it, as the message says.",
    ),
    Code.TOO_MANY: CodeRow(
        "Too many findings",
        f"More than {MAX_FINDINGS} errors or warnings were found; the others are not shown.",
        "Correct what is shown, then check again.",
        ("error", "warning"),
    ),
}

_INTRODUCTION = """# Findings of the check

`leadflow rules check` names for each finding the file, the line and the column, how serious it is, a code, what is
wrong, and what to do. The codes stay the same from version to version.

An **error** means that the rule files are refused, and the last good ones stay in force. A **warning** does not stop
them; with `--strict` it makes the check fail. What the check cannot decide for certain, it does not report.

Codes that begin with LF0 are about files, LF1 about keys and places, LF2 about conditions, LF3 about the directory, LF4
about rules and examples, LF5 about what is too large.

| Code | Severity | Meaning |
|---|---|---|
"""


def page() -> str:
    """docs/rules/findings.md."""
    rows = (f"| [{code}](#{_anchor(code)}) | {severity_of(code)} | {row.title} |\n" for code, row in CODES.items())
    return _INTRODUCTION + "".join(rows) + "".join(_sections())


def severity_of(code: Code) -> str:
    return " or ".join(CODES[code].severities)


def _anchor(code: Code) -> str:
    return code.value.lower()


def _sections() -> Iterator[str]:
    for code, row in CODES.items():
        yield f"\n## {code}\n\n**{row.title}** ({severity_of(code)}). {row.meaning}\n\nWhat to do: {row.remedy}\n"


def main() -> None:
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
