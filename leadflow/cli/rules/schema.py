"""leadflow rules schema: what an editor knows about fields, options, teams and people while rule files are typed."""

from pathlib import Path
from typing import Annotated

import typer

from crm.errors import Misconfigured
from leadflow.cli.output import say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.editing.files import write_file
from rules.editing.schemas import stale_schemas
from rules.engine.check import read_names
from rules.engine.findings import Findings
from rules.engine.sources import RuleSources


def schema(
    folder: FolderOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing, and fail if a schema is out of date.")] = False,
) -> None:
    """Write the schemas by which an editor completes and explains rule files.

    They hold the options of choices.yaml and the names of directory.yaml, so write them anew when these have changed.
    Exit code 1: with --check, a schema is out of date.
    """
    place = rules_folder(folder)
    stale = _stale(place)
    for file, text in stale.items():
        if check:
            say(f"{file} is out of date. Run `leadflow rules schema`")
        else:
            write_file(place / file, text)
            say(f"wrote {file}")
    if not stale:
        say("the schemas are up to date")
    raise typer.Exit(1 if check and stale else 0)


def _stale(place: Path) -> dict[str, str]:
    """The schema files to write. Raises Misconfigured where the directory cannot be read."""
    findings = Findings()
    names = read_names(RuleSources.from_folder(place), findings)
    if names is None:
        raise Misconfigured("the schemas need the directory:\n" + "\n".join(map(str, findings)))
    return stale_schemas(place, names)
