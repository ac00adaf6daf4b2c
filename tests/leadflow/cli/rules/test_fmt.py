"""leadflow rules fmt."""

import os
from pathlib import Path

import pytest

from tests.command import Cli, enter
from tests.rules.books import DIRECTORY, write_book
from tests.service import environment

UNTIDY = "otherwise: {use: parent}\n# why\nbusiness_unit: uk\n"
TIDY = "# why\nbusiness_unit: uk\notherwise: {use: parent}\n"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one untidy file, and one that is not part of the book."""
    files = {"directory.yaml": DIRECTORY.lstrip(), "business_units/uk.yaml": UNTIDY, "_draft.yaml": "b:    1\n"}
    return write_book(tmp_path / "rules", files)


def test_the_shipped_rules_are_in_order(alone: Cli) -> None:
    assert ", 0 would" not in (said := alone.text("rules", "fmt", "--check"))
    assert said.startswith("0 files would change, ")


def test_the_folder_is_formatted(alone: Cli, folder: Path) -> None:
    alone.text("rules", "fmt", folder / "directory.yaml")
    unit = folder / "business_units" / "uk.yaml"
    unit.chmod(0o640)
    said = alone.text("rules", "fmt", "--rules", folder)
    assert said == "formatted business_units/uk.yaml\n1 file changed, 2 unchanged\n"
    assert unit.read_text() == TIDY and unit.stat().st_mode & 0o777 == 0o640
    assert (folder / "_draft.yaml").read_text() == "b:    1\n"
    assert alone.text("rules", "fmt", "--rules", folder) == "0 files changed, 3 unchanged\n"
    assert sorted(os.listdir(folder)) == ["_draft.yaml", "business_units", "default.yaml", "directory.yaml"]


def test_check_writes_nothing_and_shows_the_difference(alone: Cli, folder: Path) -> None:
    unit = folder / "business_units" / "uk.yaml"
    answer = alone.answer("rules", "fmt", "--check", unit)
    assert answer.code == 1 and answer.out.splitlines() == [
        f"--- {unit}", f"+++ {unit} (formatted)", "@@ -1,3 +1,3 @@", "-otherwise: {use: parent}", " # why",
        " business_unit: uk", "+otherwise: {use: parent}", "1 file would change, 0 unchanged",
    ]  # fmt: skip
    assert unit.read_text() == UNTIDY
    unit.write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    answer = alone.answer("rules", "fmt", "--check", unit)
    assert answer.code == 1 and "line ends" in answer.out
    alone.text("rules", "fmt", unit)
    assert unit.read_bytes() == TIDY.encode()


def test_a_file_that_does_not_read_is_left_alone_and_the_others_are_formatted(alone: Cli, folder: Path) -> None:
    broken = folder / "default.yaml"
    broken.write_text("otherwise: [\n")
    answer = alone.answer("rules", "fmt", "--rules", folder)
    assert answer.code == 1 and "default.yaml:" in answer.out and "error LF002" in answer.out
    assert answer.out.endswith(", 1 file left alone\n") and broken.read_text() == "otherwise: [\n"
    assert (folder / "business_units" / "uk.yaml").read_text() == TIDY
    answer = alone.answer("rules", "fmt", "--format", "json", broken, folder / "directory.yaml")
    assert answer.code == 1
    assert [(file["state"], len(file["findings"])) for file in answer.json()] == [("refused", 1), ("unchanged", 0)]


def test_a_link_stays_one(alone: Cli, folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(folder / "business_units" / "uk.yaml")
    alone.text("rules", "fmt", link)
    assert link.is_symlink() and (folder / "business_units" / "uk.yaml").read_text() == TIDY


def test_what_is_no_rule_file(alone: Cli, folder: Path) -> None:
    assert "is a folder; name files, or the folder with --rules" in alone.refused("rules", "fmt", folder)
    assert "does not end with .yaml" in alone.refused("rules", "fmt", folder / "uk.csv")
    answer = alone.answer("rules", "fmt", folder / "missing.yaml")
    assert answer.code == 1 and "missing.yaml:1:1: error LF001" in answer.out
