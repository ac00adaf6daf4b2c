"""The house as docs/architecture.md draws it: layers, sizes, names, and nothing of one machine in the files."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("crm", "rules", "activities", "workflows", "leadflow")
NOT_OURS = {".git", ".venv", ".leadflow", "__pycache__", "dist", "node_modules"}
LONGEST = 300


def project_files() -> Iterator[Path]:
    """The files that are, or would be, committed."""
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [
            name for name in subfolders if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))
        ]
        subfolders[:] = [name for name in subfolders if name != ".hypothesis"]
        yield from (Path(folder, name) for name in names if name != ".env")


FILES = sorted(project_files())
MODULES = [path for path in FILES if path.suffix == ".py"]


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_come_from_this_project(package: str) -> None:
    """PyPI has packages named rules and workflows; and a tests/rules without __init__.py would hide the real one."""
    found = importlib.import_module(package).__file__
    assert found is not None
    assert Path(found).parent == ROOT / package


def test_each_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in MODULES if path.is_relative_to(ROOT / "tests")}
    folders |= {parent for folder in folders for parent in folder.parents if parent.is_relative_to(ROOT / "tests")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_names_say_what_a_module_is_about() -> None:
    vague = {"handler", "manager", "helper", "helpers", "util", "utils", "process", "dispatch", "common", "misc"}
    ours = [path for path in MODULES if path.relative_to(ROOT).parts[0] in PACKAGES]
    assert [str(path) for path in ours if vague & set(path.stem.split("_"))] == []


# Folders of one person's machine, and addresses of package indexes: neither belongs in a file that others use.
MACHINE = re.compile(r"/(?:root|work|Users|opt/pypi|opt/wheels)/|/home/(?!leadflow\b)\w|file:///\w")
REGISTRY = re.compile(r"\b(?:files\.pythonhosted\.org|pypi\.org/simple|test\.pypi\.org|registry\.npmjs\.org)\b")


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = []
    for path in FILES:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if path != Path(__file__) and (match := MACHINE.search(text) or REGISTRY.search(text)):
            found.append(f"{path.relative_to(ROOT)}: {match.group()}")
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-runtime.lock", "requirements-build.lock"])
def test_lock_files_pin_with_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[a-z0-9][^\s=]*==\S+.*(?:\n    .*)*", text, re.MULTILINE)
    assert pins
    assert "\n".join(pins) + "\n" == text
    assert [pin for pin in pins if not re.search(r"--hash=sha256:[0-9a-f]{64}", pin)] == []
    assert "://" not in text


def test_the_lock_files_agree() -> None:
    everything = pins_of("requirements.lock")
    assert pins_of("requirements-runtime.lock").items() <= everything.items()


def test_the_lock_file_has_every_dependency() -> None:
    wanted = re.findall(
        r'^    "([a-z0-9-]+)(?:\[[a-z]+\])?(?:>=|==)', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert len(wanted) > 20
    assert set(wanted) <= set(pins_of("requirements.lock"))


def pins_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z]+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
