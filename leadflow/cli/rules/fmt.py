"""leadflow rules fmt: every rule file in one order and layout."""

from pathlib import Path
from typing import Annotated

import typer

from crm.errors import InvalidInput
from leadflow.cli.output import Format, FormatOption, counted, print_json, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.editing.files import write_file
from rules.editing.formatting import Layout, layouts
from rules.engine.sources import TABLE_ENDING, RuleSources, rule_paths


def fmt(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Files to format; without any, the whole folder.")
    ] = None,
    folder: FolderOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing, and show what would change.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Put rule files into the usual order and layout. What they say stays the same, and so does every comment.

    Exit code 1: a file cannot be read, or, with --check, would change.
    """
    paths = _paths(files, folder)
    found = list(layouts(RuleSources.from_paths(paths)))
    if not check:
        for layout in found:
            if layout.text is not None and layout.differs:
                write_file(paths[layout.name], layout.text)
    if format is Format.JSON:
        print_json([_answer(layout) for layout in found])
    else:
        _print(found, check)
    failed = any(layout.text is None or (check and layout.differs) for layout in found)
    raise typer.Exit(1 if failed else 0)


def _paths(files: list[Path] | None, folder: Path | None) -> dict[str, Path]:
    """The files to format by their names in messages. Raises InvalidInput for what is no YAML file."""
    if not files:
        place = rules_folder(folder)
        return {path.relative_to(place).as_posix(): path for path in rule_paths(place) if path.suffix != TABLE_ENDING}
    for path in files:
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder; name files, or the folder with --rules")
        if path.suffix not in (".yaml", ".yml"):
            raise InvalidInput(f"{path} is no rule file: its name does not end with .yaml")
    return {str(path): path for path in files}


def _answer(layout: Layout) -> dict[str, object]:
    state = "refused" if layout.text is None else "changed" if layout.differs else "unchanged"
    return {"file": layout.name, "state": state, "findings": layout.findings}


def _print(found: list[Layout], check: bool) -> None:
    for layout in found:
        for finding in layout.findings:
            say(str(finding))
        if layout.differs and check:
            say(layout.difference.rstrip("\n") or f"{layout.name}: line ends, or the mark at the start of the file")
        elif layout.differs:
            say(f"formatted {layout.name}")
    changed = sum(layout.differs for layout in found)
    refused = sum(layout.text is None for layout in found)
    done = f"{counted(changed, 'file')} {'would change' if check else 'changed'}"
    left = f", {counted(refused, 'file')} left alone" if refused else ""
    say(f"{done}, {len(found) - changed - refused} unchanged{left}")
