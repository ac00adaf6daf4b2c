"""What docs/api.md shows: every example runs against a running service, in order, and answers what the page says.

Ids, versions, times and tokens differ from run to run; they are replaced by words before the two are compared.
"""

import io
import json
import os
import re
import shutil
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from leadflow.api.app import LARGEST_BODY, LONGEST_ADDRESS
from leadflow.api.files import ApiFiles
from leadflow.dataverse.batch_requests import LONGEST_URL, MOST_REQUESTS
from leadflow.dataverse.bulk import MOST_TARGETS
from leadflow.dataverse.carrying_out import ANSWER_SECONDS
from leadflow.dataverse.path import LONGEST_PATH
from leadflow.dataverse.preferences import LARGEST_PAGE
from leadflow.dataverse.query.options import MOST_EXPANSIONS
from leadflow.dataverse.query.parsing import LONGEST_FILTER
from leadflow.settings import Settings
from tests.docs.test_docs import FENCE, ROOT, text_of
from tests.service import BIN, Service

PAGE = text_of("docs/api.md")
NODE = shutil.which("node") or shutil.which("node", path=str(BIN))
VARYING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
    (r'W/\\?"\d{2,}\\?"', "<version>"),
    (r"http://127\.0\.0\.1:\d+", "<service>"),
    (r"\$skiptoken=[^\"]+", "$skiptoken=<token>"),
)


def shown(language: str) -> list[tuple[str, str, str]]:
    """The page's blocks in this language: each with the language and the text of the answer below it, if any."""
    found = FENCE.findall(PAGE)
    pairs = zip(found, [*found[1:], ("", "")], strict=True)
    return [(body, *(next if next[0] in ("json", "http", "text") else ("", ""))) for (info, body), next in pairs
            if info == language]  # fmt: skip


def test_every_code_is_one_of_the_service() -> None:
    table = PAGE.partition("## Errors and their codes")[2].partition("\n## ")[0]
    sources = [*(ROOT / "leadflow").rglob("*.py"), ROOT / "crm/errors.py"]
    known = {code for file in sources for code in re.findall(r'"(0x[0-9a-f]{8})"', file.read_text(encoding="utf-8"))}
    shown = set(re.findall(r"`(0x\w+)`", table))
    assert len(shown) > 15 and shown <= known


def test_the_limits_are_those_of_the_code() -> None:
    table = PAGE.partition("## Limits")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| [^|]+ \|$", table, re.MULTILINE))
    user = Settings.model_fields
    for row, numbers in {
        "requests of one user": [user[f"limit_{name}"].default for name in ("requests", "seconds", "concurrency")],
        "a page": [LARGEST_PAGE],
        "`$expand`": [MOST_EXPANSIONS],
        "a batch": [MOST_REQUESTS],
        "`CreateMultiple` and the like": [MOST_TARGETS],
        "a body": [LARGEST_BODY // 2**20],
        "an address with its query": [LONGEST_ADDRESS, LONGEST_URL],
        "a path, a `$filter`": [LONGEST_PATH, LONGEST_FILTER],
        "a write to a lead": [int(ANSWER_SECONDS)],
    }.items():
        assert set(map("{:,}".format, numbers)) <= set(re.findall(r"[\d,]*\d", rows.pop(row))), row
    assert set(rows) == {"What"}


def settled(text: str) -> str:
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return text


def agree(kind: str, answer: str, real: str) -> bool:
    """Whether a program printed what the page shows: JSON as a value, HTTP each line of it, text as it is."""
    if kind == "json":
        return bool(json.loads(settled(answer)) == json.loads(settled(real)))
    if kind == "http":
        lines = {line.lower() for line in settled(real).splitlines()}
        return all(line.lower() in lines for line in settled(answer).splitlines())
    return settled(answer).strip() == settled(real).strip()


def compare(language: str, outputs: list[str]) -> None:
    examples = shown(language)
    assert len(examples) == len(outputs) > 2
    for (program, kind, answer), real in zip(examples, outputs, strict=True):
        assert not kind or agree(kind, answer, real), f"{program}\nprinted\n{real}"
        assert '"error"' not in real or '"error"' in answer, f"{program}\nprinted\n{real}"


@pytest.fixture(scope="session")
def programs(service: Service) -> dict[str, str]:
    """The environment of the examples: where the service is, and a token."""
    origin = ApiFiles.of(service.state).origin()
    env = {**service.env, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"}
    token = subprocess.run([BIN / "leadflow", "token"], env=env, capture_output=True, text=True, check=True)
    return {**env, "API": f"{origin}/api/data/v9.2", "TOKEN": token.stdout.strip()}


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_examples(programs: dict[str, str], tmp_path: Path) -> None:
    """One shell runs them all; the address that the page begins with becomes the service's."""
    blocks = [body.replace("http://127.0.0.1:8000/api/data/v9.2", programs["API"]) for body, _, _ in shown("sh")]
    script = "\n".join(f"{{\n{body}\n}} >{number}.out" for number, body in enumerate(blocks))
    done = subprocess.run(["bash", "-euc", script], env=programs, cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    compare("sh", [(tmp_path / f"{number}.out").read_text() for number in range(len(blocks))])


def test_the_python_examples(programs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API", "TOKEN", "NO_PROXY"):
        monkeypatch.setenv(name, programs[name])
    names: dict[str, Any] = {}
    outputs = []
    for body, _, _ in shown("python"):
        with redirect_stdout(io.StringIO()) as printed:
            exec(body, names)
        outputs.append(printed.getvalue())
    compare("python", outputs)


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_the_javascript_examples(programs: dict[str, str], tmp_path: Path) -> None:
    assert NODE is not None
    blocks = [body for body, _, _ in shown("js")]
    file = tmp_path / "examples.mjs"
    file.write_text("\nconsole.log('\\f');\n".join(blocks), encoding="utf-8")
    done = subprocess.run([NODE, str(file)], env=programs, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    compare("js", done.stdout.split("\f\n"))
