"""`leadflow demo`: the main job from nothing to its end, and once more on what the first run left."""

import re
from pathlib import Path

import pytest

from tests.service import ROOT, environment, run

LEADS = 400


@pytest.mark.timeout(300)
def test_the_demo_runs_to_its_end_twice(tmp_path: Path) -> None:
    env = environment(tmp_path / "state")
    first = run("leadflow", "demo", env=env)
    assert first.code == 0, first.err
    assert f"{LEADS} leads are new, 0 were known already" in first.out
    for part in (
        "Temporal Web UI: http://127.0.0.1:",
        "Where the leads went, and why",
        "business_units/uk.yaml",
        "channel_partners/contoso.yaml",
        "Share qualified",
        "A lead's story: leadflow leads show ",
    ):
        assert part in first.out
    closed = re.search(r"^(\d+) qualified, (\d+) disqualified$|^(\d+) disqualified, (\d+) qualified$", first.out, re.M)
    assert closed, first.out

    second = run("leadflow", "demo", env=env)
    assert second.code == 0, second.err
    assert f"0 leads are new, {LEADS} were known already" in second.out
    assert "Traceback" not in first.err + second.err

    leadid = re.search(r"leads show (\S+)", second.out)
    assert leadid
    story = run("leadflow", "leads", "show", leadid[1], env=env)
    assert story.code == 0 and "qualified (qualified)" in story.out
    rows = run("leadflow", "leads", "list", "--limit", "1000", "--format", "json", env=env).json()
    assert len(rows) == LEADS
    assert not any(row["stage"] == "received" for row in rows)
    assert not list(ROOT.glob("*.rejects.csv"))
