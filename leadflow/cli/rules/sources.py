"""Where commands find rules: a folder, a git revision of the configured one, or a set that the database keeps."""

import io
import subprocess
import tarfile
from pathlib import Path

from crm.errors import InvalidInput, Misconfigured, NotFound
from crm.store.rules import rulesets
from leadflow.cli import session
from leadflow.cli.rules.folder import rules_folder
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources

GIT, DIGEST = "git:", "digest:"
FORMS = f"a folder, {GIT}<revision> or {DIGEST}<digest>"


def engine_of(name: str) -> RulesEngine:
    """The rules called `name`, compiled. Raises Misconfigured where they do not check, else as `sources_of`."""
    return RulesEngine.of(sources_of(name), f"the rule files of {name}")


def sources_of(name: str) -> RuleSources:
    """The rules called `name`: a folder, `git:HEAD~1` or `digest:4c1d6f`. A bare revision or digest will do as well.

    Raises NotFound or InvalidInput, saying what may be given.
    """
    if name.startswith(GIT):
        return _of_revision(name.removeprefix(GIT))
    if name.startswith(DIGEST):
        return _of_digest(name.removeprefix(DIGEST))
    if Path(name).is_dir():
        return RuleSources.from_folder(Path(name))
    for find in (_of_revision, _of_digest):
        try:
            return find(name)
        except (NotFound, InvalidInput, Misconfigured):
            continue
    raise NotFound(f"'{name}' names no rules: there is no such folder, revision or digest. Give {FORMS}.")


def _of_revision(revision: str) -> RuleSources:
    """The configured folder as it was committed, by way of git."""
    folder = rules_folder()
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "archive", "--format=tar", "--end-of-options", revision],
            capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Misconfigured("git is not installed; give a folder instead of a revision.") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise InvalidInput(f"git knows no rules of revision '{revision}' in {folder}: {reason[0] if reason else '?'}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        files = {
            member.name: content.read() for member in archive if (content := archive.extractfile(member)) is not None
        }
    return RuleSources.from_files(files)


def _of_digest(digest: str) -> RuleSources:
    with session.store() as database, database.reading() as connection:
        _, files = rulesets.find(connection, digest)
    return RuleSources.from_texts(files)
