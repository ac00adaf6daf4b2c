"""leadflow rules status: by which rules do the workers decide, and are they those of the files?"""

import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crm.errors import Misconfigured
from crm.store.rules import rulesets, rulestatus
from crm.store.rules.rulestatus import WorkerRules
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json, print_rows, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.engine.rules_engine import RulesEngine

GONE_AFTER = timedelta(seconds=60)
SHORT = 12
WORKERS = {"worker": "Worker", "rules": "Rules", "since": "Since (UTC)", "seen": "Seen", "state": "State"}
SETS = {"rules": "Rules", "kepton": "Kept since (UTC)", "decisions": "Decisions", "open_leads": "Open leads"}


class State(StrEnum):
    CURRENT = "current"
    BEHIND = "behind"
    REFUSES = "refuses"
    GONE = "gone"


SAID = {
    State.CURRENT: "decides by these files",
    State.BEHIND: "decides by other files than these",
    State.REFUSES: "refuses the files that it sees",
    State.GONE: "gone: it said nothing for a while",
}


@dataclass(frozen=True, slots=True)
class FolderNow:
    """The files as they stand: `digest`, or why there is none; `revision` of git, with + where files are changed."""

    path: str
    digest: str | None
    problem: str | None
    revision: str | None


def status(
    folder: FolderOption = None,
    sets: Annotated[bool, typer.Option("--sets", help="List every rule set that ever decided, too.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show by which rules each worker decides, whether it refuses the files, and what the files are now.

    Ends with 0 where the files check and every worker that is alive decides by them, and there is one; else with 1.
    """
    now = datetime.now(UTC)
    files = folder_now(rules_folder(folder))
    with session.store() as database, database.reading() as connection:
        found = rulestatus.workers(connection)
        kept = rulesets.kept_sets(connection) if sets else []
    states = {row.worker: state_of(row, files.digest, now) for row in found}
    if format is Format.JSON:
        workers = [asdict(row) | {"state": states[row.worker]} for row in found]
        print_json({"folder": files, "workers": workers} | ({"sets": kept} if sets else {}))
    else:
        _print(files, found, states, now)
        if sets:
            print_rows([asdict(one) | {"rules": one.digest[:SHORT]} for one in kept], SETS, format, title="Rule sets")
    alive = [state for state in states.values() if state is not State.GONE]
    raise typer.Exit(0 if files.digest and alive and set(alive) == {State.CURRENT} else 1)


def folder_now(folder: Path) -> FolderNow:
    """What the files in the folder are."""
    digest = problem = None
    try:
        digest = RulesEngine.load(folder).digest
    except Misconfigured as error:
        problem = str(error)
    return FolderNow(str(folder), digest, problem, _revision(folder))


def state_of(row: WorkerRules, digest: str | None, now: datetime) -> State:
    """What a worker's last word means beside the files' digest."""
    if now - row.seenon > GONE_AFTER:
        return State.GONE
    if row.refusal is not None:
        return State.REFUSES
    return State.CURRENT if row.digest == digest else State.BEHIND


def _revision(folder: Path) -> str | None:
    """The commit that the folder is at, with + where it has changes that are not committed; None without git."""
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    return commit and commit + ("+" if _git(folder, "status", "--porcelain", "--", ".") else "")


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _print(files: FolderNow, found: Sequence[WorkerRules], states: dict[str, State], now: datetime) -> None:
    revision = f", git {files.revision}" if files.revision else ""
    if files.digest:
        say(f"Files    {files.path}: rules {files.digest[:SHORT]}{revision}")
    else:
        say(f"Files    {files.path}{revision}: refused", "red")
        say(str(files.problem))
    if not found:
        say("No worker has said by which rules it decides: none runs on this database.")
        return
    rows = [
        {
            "worker": row.worker,
            "rules": row.digest[:SHORT],
            "since": row.since,
            "seen": f"{max(0, round((now - row.seenon).total_seconds()))} s ago",
            "state": SAID[states[row.worker]],
        }
        for row in found
    ]
    print_rows(rows, WORKERS, Format.TEXT)
    for row in found:
        if states[row.worker] is State.REFUSES:
            say(f"{row.worker} refuses:", "red")
            say(str(row.refusal))
