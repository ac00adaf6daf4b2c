"""The documents are true of the code: links, settings, commands, examples and tables are compared with it."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

import crm.errors
from crm import requests, views
from crm.mapping import QUALIFICATION_MAP
from leadflow.cli.app import app
from leadflow.cli.lazy import LazyCommand
from leadflow.settings import Settings, variable_of
from leadflow.starter import UPDATES
from workflows import messages, options
from workflows.search_attributes import SEARCH_ATTRIBUTE_TYPES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[a-z]*/README.md")])
RECORDS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
EVERY = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return [body for info, body in FENCE.findall(text) if info == language]


def code_spans(text: str) -> list[str]:
    """What stands in backticks, line breaks as spaces."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", FENCE.sub("", text))]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of all tables, without backticks."""
    return [cell.strip("` ") for cell in re.findall(r"^\|([^|]+)\|", text, re.MULTILINE)]


# Links and paths


@EVERY
def test_links_resolve(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)[^)]*\)", FENCE.sub("", path.read_text(encoding="utf-8")))
    assert [link for link in links if not (path.parent / link).exists()] == []


@EVERY
def test_named_files_exist(path: Path) -> None:
    folders = tuple(f"{folder.name}/" for folder in ROOT.iterdir() if folder.is_dir())
    spans = [span for span in code_spans(path.read_text(encoding="utf-8")) if span.startswith(folders)]
    named = [span for span in spans if re.fullmatch(r"[\w./-]+", span)]
    assert [name for name in named if not ((ROOT / name).exists() or (path.parent / name).exists())] == []


def test_every_record_of_a_decision_is_listed_and_has_its_parts() -> None:
    assert len(RECORDS) >= 13
    listed = re.findall(r"\(([0-9]{4}-[\w-]+\.md)\)", text_of("docs/adr/README.md"))
    assert listed == [path.name for path in RECORDS]
    for number, path in enumerate(RECORDS, start=1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04}-") and text.startswith(f"# {number}. ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


# README


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= 150


def test_the_readme_shows_one_command_a_line() -> None:
    """Another test runs them, line by line."""
    lines = [line for block in blocks(text_of("README.md"), "sh") for line in block.splitlines()]
    assert len(lines) > 15
    assert {shlex.split(line)[0] for line in lines} == {"leadflow", "temporal", "python", "curl"}


def test_the_program_in_the_readme_is_the_example() -> None:
    (program,) = blocks(text_of("README.md"), "python")
    _, _, body = text_of("examples/submit.py").partition("async def main() -> None:\n")
    assert program in dedent(body.partition("\n\n\n")[0])


# Commands


def commands_in(text: str) -> Iterator[list[str]]:
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    for command in (*lines, *code_spans(text)):
        words = shlex.split(command, comments=True) if re.match(r"(\.venv/bin/)?leadflow [a-z-]", command) else []
        if words:
            yield words[1:]


def misuse(words: list[str]) -> str | None:
    """What the command line does not have of a command, if anything."""
    command: Any = app
    rest = list(words)
    while rest and hasattr(command, "commands") and re.fullmatch(r"[a-z]+(-[a-z]+)*", rest[0]):
        if rest[0] not in command.commands:
            return f"{' '.join(words)}: no command {rest[0]}"
        command = command.commands[rest.pop(0)]
    command = command.load() if isinstance(command, LazyCommand) else command
    known = {"--help"}.union(*(parameter.opts for parameter in command.params))
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{' '.join(words)}: no option {unknown[0]}" if unknown else None


@EVERY
def test_commands_and_their_options_exist(path: Path) -> None:
    assert [found for words in commands_in(path.read_text(encoding="utf-8")) if (found := misuse(words))] == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    found = list(commands_in("Run `leadflow leads shwo 1`, `leadflow rules check --strct` or `leadflow leads show 1`."))
    assert [misuse(words) for words in found] == [
        "leads shwo 1: no command shwo",
        "rules check --strct: no option --strct",
        None,
    ]


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    for path in DOCUMENTS:
        spans = code_spans(path.read_text(encoding="utf-8"))
        named = {match[1] for span in spans if (match := re.match(r"make ([a-z]+)", span))}
        assert named <= targets, path


# Settings, search attributes, dependencies


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    assert variable_of(field) in first_cells(text_of("docs/operating.md"))
    assert re.search(rf"^#?{variable_of(field)}=", text_of(".env.example"), re.MULTILINE)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = {cell for cell in first_cells(text_of("docs/operating.md")) if cell.startswith("LEADFLOW_")}
    assert documented == {variable_of(field) for field in Settings.model_fields}


def test_search_attributes_are_documented_with_their_types() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (Keyword|Datetime|Bool) \|", text_of("docs/operating.md"), re.MULTILINE))
    assert rows == SEARCH_ATTRIBUTE_TYPES


def test_every_direct_dependency_has_its_line() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    wanted = {re.split(r"[\[<>=~!]", requirement)[0] for group in groups for requirement in group}
    documented = set(first_cells(text_of("docs/dependencies.md"))) - {"Library", "---"}
    assert documented == wanted


# Messages and the qualification map

MODELS: dict[str, type[BaseModel]] = {
    name: model
    for module in (requests, views, messages)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, BaseModel)
}
EXAMPLES = [(info.removeprefix("json "), body) for info, body in FENCE.findall(text_of("docs/messages.md")) if info]


@pytest.mark.parametrize(("model", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_every_example_is_valid(model: str, example: str) -> None:
    read = MODELS[model].model_validate_json(example)
    given = TypeAdapter(dict[str, Any]).validate_json(example)
    assert set(given) <= set(type(read).model_fields)


def test_every_message_has_an_example() -> None:
    wanted = {kind.__name__ for kind in UPDATES} | {
        "LeadSubmission",
        "LeadLifecycleInput",
        "ReactivateLead",
        "AdoptSteps",
        "LookAgain",
        "MergeLead",
        "LeadView",
        "Decision",
        "TimelineEntry",
        "Qualification",
    }
    assert {name for name, _ in EXAMPLES} == wanted


def test_the_priorities_are_those_of_the_starter() -> None:
    row = search(r"^\| Priority \| leadflow's own, by `urgency`: (.*?)\. ", text_of("docs/messages.md"))
    assert row and row[1] == ", ".join(f"{number} `{urgency}`" for urgency, number in options.PRIORITIES.items())


def test_errors_are_those_of_the_tree() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(0x\w+)` \|", text_of("docs/messages.md"), re.MULTILINE)
    codes = {value for name, value in vars(crm.errors.ErrorCode).items() if name.isupper()}
    assert len(rows) > 5
    assert all(issubclass(getattr(crm.errors, name), crm.errors.LeadflowError) for name, _ in rows)
    assert {code for _, code in rows} <= codes


def test_the_qualification_map_is_that_of_the_code() -> None:
    text = text_of("docs/dataverse.md")
    groups = {"address": r"^Address: ([^.]+)\.", "preferences": r"Preferences: ([^.]+)\."}
    shared = {name: re.findall(r"`(\w+)`", found[1]) for name, form in groups.items() if (found := search(form, text))}
    for entity, rows in QUALIFICATION_MAP.items():
        found = search(rf"^\| {entity} \| (.+) \|$", text)
        assert found
        documented: set[object] = set()
        for cell in found[1].split(", "):
            names = re.findall(r"`(\w+)`", cell)
            documented |= set(shared[cell]) if cell in shared else {names[0] if len(names) == 1 else tuple(names)}
        assert documented == set(rows)


def search(form: str, text: str) -> re.Match[str] | None:
    return re.search(form, text, re.MULTILINE)
