"""The hooks and the pipeline that docs/rules/ci.md recommends, run as they stand."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from junitparser import JUnitXml
from ruamel.yaml import YAML

from crm.store.database import Database
from tests.service import BIN, ROOT, Answer, environment

DOCS = ROOT / "docs/rules"
ONLY_FILES = shutil.ignore_patterns("*.py", "__pycache__", "engine", "strategies", "analysis", "editing")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The rules in a repository that has the hooks, and knows a merged state."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "rules", folder / "rules", ignore=ONLY_FILES)
    shutil.copy(DOCS / "pre-commit-config.yaml", folder / ".pre-commit-config.yaml")
    for command in ("git init -q -b main", "git add .", "git commit -q -m rules", "git branch -q merged",
                    "git update-ref refs/remotes/origin/main merged"):  # fmt: skip
        assert run(folder, command).code == 0
    return folder


def run(folder: Path, command: str, **more: str) -> Answer:
    """A line of a shell, with our programs on the path."""
    own = environment(folder.parent / "state", rules_dir="rules", **more)
    editor = {
        f"GIT_{who}_{what}": "editor@ours.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT_HOME": str(folder.parent / "pre-commit")}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env={**own, **editor, **path}, capture_output=True, text=True, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_hooks_pass_on_good_rules(repository: Path) -> None:
    answer = run(repository, "pre-commit run --all-files")
    assert answer.code == 0, answer.out
    assert answer.out.count("Passed") == 4


def test_the_hooks_stop_a_mistake_and_name_its_place(repository: Path) -> None:
    replace(
        repository / "rules/business_units/dach.yaml", "numberofemployees: {at_least: 500}", "employees: {at_least: 5}"
    )
    answer = run(repository, "pre-commit run --all-files")
    assert answer.code == 1
    assert re.search(r"business_units/dach.yaml:\d+:\d+: error LF201: unknown field 'employees'", answer.out)


def test_the_hooks_mend_the_layout(repository: Path) -> None:
    file = repository / "rules/business_units/dach.yaml"
    good = file.read_text(encoding="utf-8")
    replace(file, "when: {is_duplicate: yes}", "when:   {is_duplicate:   yes}")
    assert run(repository, "pre-commit run rules-fmt --all-files").code == 1  # files were modified by this hook
    assert file.read_text(encoding="utf-8") == good


def test_each_line_of_the_pipeline_works(repository: Path, sqlite_database: Database) -> None:
    (job,) = YAML(typ="safe").load((DOCS / "ci.yml").read_text(encoding="utf-8"))["jobs"].values()
    lines = [step["run"] for step in job["steps"] if step.get("run", "").startswith("leadflow ")]
    assert len(lines) == 4
    for line in lines:
        answer = run(repository, line, database_url=sqlite_database.url)
        assert answer.code == 0, f"{line}\n{answer.out}{answer.err}"
    assert JUnitXml.fromfile(str(repository / "rules-tests.xml")).tests > 50
    assert '"version": "2.1.0"' in (repository / "rules.sarif").read_text(encoding="utf-8")
