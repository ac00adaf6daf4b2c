"""The guide in rules/README.md, followed word by word, takes a change from an idea to live."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command import Cli, enter
from tests.service import BIN, ROOT, Answer, Service, running_service, wait_for

GUIDE = (ROOT / "rules/README.md").read_text(encoding="utf-8")
SECTION = GUIDE.split("## From an idea to live")[1].split("\n## ")[0]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EDITOR = {"GIT_AUTHOR_NAME": "Editor", "GIT_AUTHOR_EMAIL": "editor@ours.example",
          "GIT_COMMITTER_NAME": "Editor", "GIT_COMMITTER_EMAIL": "editor@ours.example"}  # fmt: skip
OSLO = ("address1_country=NO", "numberofemployees=300", "companyname=Nordsjø Shipping")


@dataclass(frozen=True)
class Place:
    """Where the editor works, where the change is merged, and the worker's copy of the rules."""

    editor: Path
    shared: Path
    live: Path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env={**os.environ, **EDITOR})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    base = tmp_path_factory.mktemp("guide")
    place = Place(base / "editor", base / "shared.git", base / "live")
    only_files = shutil.ignore_patterns("*.py", "__pycache__", "engine", "strategies", "analysis")
    shutil.copytree(ROOT / "rules", place.editor / "rules", ignore=only_files)
    git(base, "init", "-q", "--bare", "-b", "main", str(place.shared))
    git(place.editor, "init", "-q", "-b", "main")
    git(place.editor, "add", ".")
    git(place.editor, "commit", "-q", "-m", "rules")
    git(place.editor, "remote", "add", "origin", str(place.shared))
    git(place.editor, "push", "-q", "origin", "main")
    git(base, "clone", "-q", str(place.shared), str(place.live))
    return place


@pytest.fixture(scope="module")
def worker(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that decides by the live copy."""
    state = tmp_path_factory.mktemp("guide-state")
    with running_service(state, rules_dir=str(place.live / "rules")) as service:
        yield service


@pytest.fixture
def cli(worker: Service, place: Place, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The editor's terminal."""
    enter({**worker.env, "LEADFLOW_RULES_DIR": "rules"}, monkeypatch)
    for name, value in {**EDITOR, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place.editor)
    return Cli(monkeypatch)


def typed(cli: Cli, line: str) -> Answer:
    """A line of the guide, as it is typed."""
    if line.startswith("leadflow "):
        return cli.answer(*shlex.split(line)[1:])
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def edit(text: str, rule: str, examples: str) -> str:
    """What steps 2 and 3 say."""
    above = "  - id: emea-french-speaking\n"
    assert text.count(above) == 1 and text.endswith("\n")
    return text.replace(above, rule + above) + examples


def new_lead(cli: Cli, name: str) -> str:
    """A lead from Oslo."""
    options = ("--business-unit", "emea", "--source", "website", "--external-id", name)
    return str(cli.json("leads", "submit", f"lastname={name}", *OSLO, *options)["leadid"])


def decision(cli: Cli, lead: str) -> Any:
    """The lead's last one."""
    return cli.json("leads", "show", lead)["decision"]


def test_the_guide(cli: Cli, place: Place) -> None:
    blocks = FENCE.findall(SECTION)
    rule, examples = (body for language, body in blocks if language == "yaml")
    commands = [line for language, body in blocks if language == "sh" for line in body.splitlines()]
    earlier = new_lead(cli, "Before")
    before = decision(cli, earlier)
    assert before["rule"] == "default-western-europe"

    said: dict[str, str] = {}
    for line in commands:
        if line == "leadflow rules fmt":
            file = place.editor / "rules/business_units/emea.yaml"
            file.write_text(edit(file.read_text(encoding="utf-8"), rule, examples), encoding="utf-8")
        if line == "leadflow rules status":
            git(place.shared, "branch", "-f", "main", "nordic-companies")
            git(place.live, "pull", "-q")
            wait_for(lambda: cli.answer("rules", "status").code == 0, "the worker to take up the change")
        answer = typed(cli, line)
        assert answer.code == 0, f"{line}\n{answer.out}{answer.err}"
        said[line] = answer.out

    assert "0 errors" in said["leadflow rules check"].replace("no errors", "0 errors")
    assert " 0 failed" in said["leadflow rules test"]
    assert "+ rule emea-nordic added" in said["leadflow rules diff"]
    explained = next(text for line, text in said.items() if line.startswith("leadflow rules explain"))
    assert "Erik Lund" in explained or "erik.lund" in explained
    assert "1 would go elsewhere" in " ".join(re.sub(r"\([^)]*\)", "", said["leadflow rules backtest"]).split())
    assert "decides by these files" in said["leadflow rules status"]
    assert decision(cli, new_lead(cli, "After"))["rule"] == "emea-nordic"

    reroute = ("rules", "impact", before["digest"][:12], "--reroute", "--rate", "50")
    assert cli.json(*reroute)["rerouted"] == [earlier]
    assert decision(cli, earlier)["rule"] == "emea-nordic"
    assert cli.json(*reroute)["rerouted"] == []


def test_the_guide_leaves_nothing_out() -> None:
    told = "".join(body for language, body in FENCE.findall(SECTION) if language == "sh")
    for step in ("check", "test", "diff", "explain", "backtest", "fmt", "status"):
        assert f"leadflow rules {step}" in told
