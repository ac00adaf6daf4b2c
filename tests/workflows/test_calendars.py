"""Time limits and waiting over weekends, holidays and the nights when clocks change, with a clock that is moved."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from activities.deps import Dependencies
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, DisqualifyLead, LogCommunication
from crm.store.database import Database
from crm.views import LeadView
from leadflow import worker
from leadflow.worker import tuning
from rules.calendars.public_holidays import holiday_dates
from tests.rulebook import edited_rules
from tests.workflows.conftest import Service, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR, SOON = timedelta(days=1), timedelta(hours=1), timedelta(minutes=2)  # the clock goes on while a test runs
OFFICE = "time_zone: Europe/Berlin, holidays: DE, working_hours: {days: mon-fri, from: 09:00, to: 17:00}, "
NIGHT = "time_zone: Europe/Berlin, working_hours: {days: mon-sun, from: 00:00, to: 06:00}, "
RULES = """
rules:
  - {id: office-accept, when: {jobtitle: office accept}, then: {assign_to: {team: desk}, accept_within: 4 hours}}
  - {id: office-contact, when: {jobtitle: office contact}, then: {assign_to: {team: desk}, contact_within: 4 hours}}
  - {id: night-accept, when: {jobtitle: night accept}, then: {assign_to: {team: partners}, accept_within: 4 hours}}
  - {id: night-contact, when: {jobtitle: night contact}, then: {assign_to: {team: partners}, contact_within: 4 hours}}
  - id: wait
    when: {jobtitle: wait}
    then:
      assign_to: {team: desk, during: working_hours}
      accept_within: 1 hour
      contact_within: 2 hours
      if_missed: [remind, re-route]
      if_nobody: [wait]
  - id: climb
    when: {jobtitle: climb}
    then:
      assign_to: {team: desk, during: working_hours}
      accept_within: 1 hour clock
      if_missed: [re-route, escalate: managers]
      if_nobody: [wait]
otherwise: {assign_to: {team: desk}}
"""


@pytest.fixture(scope="module")
def deps(workflow_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Dependencies:
    """The desk works in an office in Berlin, the partners' people in the night."""

    def directory(text: str) -> str:
        text = text.replace("desk: {name: Desk, ", f"desk: {{name: Desk, {OFFICE}")
        return text.replace("partners: {name: Partner People, ", f"partners: {{name: Partner People, {NIGHT}")

    folder = tmp_path_factory.mktemp("calendars") / "rules"
    return Dependencies(workflow_database, edited_rules(folder, default=lambda _: RULES, directory=directory), "DE")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def berlin(skipping: Service, deps: Dependencies) -> AsyncIterator[Service]:
    async with serving(skipping.env, deps) as service:
        yield service


def is_free(day: date) -> bool:
    return day.weekday() > 4 or day in holiday_dates("DE", day.year)


def before_weekend(day: date) -> bool:
    return day.weekday() == 4 and not is_free(day) and not is_free(day + 3 * DAY)


def before_easter(day: date) -> bool:
    """Maundy Thursday: the day after it and Easter Monday are public holidays."""
    return day.weekday() == 3 and is_free(day + DAY) and is_free(day + 4 * DAY) and not is_free(day)


def before_summer_time(day: date) -> bool:
    return day.weekday() == 5 and (day + DAY).month == 3 and (day + 8 * DAY).month == 4


def before_winter_time(day: date) -> bool:
    return day.weekday() == 5 and (day + DAY).month == 10 and (day + 8 * DAY).month == 11


@dataclass(frozen=True)
class Span:
    """Four hours of work that begin on a day like this, at an hour of Berlin's clock, and when they are over."""

    who: str
    begins: Callable[[date], bool]
    hour: int
    days: int
    ends: int


SPANS = {
    "weekend": Span("office", before_weekend, 16, 3, 12),
    "Easter": Span("office", before_easter, 16, 5, 12),
    "summer time begins": Span("night", before_summer_time, 23, 1, 5),  # there is no hour from two to three
    "winter time begins": Span("night", before_winter_time, 23, 1, 3),  # the hour from two to three comes twice
}


async def move_to(service: Service, like: Callable[[date], bool], hour: int) -> date:
    """Move the clock to this hour in Berlin of the next day like this."""
    now = await service.env.get_current_time()
    day = now.astimezone(BERLIN).date() + DAY
    while not like(day):
        day += DAY
    await service.env.sleep(moment(day, hour) - now)
    return day


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BERLIN)


async def status(service: Service, lead: LeadView) -> LeadView:
    found = await service.handle(lead.leadid).query(LeadLifecycle.status)
    assert found is not None
    return found


@pytest.mark.parametrize("limit", ["accept", "contact"])
@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
async def test_a_limit_counts_working_time(berlin: Service, span: Span, limit: str) -> None:
    day = await move_to(berlin, span.begins, span.hour)
    lead = await berlin.submit(jobtitle=f"{span.who} {limit}")
    ends = moment(day + span.days * DAY, span.ends)
    due = lead.accept_by if limit == "accept" else lead.contact_by
    assert due is not None
    assert timedelta(0) <= due - ends < SOON
    if limit == "contact":
        lead = await berlin.ask(lead.leadid, AcceptLead())
        assert lead.contact_by == due  # whoever accepts must still speak with the lead

    now = await berlin.env.get_current_time()
    await berlin.env.sleep(ends - now - SOON)
    assert await status(berlin, lead) == lead
    await berlin.env.sleep(3 * SOON)
    missed = await status(berlin, lead)
    assert (missed.breaches, missed.accept_by, missed.contact_by) == (1, None, None)
    assert missed.event == f"SLA missed: not {limit}ed in time; no further step"


async def test_a_lead_waits_from_friday_evening_to_monday_morning(berlin: Service) -> None:
    friday = await move_to(berlin, before_weekend, 20)
    lead = await berlin.submit(jobtitle="wait")
    monday = moment(friday + 3 * DAY, 9)
    assert (lead.stage, lead.wait_until, lead.accept_by) == (LeadStage.WAITING, monday, None)
    assert lead.owner is not None and lead.owner.key == "desk"

    await berlin.env.sleep(2 * DAY)
    assert await status(berlin, lead) == lead  # no limit runs at the weekend

    await berlin.env.sleep(monday - await berlin.env.get_current_time() + SOON)
    routed = await status(berlin, lead)
    assert routed.owner is not None and routed.accept_by is not None
    assert (routed.stage, routed.owner.type, routed.wait_until) == (LeadStage.ASSIGNED, "systemuser", None)
    assert timedelta(0) <= routed.accept_by - monday - HOUR < 2 * SOON
    assert [word for word in await berlin.story(lead.leadid)] == ["Received", "Waiting", "Assigned"]
    await berlin.ask(lead.leadid, DisqualifyLead())


async def test_any_member_may_take_a_lead_that_waits(berlin: Service) -> None:
    friday = await move_to(berlin, before_weekend, 20)
    lead = await berlin.submit(jobtitle="wait")
    accepted = await berlin.ask(lead.leadid, AcceptLead(user="dora"))
    assert (accepted.stage, accepted.owner.key, accepted.wait_until) == (LeadStage.ACCEPTED, "dora", None)
    assert accepted.contact_by == moment(friday + 3 * DAY, 11)
    contacted = await berlin.ask(lead.leadid, LogCommunication(kind="phonecall", subject="Hello"))
    assert contacted.contact_by is None
    assert await _later(berlin, lead, 4 * DAY) == contacted


async def test_a_lead_that_waits_amid_its_ladder_goes_on_with_the_next_step(berlin: Service) -> None:
    friday = await move_to(berlin, before_weekend, 16)
    lead = await berlin.submit(jobtitle="climb")
    assert lead.owner is not None and lead.owner.type == "systemuser"
    await berlin.env.sleep(HOUR + SOON)
    waits = await status(berlin, lead)  # it is past five: nobody is at work
    assert (waits.stage, waits.wait_until) == (LeadStage.WAITING, moment(friday + 3 * DAY, 9))
    await berlin.env.sleep(moment(friday + 3 * DAY, 9) - await berlin.env.get_current_time() + SOON)
    other = await status(berlin, lead)
    assert (other.stage, other.breaches) == (LeadStage.ASSIGNED, 1)
    assert other.owner != lead.owner
    escalated = await _later(berlin, lead, HOUR)
    assert escalated.owner is not None
    assert (escalated.owner.key, escalated.breaches, escalated.accept_by) == ("managers", 2, None)


async def test_a_wait_and_a_ladder_go_on_with_another_worker(
    skipping: Service, deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cache, so that each of the workers knows of the run what its history says, and nothing else."""
    monkeypatch.setattr(worker, "tuning", lambda settings: tuning(settings) | {"max_cached_workflows": 0})
    queue = f"leads-{uuid4()}"
    async with serving(skipping.env, deps, task_queue=queue) as service:
        await move_to(service, before_weekend, 20)
        lead = await service.submit(jobtitle="wait")
    async with serving(skipping.env, deps, task_queue=queue) as service:
        routed = await _later(service, lead, 2 * DAY + 13.5 * HOUR)  # half past nine on Monday
        assert routed.stage is LeadStage.ASSIGNED
    async with serving(skipping.env, deps, task_queue=queue) as service:
        reminded = await _later(service, lead, HOUR)
        assert (reminded.owner, reminded.breaches) == (routed.owner, 1)
        assert reminded.accept_by is not None and routed.accept_by is not None
        assert reminded.accept_by - routed.accept_by >= HOUR
        await service.ask(lead.leadid, AssignLead(team="managers"))


async def _later(service: Service, lead: LeadView, wait: timedelta) -> LeadView:
    await service.env.sleep(wait)
    return await status(service, lead)
