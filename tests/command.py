"""The command line in this process: quick, and with all that a user sees."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from uuid import uuid4

import pytest

from leadflow.cli.main import run
from leadflow.cli.output import PIPED_WIDTH, console
from tests.service import Answer, Environment


class Cli:
    """Runs commands as `leadflow` does, in the folder and environment of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(console, "width", PIPED_WIDTH)  # pytest-xdist says that there are 80 columns

    def answer(self, *arguments: object, stdin: str = "") -> Answer:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = run([str(argument) for argument in arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    def text(self, *arguments: object, stdin: str = "") -> str:
        """What a command that succeeds prints."""
        answer = self.answer(*arguments, stdin=stdin)
        assert answer.code == 0, answer.err
        return answer.out

    def json(self, *arguments: object, stdin: str = "") -> Any:
        answer = self.answer(*arguments, "--format", "json", stdin=stdin)
        assert answer.code == 0, answer.err
        return answer.json()

    def refused(self, *arguments: object, stdin: str = "") -> str:
        """The one clear line of a command that is refused."""
        answer = self.answer(*arguments, stdin=stdin)
        assert (answer.code, answer.out) == (1, ""), answer
        assert answer.err.startswith("Error: ") and answer.err.count("\n") == 1, answer.err
        return answer.err.strip()

    def misused(self, *arguments: object) -> str:
        """The explanation of wrong usage, in one line."""
        answer = self.answer(*arguments)
        assert (answer.code, answer.out) == (2, ""), answer
        return " ".join(answer.err.replace("│", " ").split())

    def submit(self, *pairs: str, unit: str = "uk", **options: str) -> Any:
        """Submit a lead of a new person, and return where it stands. In the unit `uk`, Ireland goes to niamh.doyle."""
        name = uuid4().hex
        given = {"external-id": name, "business-unit": unit, **options}
        words = [word for option, value in given.items() for word in (f"--{option}", value)]
        person = (f"lastname=L{name}", f"emailaddress1={name}@firm.example", "address1_country=IE")
        return self.json("leads", "submit", *person, *pairs, *words)


def enter(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the settings of a command."""
    for name in (*os.environ, *env):
        if name.startswith(("LEADFLOW_", "TEMPORAL_")):
            monkeypatch.delenv(name, raising=False)
            if name in env:
                monkeypatch.setenv(name, env[name])
