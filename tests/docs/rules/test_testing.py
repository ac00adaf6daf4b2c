"""docs/rules/testing.md, block by block: its files are written, its commands run, and print what it says."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from rules.engine.schema import ContextSpec, ExampleSpec, ExpectSpec
from tests.command import Cli, enter
from tests.docs.test_docs import FENCE, first_cells, text_of
from tests.rules.books import SHIPPED
from tests.service import Answer, environment

PAGE = text_of("docs/rules/testing.md")
NAME = re.compile(r"^  - name: .*\n(?:    .*\n)*", re.MULTILINE)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """In a folder whose rules are a directory and a default; the rest comes from the page."""
    rules = tmp_path / "rules"
    (rules / "business_units").mkdir(parents=True)
    for name in ("directory.yaml", "choices.yaml"):
        shutil.copy(SHIPPED / name, rules)
    (rules / "default.yaml").write_text("otherwise: {assign_to: {queue: inbox}}\n", encoding="utf-8")
    enter(environment(tmp_path / "state", rules_dir="rules"), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def write(block: str) -> None:
    """A whole file, or examples for its end; one with a name that is there already takes its place."""
    first, _, body = block.partition("\n")
    file = Path("rules", first.removeprefix("# "))
    if not body.startswith("  - name:"):
        file.write_text(body, encoding="utf-8")
        return
    for example in NAME.findall(body):
        text, name = file.read_text(encoding="utf-8"), example.partition("\n")[0] + "\n"
        old = next((known for known in NAME.findall(text) if known.startswith(name)), None)
        file.write_text(text.replace(old, example) if old else text + example, encoding="utf-8")


def test_the_page_from_top_to_bottom(cli: Cli) -> None:
    answer, shown = Answer(0, "", ""), 0
    for language, block in FENCE.findall(PAGE):
        if language == "yaml":
            write(block)
        elif language == "sh":
            for line in block.splitlines():
                answer = cli.answer(*shlex.split(line)[1:])
        else:
            shown += 1
            assert answer.out == block or answer.out.endswith(f"\n\n{block}"), answer
            assert answer.code == ("FAILED" in block)
    assert shown == 5 and answer.code == 0 and answer.json()["coverage"]["percent"] >= 90
    assert Path("rules-tests.xml").read_text(encoding="utf-8").startswith("<?xml")


def test_every_part_of_an_example_is_explained() -> None:
    cells = {word for cell in first_cells(PAGE) for word in re.findall(r"\w+", cell)}
    assert {*ExampleSpec.model_fields, *ExpectSpec.model_fields} <= cells
    assert all(f"`{name}`" in PAGE for name in set(ContextSpec.model_fields) - {"channel_partner"})
