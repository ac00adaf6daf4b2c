"""leadflow rules check | test on the shipped rules and on broken ones."""

import shutil
from pathlib import Path

import pytest

from tests.command import Cli, enter
from tests.service import ROOT, environment

PERSON = ("business_unit=uk", "address1_country=IE", "lastname=Byrne")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line without a service and without a database."""
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rules to break."""
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


def break_uk(folder: Path, old: str, new: str) -> str:
    """Replace the first `old` in the unit's file; returns where that is: file:line:column."""
    file = folder / "business_units" / "uk.yaml"
    text = file.read_text()
    before = text[: text.index(old)]
    file.write_text(text.replace(old, new, 1))
    return f"business_units/uk.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_the_shipped_rules_pass(alone: Cli) -> None:
    assert alone.text("rules", "check", "--strict") == "no errors, no warnings\n"
    assert alone.json("rules", "check") == []
    said = alone.text("rules", "test")
    assert said.endswith("examples passed, 0 failed\n") and not said.startswith("0 ")
    assert all(result["passed"] for result in alone.json("rules", "test")["examples"])


@pytest.mark.parametrize("command", [("check",), ("test",)])
def test_a_folder_that_does_not_exist_is_named(alone: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    reason = alone.refused("rules", *command, "--rules", tmp_path / "elsewhere")
    assert f"rules folder {tmp_path / 'elsewhere'} does not exist" in reason and "--rules" in reason


def test_a_finding_has_its_place_its_reason_and_its_remedy(alone: Cli, folder: Path) -> None:
    place = break_uk(folder, "numberofemployees:", "numberofemployes:")
    answer = alone.answer("rules", "check", "--rules", folder)
    finding, total = answer.out.splitlines()
    assert (answer.code, answer.err, total) == (1, "", "1 error, no warnings")
    assert finding.startswith(f"{place}: error ")
    assert "unknown field 'numberofemployes'. Did you mean 'numberofemployees'?" in finding

    answer = alone.answer("rules", "check", "--rules", folder, "--format", "json")
    [found] = answer.json()
    assert (answer.code, f"{found['file']}:{found['line']}:{found['column']}") == (1, place)


@pytest.mark.parametrize(
    ("old", "new"), [("IE]", "IE"), ("numberofemployees: {at_least: 1000}", "revenue: {at_least: big}")]
)
def test_broken_files_are_placed_too(alone: Cli, folder: Path, old: str, new: str) -> None:
    break_uk(folder, old, new)
    answer = alone.answer("rules", "check", "--rules", folder)
    assert answer.code == 1 and answer.out.startswith("business_units/uk.yaml:")
    for command in ("test", "explain"):
        options = () if command == "test" else PERSON
        refused = alone.answer("rules", command, *options, "--rules", folder)
        assert (refused.code, refused.out) == (1, "") and "business_units/uk.yaml:" in refused.err


def test_a_failing_example_says_what_differs(alone: Cli, folder: Path) -> None:
    break_uk(folder, "expect: {rule: uk-ireland", "expect: {rule: uk-sales")
    answer = alone.answer("rules", "test", "--rules", folder)
    first = answer.out.splitlines()[0]
    assert answer.code == 1 and first.startswith("FAILED business_units/uk.yaml:") and first.endswith("Dublin")
    assert "uk-sales" in answer.out and "uk-ireland" in answer.out and "1 failed" in answer.out


def test_a_folder_without_rules(alone: Cli, tmp_path: Path) -> None:
    answer = alone.answer("rules", "check", "--rules", tmp_path)
    assert answer.code == 1 and "directory.yaml:1:1: error" in answer.out
