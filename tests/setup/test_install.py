"""tools/install builds once, notices what has changed or is broken, and explains a failure in one sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("requirements.lock", "requirements-build.lock", "pyproject.toml", "tools/install", "tools/check-machine")

# A Python whose pip only writes down what it is asked for, and whose rules engine is broken while `broken` exists.
PYTHON = f"""#!/bin/sh
here=$(dirname "$0")
case "$*" in
    "-m pip --version") exit 0 ;;
    "-m pip install"*)
        echo "$*" >>"$here/pip.txt"
        [ ! -e "$here/no-network" ] || {{ echo "no network" >&2; exit 1; }} ;;
    "-m pip uninstall"*) rm "$here/broken" ;;
    *"import durable_rules_engine"*) [ ! -e "$here/broken" ] ;;
    *) exec "{sys.executable}" "$@" ;;
esac
"""


class Project:
    """A copy of what the installation reads, with an environment that only records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / ".venv/bin"
        self.bin.mkdir(parents=True)
        (folder / "tools").mkdir()
        for name in FILES:
            shutil.copy(ROOT / name, folder / name)
        (self.bin / "python").write_text(PYTHON)
        (self.bin / "python").chmod(0o755)

    def install(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.folder / "tools/install"], capture_output=True, text=True, check=False)

    def pip_calls(self) -> list[str]:
        """What pip was asked to install since the last look."""
        calls = self.bin / "pip.txt"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_packages_come_from_the_lock_files_with_hashes_and_only_once(project: Project) -> None:
    assert project.install().returncode == 0
    build, packages, own = project.pip_calls()
    assert build.endswith("--require-hashes -r requirements-build.lock")
    assert packages.endswith("--require-hashes -r requirements.lock")
    assert own.endswith("--no-deps --editable .")
    assert project.install().returncode == 0
    assert project.pip_calls() == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_the_dependencies_is_installed(project: Project, name: str) -> None:
    project.install()
    project.pip_calls()
    with (project.folder / name).open("a") as file:
        file.write("# changed\n")
    project.install()
    assert len(project.pip_calls()) == 3


def test_a_rules_engine_that_does_not_load_is_built_again_without_the_cache(project: Project) -> None:
    project.install()
    project.pip_calls()
    (project.bin / "broken").touch()
    done = project.install()
    assert done.returncode == 0
    assert "durable-rules was built without the flag that Python 3.13 needs; building it again." in done.stdout
    assert "--no-cache-dir" in project.pip_calls()[-1]


def test_a_failing_pip_is_explained_and_tried_again_next_time(project: Project) -> None:
    (project.bin / "no-network").touch()
    done = project.install()
    assert done.returncode == 1
    message = "pip failed (its message is above); check the network or proxy and run 'make install' again"
    assert done.stderr.splitlines() == ["no network", f"leadflow cannot be installed: {message}"]
    (project.bin / "no-network").unlink()
    project.pip_calls()
    assert project.install().returncode == 0
    assert len(project.pip_calls()) == 3
