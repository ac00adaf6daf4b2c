"""The command line with the running service."""

from pathlib import Path

import pytest

from tests.command import Cli, enter
from tests.service import Service


@pytest.fixture
def cli(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line with the running service, in an empty folder."""
    enter(service.env, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)
