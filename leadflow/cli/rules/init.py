"""leadflow rules init: a starter file for a business unit or a partner."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from leadflow.cli.output import say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.editing.files import write_file
from rules.editing.schemas import stale_schemas
from rules.editing.starting import Wanted, starter_files
from rules.engine.check import read_names
from rules.engine.findings import Findings
from rules.engine.sources import DIRECTORY_FILE, RuleSources

TEMPLATE_FILE = "_template.yaml"


def init(
    key: Annotated[str, typer.Argument(help="The key of the business unit or partner, such as north-america.")],
    partner: Annotated[bool, typer.Option("--partner", help="A channel partner, not a business unit.")] = False,
    team: Annotated[
        str | None,
        typer.Option(help="The team that gets the leads. With it, a new unit or partner is added to directory.yaml."),
    ] = None,
    folder: FolderOption = None,
) -> None:
    """Write a starter file for a business unit or a partner: it passes the check, and its examples come out.

    What an empty folder lacks, directory.yaml and default.yaml, is written as well. No file is ever overwritten.
    """
    place = rules_folder(folder)
    wanted = Wanted(key, "channel_partner" if partner else "business_unit", team)
    sources = RuleSources.from_folder(place)
    files = starter_files(sources, wanted, _template(place))
    for name, text in files.items():
        write_file(place / name, text)
        added = f"added {key} to" if name in sources.files else "wrote"
        say(f"{added} {name}")
    for name in _write_schemas(place):
        say(f"wrote {name}")
    _say_what_follows(wanted.path, directory_changed=DIRECTORY_FILE in files)


def _template(place: Path) -> str:
    """The folder's own template, else the one that comes with leadflow."""
    own = place / TEMPLATE_FILE
    path = own if own.is_file() else resources.files("rules").joinpath(TEMPLATE_FILE)
    return path.read_text(encoding="utf-8")


def _write_schemas(place: Path) -> list[str]:
    names = read_names(RuleSources.from_folder(place), Findings())
    stale = stale_schemas(place, names) if names else {}
    for name, text in stale.items():
        write_file(place / name, text)
    return list(stale)


def _say_what_follows(path: str, *, directory_changed: bool) -> None:
    steps = [
        f"Open {path}; change its rules, and with each rule its example",
        "leadflow rules check",
        "leadflow rules test",
    ]
    if directory_changed:
        steps += [f"Read {DIRECTORY_FILE}, too; then leadflow directory apply, before the rules go live"]
    say("What to do next:")
    for number, step in enumerate(steps, 1):
        say(f"  {number}. {step}")
