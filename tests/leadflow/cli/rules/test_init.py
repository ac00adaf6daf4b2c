"""leadflow rules init."""

from pathlib import Path

import pytest

from rules.editing.schemas import SCHEMAS
from tests.command import Cli, enter
from tests.rules.books import write_book
from tests.service import environment


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


def test_an_empty_folder_becomes_a_rule_book(alone: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    said = alone.text("rules", "init", "uk", "--rules", folder)
    assert said.splitlines() == [
        "wrote directory.yaml", "wrote default.yaml", "wrote business_units/uk.yaml",
        *(f"wrote {file}" for file in SCHEMAS),
        "What to do next:",
        "  1. Open business_units/uk.yaml; change its rules, and with each rule its example",
        "  2. leadflow rules check", "  3. leadflow rules test",
        "  4. Read directory.yaml, too; then leadflow directory apply, before the rules go live",
    ]  # fmt: skip
    assert "added contoso to directory.yaml" in alone.text(
        "rules", "init", "contoso", "--partner", "--team", "uk-team", "--rules", folder
    )
    assert alone.text("rules", "check", "--strict", "--rules", folder) == "no errors, no warnings\n"
    assert "7 examples passed, 0 failed" in alone.text("rules", "test", "--rules", folder)
    assert alone.text("rules", "fmt", "--check", "--rules", folder).startswith("0 files would change")
    assert alone.text("rules", "schema", "--check", "--rules", folder) == "the schemas are up to date\n"


def test_nothing_is_overwritten(alone: Cli, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "rules", {})
    kept = {name: (folder / name).read_text() for name in ("directory.yaml", "default.yaml")}
    said = alone.text("rules", "init", "uk", "--rules", folder)
    assert said.startswith("wrote business_units/uk.yaml\n") and "directory apply" not in said
    unit = folder / "business_units" / "uk.yaml"
    unit.write_text("mine")
    assert "exists already; open it" in alone.refused("rules", "init", "uk", "--rules", folder)
    assert unit.read_text() == "mine"
    assert {name: (folder / name).read_text() for name in kept} == kept


def test_the_folder_may_have_a_template_of_its_own(alone: Cli, tmp_path: Path) -> None:
    own = "# about\n\nbusiness_unit: my-unit\nrules: []\notherwise: {assign_to: {team: my-team}}\n"
    folder = write_book(tmp_path / "rules", {"_template.yaml": own})
    alone.text("rules", "init", "us", "--rules", folder)
    assert (folder / "business_units" / "us.yaml").read_text() == (
        "# about\n\nbusiness_unit: us\nrules: []\notherwise: {assign_to: {team: desk}}\n"
    )


def test_a_unit_that_the_directory_does_not_know(alone: Cli, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "rules", {})
    refused = alone.refused("rules", "init", "fr", "--rules", folder)
    assert "Add it under `business_units:`, as `  fr: {name: FR}`" in refused and "--team" in refused
    assert not (folder / "business_units").exists()
