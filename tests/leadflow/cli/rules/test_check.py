"""leadflow rules check: what fails it, and its report for code hosts."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rules.engine.findings import Code
from tests.command import Cli, enter
from tests.rules.books import DEFAULT, rule_text, write_book
from tests.service import environment


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line in an empty folder, without a service and without a database."""
    enter(environment(tmp_path / "state"), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules with a warning in line 3, and a gap in a table."""
    table = (
        "id,numberofemployees at_least,numberofemployees at_most,assign_to queue\nsmall,1,99,inbox\nlarge,101,,inbox\n"
    )
    text = rule_text("{revenue: 012}").replace(DEFAULT, "  - table: default.size.csv\n" + DEFAULT)
    examples = (
        "examples:\n  - {lead: {revenue: 12}, expect: {rule: one}}\n"
        "  - {lead: {numberofemployees: 5}, expect: {rule: small}}\n"
    )
    return write_book(tmp_path / "sales rules", {"default.yaml": text + examples, "default.size.csv": table})


def sarif(cli: Cli, *arguments: object) -> tuple[int, Any]:
    answer = cli.answer("rules", "check", "--format", "sarif", *arguments)
    report = json.loads(answer.out)
    assert report["version"] == "2.1.0" and report["$schema"].endswith("sarif-2.1.0.json")
    (run,) = report["runs"]
    return answer.code, run


def test_warnings_fail_where_that_is_asked_for(cli: Cli, folder: Path) -> None:
    answer = cli.answer("rules", "check", "--rules", folder)
    assert answer.code == 0 and answer.out.splitlines()[-1] == "no errors, 2 warnings"
    assert cli.answer("rules", "check", "--rules", folder, "--strict").code == 1
    assert cli.answer("rules", "check", "--rules", folder, "--strict", "--format", "json").code == 1


def test_a_report_for_code_hosts(cli: Cli, folder: Path) -> None:
    code, run = sarif(cli, "--rules", folder)
    gap, number = run["results"]
    assert code == 0
    assert (number["ruleId"], number["level"]) == ("LF209", "warning")
    assert number["message"]["text"] == "'012' is read as 12. Write 12"
    (place,) = number["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "sales%20rules/default.yaml"}, "region": {"startLine": 3, "startColumn": 21},
    }  # fmt: skip
    assert gap["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert gap["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sales%20rules/default.size.csv"


def test_the_report_explains_every_code(cli: Cli, folder: Path) -> None:
    _, run = sarif(cli, "--rules", folder)
    driver = run["tool"]["driver"]
    assert driver["name"] == "leadflow rules check" and driver["version"]
    assert [rule["id"] for rule in driver["rules"]] == [code.value for code in sorted(Code)]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in driver["rules"])
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in driver["rules"]}
    assert (levels["LF001"], levels["LF404"]) == ("error", "warning")


def test_errors_fail_the_report_too(cli: Cli, folder: Path) -> None:
    (folder / "default.yaml").write_text("rules: [\n")
    code, run = sarif(cli, "--rules", folder)
    assert code == 1 and [result["level"] for result in run["results"]] == ["error"]


def test_rules_elsewhere_have_a_whole_address(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder.parent / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    _, run = sarif(cli, "--rules", folder)
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (folder / "default.size.csv").resolve().as_uri()


def test_a_sound_book_has_an_empty_report(cli: Cli, folder: Path) -> None:
    shutil.rmtree(folder)
    write_book(folder, {})
    code, run = sarif(cli, "--rules", folder, "--strict")
    assert code == 0 and run["results"] == []
