"""`leadflow rules init`: a starter for a business unit or a partner, in the words of its rule book."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import count

from crm.errors import InvalidInput, Misconfigured
from rules.editing.directory_entry import entry_line, titled, with_entry
from rules.editing.document import Scalar
from rules.editing.formatting import with_line_feeds
from rules.editing.scalars import in_one_line
from rules.engine.check import check_rules, read_names
from rules.engine.directory import Directory
from rules.engine.findings import Finding, Findings, suggestion
from rules.engine.loader import file_text
from rules.engine.sources import DEFAULT_FILE, DIRECTORY_FILE, FOLDERS, FileKind, RuleSources

_SECTIONS: Mapping[FileKind, str] = {kind: folder for folder, kind in FOLDERS.items()}
_KEY = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
_LONGEST_PREFIX = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to start: a unit or a partner with this key, whose leads go to `team` (None: one that suits)."""

    key: str
    kind: FileKind
    team: str | None

    @property
    def path(self) -> str:
        return f"{self.section}/{self.key}.yaml"

    @property
    def section(self) -> str:
        return _SECTIONS[self.kind]


def starter_files(sources: RuleSources, wanted: Wanted, template: str) -> dict[str, str]:
    """The files to write, in this order: the rule file, and before it what it needs and the folder lacks.

    Raises InvalidInput for what was asked, Misconfigured for what the folder holds; each says what to do.
    """
    _require_new(sources, wanted)
    files: dict[str, str] = {}
    if not _has(sources, DIRECTORY_FILE):
        files[DIRECTORY_FILE] = _first_directory(wanted)
    directory = _directory(sources, files)
    if wanted.key not in getattr(directory, wanted.section):
        files[DIRECTORY_FILE] = _extended(sources, files, directory, wanted)
        directory = _directory(sources, files)
    words = _words(directory, wanted)
    if not _has(sources, DEFAULT_FILE):
        files[DEFAULT_FILE] = _filled(_packaged(DEFAULT_FILE), words)
    files[wanted.path] = _filled(_for_kind(template, wanted.kind), words | _prefix(sources, wanted, template))
    _require_sound(sources, files)
    return files


def _has(sources: RuleSources, name: str) -> bool:
    return name in sources.files or name in sources.unreadable


def _require_new(sources: RuleSources, wanted: Wanted) -> None:
    if not _KEY.fullmatch(wanted.key) or len(wanted.key) > 64:
        raise InvalidInput(
            f"'{wanted.key}' is no key: use lower case letters, digits and hyphens, such as north-america"
        )
    if _has(sources, wanted.path):
        raise InvalidInput(f"{wanted.path} exists already; open it and change it")


def _packaged(name: str) -> str:
    return resources.files("rules").joinpath("editing", "starters", name).read_text(encoding="utf-8")


def _first_directory(wanted: Wanted) -> str:
    unit = wanted.key if wanted.kind == "business_unit" else "main"
    team, queue = wanted.team or f"{unit}-team", f"{unit}-inbox"
    keys = {"my-unit": unit, "my-team": team, "my-queue": queue}
    names = {"My Unit": titled(unit), "My Team": titled(team), "My Inbox": titled(queue)}
    return _filled(_packaged(DIRECTORY_FILE), keys | names)


def _with(sources: RuleSources, files: Mapping[str, str]) -> RuleSources:
    return RuleSources.from_files({**sources.files, **{name: text.encode() for name, text in files.items()}})


def _directory(sources: RuleSources, files: Mapping[str, str]) -> Directory:
    findings = Findings()
    names = read_names(_with(sources, files), findings)
    if names is None:
        raise Misconfigured(f"the directory has to be mended first:\n{_listed(findings)}")
    return names.directory


def _listed(findings: Iterable[Finding]) -> str:
    return "\n".join(str(finding) for finding in findings)


def _extended(sources: RuleSources, files: Mapping[str, str], directory: Directory, wanted: Wanted) -> str:
    """The directory with the new unit or partner."""
    team = wanted.team or (next(iter(directory.teams)) if DIRECTORY_FILE in files else None)
    shown = entry_line(wanted.key, titled(wanted.key), (team or "<team>") if wanted.kind == "channel_partner" else None)
    lines = f"'{wanted.key}' is not in {DIRECTORY_FILE}. Add it under `{wanted.section}:`, as `  {shown}`"
    if team is None:
        raise InvalidInput(f"{lines}; or name the team that gets its leads with --team, and it is added for you")
    _require_team(directory, team)
    text = files.get(DIRECTORY_FILE) or file_text(sources, DIRECTORY_FILE, Findings()) or ""
    added = with_entry(with_line_feeds(text), wanted.section, shown)
    if added is None:
        raise InvalidInput(f"{lines}, and run this again")
    return added


def _require_team(directory: Directory, team: str) -> None:
    if team not in directory.teams:
        raise InvalidInput(f"unknown team '{team}'. {suggestion(team, directory.teams)}")


def _words(directory: Directory, wanted: Wanted) -> dict[str, str]:
    """What stands in the starter for the template's names."""
    team = wanted.team or _team(directory, wanted)
    _require_team(directory, team)
    unit = directory.teams[team].business_unit
    own = [key for key, queue in directory.queues.items() if queue.team == team]
    near = [key for key, queue in directory.queues.items() if directory.teams[queue.team].business_unit == unit]
    queue = next(iter([*own, *near]), None)
    purpose = f"Leads for {getattr(directory, wanted.section)[wanted.key].name}"
    return {
        "my-unit": wanted.key,
        "my-team": team,
        "queue: my-queue": f"queue: {queue}" if queue else f"team: {team}",
        "Leads for my unit": in_one_line(Scalar(purpose, purpose), brackets=False) or purpose,
    }


def _team(directory: Directory, wanted: Wanted) -> str:
    """The partner's team, or the first one of the unit, of its parents, of all."""
    if wanted.kind == "channel_partner":
        return directory.channel_partners[wanted.key].team
    units = (*directory.with_parents(wanted.key), *directory.business_units)
    for unit in units:
        for key, team in directory.teams.items():
            if team.business_unit == unit and any(directory.users[member.user].active for member in team.members):
                return key
    line = f"my-team: {{name: My Team, business_unit: {wanted.key}, members: [<user>]}}"
    raise Misconfigured(f"{DIRECTORY_FILE} has no team that could get leads. Add one under `teams:`, as `  {line}`")


def _prefix(sources: RuleSources, wanted: Wanted, template: str) -> dict[str, str]:
    """What the ids of the template's rules become: they begin with the key, and no rule has them yet."""
    start = re.sub("[_.]", "-", wanted.key)[:_LONGEST_PREFIX].rstrip("-")
    ids = re.findall(r"id: my-([a-z0-9-]+)", template)
    texts = [content.decode(errors="replace") for content in sources.files.values()]
    for number in count(1):
        prefix = start if number == 1 else f"{start}-{number}"
        if not any(f"{prefix}-{name}" in text for name in ids for text in texts):
            return {f"my-{name}": f"{prefix}-{name}" for name in ids}
    raise AssertionError("numbers do not end")


def _for_kind(template: str, kind: FileKind) -> str:
    """The template in its place: without what it says about itself, and for a partner where that is wanted."""
    first, _, rest = template.partition("\n")
    about, _, body = rest.partition("\n\n")
    is_about = all(line.startswith("#") for line in about.splitlines())
    first = re.sub(r"\$schema=(\.\./)*", "$schema=../", first)
    text = f"{first}\n{body if is_about else rest}"
    if kind == "business_unit":
        return text
    return text.replace("The key of the business unit", "The key of the partner").replace(
        "business_unit: my-unit", "channel_partner: my-unit"
    )


def _filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, the longer ones first."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(pattern, lambda match: words[match.group()], text)


def _require_sound(sources: RuleSources, files: Mapping[str, str]) -> None:
    """The starter must pass the check, whatever the template was."""
    new = [name for name in files if not _has(sources, name)]
    found = [finding for finding in check_rules(_with(sources, files)).findings if finding.file in new]
    if found:
        raise Misconfigured(f"the starter would not pass the check, so nothing was written:\n{_listed(found)}")
