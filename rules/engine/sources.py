"""The files of a rule book as they stood at one moment: read once, checked, decided by, and kept together.

Everything that works on rules starts from here, so a folder, a git revision and a set kept in the database are alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

FileKind = Literal["default", "business_unit", "channel_partner"]

MAX_BYTES = 1_000_000
TABLE_ENDING = ".csv"
DEFAULT_FILE = "default.yaml"
DIRECTORY_FILE = "directory.yaml"
CHOICES_FILE = "choices.yaml"
TOP_FILES = (CHOICES_FILE, DIRECTORY_FILE, DEFAULT_FILE)
FOLDERS: Mapping[str, FileKind] = {"business_units": "business_unit", "channel_partners": "channel_partner"}


@dataclass(frozen=True, slots=True)
class RuleSources:
    """Each file's content by its path in the rules folder; `unreadable` says of the others why they could not be read.

    A file of more than MAX_BYTES is cut after one byte more: nothing reads on in it, and its size is an error.
    """

    files: Mapping[str, bytes]
    unreadable: Mapping[str, str]

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Every file that belongs to a rule book, in a fixed order."""
        return cls.from_paths({path.relative_to(folder).as_posix(): path for path in rule_paths(folder)})

    @classmethod
    def from_paths(cls, paths: Mapping[str, Path]) -> Self:
        """The files at these paths, by name; whether they belong to a rule book or not."""
        files: dict[str, bytes] = {}
        unreadable: dict[str, str] = {}
        for name, path in paths.items():
            try:
                with path.open("rb") as file:
                    files[name] = file.read(MAX_BYTES + 1)
            except OSError as error:
                unreadable[name] = error.strerror or str(error)
        return cls(files, unreadable)

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """Files from elsewhere, say a git revision; those that do not belong to a rule book are left out."""
        return cls({name: files[name] for name in _in_order(files)}, {})

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """The files as `RuleBook.texts` and the database hold them."""
        return cls.from_files({name: text.encode() for name, text in texts.items()})


def rule_paths(folder: Path) -> list[Path]:
    """Where the files of the rule book in `folder` are, in a fixed order."""
    names = (path.relative_to(folder).as_posix() for pattern in ("*", "*/*") for path in folder.glob(pattern))
    return [folder / name for name in _in_order(names)]


def _in_order(names: Iterable[str]) -> list[str]:
    """The names that belong to a rule book: choices and directory first, then by folder and name."""
    return sorted(filter(_belongs, names), key=lambda name: (name.rpartition("/")[0], _top(name), name))


def _belongs(name: str) -> bool:
    """Rule files and tables; also YAML files in the wrong place, which the check has to name."""
    folder, _, file = name.rpartition("/")
    if file.startswith(("_", ".")) or folder.startswith(("_", ".")) or "/" in folder:
        return False
    return file.endswith((".yaml", ".yml")) or (folder in ("", *FOLDERS) and file.endswith(TABLE_ENDING))


def _top(name: str) -> int:
    return TOP_FILES.index(name) if name in TOP_FILES else len(TOP_FILES)
