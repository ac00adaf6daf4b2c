"""Rules in the shadow decide beside the live ones, are recorded, and change nothing."""

from typing import Any

import pytest
from sqlalchemy import select

from activities.shadowing import ShadowRules
from crm.entities.lead import Lead
from crm.errors import NotFound, StateConflict
from crm.store.rules import rulesets, shadows
from crm.store.service_tables import lf_routingdecision
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.activities.conftest import NOW, Desk, lead_number
from tests.rulebook import small_rules


def candidate(*changes: tuple[str, str]) -> RulesEngine:
    """The small rule book with words of its default file replaced."""
    texts = dict(small_rules().current().book.texts)
    for old, new in changes:
        assert old in texts["default.yaml"]
        texts["default.yaml"] = texts["default.yaml"].replace(old, new)
    return RulesEngine.of(RuleSources.from_texts(texts), "the candidate")


ANNA_TO_BEN = ("{user: anna}", "{user: ben}")


def start(desk: Desk, engine: RulesEngine) -> shadows.Shadow:
    with desk.database.transaction() as connection:
        rulesets.keep(connection, engine.digest, engine.book.texts, NOW)
        started = shadows.start(connection, engine.digest, "next week's rules", NOW)
    desk.deps.shadow.refresh(desk.database)
    return started


def stop(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        shadows.stop(connection, NOW)
    desk.deps.shadow.refresh(desk.database)


def counts(desk: Desk) -> tuple[int, int, int, int]:
    with desk.database.reading() as connection:
        found = shadows.counts(connection, shadows.newest(connection))
    return found.live, found.compared, found.different, found.faults


def differences(desk: Desk) -> list[shadows.Difference]:
    with desk.database.reading() as connection:
        return list(shadows.differences(connection, shadows.newest(connection)))


def test_differences_are_counted_and_listed(desk: Desk) -> None:
    start(desk, candidate(ANNA_TO_BEN))
    moved, stays = lead_number(1), lead_number(2)
    desk.given(moved, jobtitle="for anna")
    desk.given(stays, jobtitle="unclear")
    assert counts(desk) == (2, 2, 1, 0)
    (difference,) = differences(desk)
    assert difference.leadid == moved and difference.decision is not None
    assert (difference.live["outcome"]["key"], difference.decision["outcome"]["key"]) == ("anna", "ben")


def test_another_rule_with_the_same_outcome_differs_too(desk: Desk) -> None:
    start(desk, candidate(("id: to-user", "id: to-anna")))
    desk.given(jobtitle="for anna")
    assert counts(desk) == (1, 1, 1, 0)


def test_a_lead_is_the_same_with_and_without(desk: Desk) -> None:
    def told(lead: Any) -> tuple[dict[str, Any], list[str]]:
        own = {"leadid", "lf_workflowid", "createdon", "modifiedon", "lf_assignedon", "versionnumber"}
        attributes = desk.lead(lead).model_dump(exclude=own)
        return attributes, [event.summary for event in desk.timeline(lead)]

    desk.given(lead_number(1), jobtitle="for anna")
    start(desk, candidate(ANNA_TO_BEN))
    desk.given(lead_number(2), jobtitle="for anna")
    (one, story), (other, same_story) = told(lead_number(1)), told(lead_number(2))
    assert {name for name in one if one[name] != other[name]} == set()
    assert story == same_story
    assert counts(desk)[2] == 1


def test_a_shadow_that_fails_is_counted_and_the_lead_goes_its_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    start(desk, candidate())

    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("no way")

    shadow = desk.deps.shadow.candidate
    assert shadow is not None
    monkeypatch.setattr(shadow.engine, "decide", fail)
    lead = desk.given(jobtitle="for anna")
    assert lead.owner is not None and lead.owner.key == "anna"
    assert counts(desk) == (1, 1, 0, 1)
    assert [difference.fault for difference in differences(desk)] == ["ZeroDivisionError: no way"]


def test_it_ends_when_it_is_stopped(desk: Desk) -> None:
    start(desk, candidate(ANNA_TO_BEN))
    stop(desk)
    desk.given(jobtitle="for anna")
    assert desk.deps.shadow.candidate is None
    assert counts(desk) == (0, 0, 0, 0)


def test_a_worker_that_starts_later_takes_part(desk: Desk) -> None:
    started = start(desk, candidate(ANNA_TO_BEN))
    late = ShadowRules()
    late.refresh(desk.database)
    assert late.candidate is not None and late.candidate.shadow == started.id


def test_one_trial_at_a_time(desk: Desk) -> None:
    with desk.database.reading() as connection, pytest.raises(NotFound, match="rules shadow start"):
        shadows.newest(connection)
    with desk.database.transaction() as connection, pytest.raises(NotFound):
        shadows.stop(connection, NOW)
    start(desk, candidate())
    with pytest.raises(StateConflict, match=r"next week's rules.*stop it first"):
        start(desk, candidate(ANNA_TO_BEN))


def test_without_a_trial_nothing_is_recorded(desk: Desk) -> None:
    desk.given(jobtitle="for anna")
    with desk.database.reading() as connection:
        assert connection.execute(select(lf_routingdecision.c.leadid)).all()
        with pytest.raises(NotFound):
            shadows.newest(connection)
    assert isinstance(desk.lead(), Lead)
