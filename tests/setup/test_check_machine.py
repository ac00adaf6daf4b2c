"""tools/check-machine finds a usable Python, or says in one sentence what is missing and how to get it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "check-machine"
BASICS = ("sh", "dirname", "mkdir", "rmdir", "gcc")


class Machine:
    """A computer with only the programs that a test puts on it."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.project = folder / "project"
        self.programs.mkdir()
        self.project.mkdir()
        for name in BASICS:
            found = shutil.which(name)
            assert found, f"this test needs {name}"
            (self.programs / name).symlink_to(found)

    def add(self, name: str, body: str = f'exec "{sys.executable}" "$@"') -> Path:
        """A program that runs `body`; by default it is this Python."""
        program = self.programs / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        return program

    def remove(self, name: str) -> None:
        (self.programs / name).unlink()

    def check(self, **environment: str) -> tuple[int, str, str]:
        """The exit code, what it printed, and its complaint."""
        command = [str(self.programs / "sh"), str(SCRIPT), str(self.project)]
        environment = {"PATH": str(self.programs), **environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def complaint(self, **environment: str) -> str:
        """The one line that it says when it refuses."""
        code, output, complaint = self.check(**environment)
        assert (code, output) == (1, "")
        assert complaint.startswith("leadflow cannot be installed: ")
        assert "\n" not in complaint
        return complaint


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def version(number: str) -> str:
    return f"echo {number}"


# A Python that works but for one question: `*<part of the question>*) <what it does instead>`.
def but_for(question: str, answer: str) -> str:
    return f'case "$2" in *{question}*) {answer} ;; *) exec "{sys.executable}" "$@" ;; esac'


def test_the_first_supported_python_is_taken(machine: Machine) -> None:
    machine.add("python3.11", "exit 127")
    machine.add("python3.12")
    machine.add("python3")
    assert machine.check() == (0, str(machine.programs / "python3.12"), "")


def test_an_environment_keeps_its_python(machine: Machine) -> None:
    machine.add("python3.11")
    own = machine.add(str(machine.project / ".venv/bin/python"))
    assert machine.check() == (0, str(own), "")


def test_a_python_that_is_named_is_the_only_one_tried(machine: Machine) -> None:
    machine.add("python3.11")
    other = machine.add("my own/python")
    assert machine.check(PYTHON=str(other)) == (0, str(other), "")
    assert "(found none)" in machine.complaint(PYTHON="/nowhere/python")


def test_no_python(machine: Machine) -> None:
    complaint = machine.complaint()
    assert "needs Python 3.11, 3.12 or 3.13 (found none)" in complaint
    assert "apt install python3" in complaint
    assert "make install PYTHON=" in complaint


@pytest.mark.parametrize("number", ["2.7", "3.10", "3.14"])
def test_a_python_too_old_or_too_new(machine: Machine, number: str) -> None:
    machine.add("python3", version(number))
    assert f"(python3 is {number})" in machine.complaint()


def test_no_venv_module(machine: Machine) -> None:
    machine.add("python3.11", but_for("ensurepip", "exit 1"))
    assert "cannot make virtual environments" in machine.complaint()


def test_no_compiler(machine: Machine) -> None:
    machine.add("python3.11")
    machine.remove("gcc")
    assert "no C compiler" in machine.complaint()
    assert "(no-such-cc); install one: apt install build-essential" in machine.complaint(CC="no-such-cc -O2")


def test_no_python_headers(machine: Machine) -> None:
    machine.add("python3.11", but_for("get_path", "echo /nowhere"))
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Python.h is not in /nowhere; install it: apt install python{number}-dev" in machine.complaint()


def test_a_compiler_that_cannot_compile(machine: Machine) -> None:
    machine.add("python3.11")
    machine.add("broken-cc", "exit 1")
    assert "broken-cc cannot compile a program with Python.h" in machine.complaint(CC="broken-cc")


def test_a_folder_that_cannot_be_written(machine: Machine) -> None:
    machine.add("python3.11")
    machine.project.rmdir()
    machine.project.write_text("not a folder, so nobody can write in it, not even root")
    assert f"the folder {machine.project} cannot be written" in machine.complaint()


def test_the_scripts_are_plain_sh(machine: Machine) -> None:
    for script in ("check-machine", "install"):
        path = SCRIPT.with_name(script)
        assert os.access(path, os.X_OK)
        subprocess.run(["sh", "-n", str(path)], check=True)
        assert path.read_text().startswith("#!/bin/sh\n")
        assert re.findall(r"\[\[|^ *(?:local|function) |<<<|\$'|pipefail", path.read_text(), re.MULTILINE) == []
