"""docs/clients.md names the clients that are here, in the versions that are run."""

import json
import re
from importlib.metadata import version

from tests.clients.conftest import NODE
from tests.service import ROOT

ROW = re.compile(r"^\| \[([\w-]+)\]\([^)]*\) \| ([\d.]+) \| (JavaScript|Python) \|", re.MULTILINE)


def test_the_documented_versions_are_those_that_run() -> None:
    packages = json.loads((NODE / "package-lock.json").read_text())["packages"]
    rows = ROW.findall((ROOT / "docs/clients.md").read_text())
    assert len(rows) == 5
    for name, documented, language in rows:
        running = packages[f"node_modules/{name}"]["version"] if language == "JavaScript" else version(name)
        assert documented == running, name
