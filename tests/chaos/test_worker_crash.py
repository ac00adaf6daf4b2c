"""kill -9 of the worker in the middle of an import and of qualifications: nothing is lost, nothing is done twice."""

import asyncio
import json
from pathlib import Path

import pytest

from crm.errors import Unavailable
from crm.identity import leadid_for
from crm.lifecycle import LeadStage
from crm.requests import LeadSubmission, QualifyLead
from crm.views import Qualification
from tests.chaos.conftest import Place
from tests.chaos.stores import (
    assert_each_lead_has_one_owner,
    assert_each_lead_is_qualified_once,
    count_in,
    submissions,
)
from tests.service import kill, start, start_worker, stop, wait_for

LEADS = 60


@pytest.mark.timeout(240)
async def test_a_killed_worker_loses_nothing_and_repeats_nothing(place: Place, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(json.dumps(one) for one in submissions(place.name, LEADS)))

    # In the middle of the import ...
    worker = start_worker(place.env, place.log)
    importing = start("leads", "import", str(feed), env=place.env, log=tmp_path / "import.log")
    wait_for(lambda: count_in(place.database, LeadStage.ASSIGNED) >= LEADS // 3, "a third of the leads")
    kill(worker)
    assert importing.wait(60) == 0, (tmp_path / "import.log").read_text()
    worker = start_worker(place.env, place.log)
    wait_for(lambda: count_in(place.database, LeadStage.ASSIGNED) == LEADS, "all leads")
    assert_each_lead_has_one_owner(place.database, LEADS)

    # ... and in the middle of the qualifications.
    asked = [asyncio.create_task(_qualify(place, number)) for number in range(LEADS)]
    third = LEADS // 3
    await asyncio.to_thread(wait_for, lambda: count_in(place.database, LeadStage.QUALIFIED) >= third, "a third")
    kill(worker)
    worker = await asyncio.to_thread(start_worker, place.env, place.log)
    answered = await asyncio.wait_for(asyncio.gather(*asked), 90)
    assert_each_lead_is_qualified_once(place.database, LEADS, answered)
    assert stop(worker) == 0


async def _qualify(place: Place, number: int) -> Qualification:
    """Ask until an answer comes, as a caller with a request id may."""
    submission = LeadSubmission.model_validate(submissions(place.name, number + 1)[number])
    lead = leadid_for(submission, otherwise="")
    while True:
        try:
            answer = await place.leads.ask(lead, QualifyLead(), request_id=f"qualify-{number}")
        except Unavailable:
            await asyncio.sleep(0.5)
            continue
        assert isinstance(answer, Qualification)
        return answer
