"""When what a sink did not take is tried again: ever later, for about a day, and never sooner than it asks for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadflow.sinks.retrying import (
    LONGEST_PAUSE,
    LONGEST_PAUSE_ASKED,
    LONGEST_WAIT,
    PATIENCE,
    TRIES,
    TRIES_WHEN_REFUSED,
    NotDelivered,
    Pause,
    next_try,
)

EVEN = 0.5  # neither early nor late
waits = st.timedeltas(timedelta(seconds=1), timedelta(days=400))
chances = st.floats(0, 1, exclude_max=True)


def schedule(failure: NotDelivered) -> list[timedelta]:
    waits: list[timedelta] = []
    while wait := next_try(len(waits) + 1, failure, EVEN):
        waits.append(wait)
    return waits


def test_a_sink_that_is_down_is_tried_for_about_a_day() -> None:
    waits = schedule(NotDelivered("HTTP 503"))
    assert [round(wait.total_seconds()) for wait in waits] == [15, 60, 240, 960, 3840, 15360, 61440]
    assert len(waits) == TRIES - 1 and timedelta(hours=22) < sum(waits, timedelta()) < timedelta(hours=24)


def test_a_refusal_is_tried_for_some_minutes() -> None:
    waits = schedule(NotDelivered("HTTP 404", tries=TRIES_WHEN_REFUSED))
    assert sum(waits, timedelta()) == timedelta(seconds=315)


def test_what_is_gone_is_dead_at_once() -> None:
    assert schedule(NotDelivered("HTTP 410", tries=1)) == []


@given(st.integers(1, TRIES - 1), chances, st.none() | waits)
def test_waits_are_near_the_schedule_and_not_sooner_than_asked_for(
    attempt: int, chance: float, asked: timedelta | None
) -> None:
    wait = next_try(attempt, NotDelivered("busy", wait=asked), chance)
    even = next_try(attempt, NotDelivered("busy"), EVEN)
    assert wait is not None and even is not None
    assert wait >= min(even * 0.79, LONGEST_WAIT)
    assert wait >= min(asked or timedelta(0), LONGEST_WAIT)
    assert wait <= max(even * 1.21, min(asked or timedelta(0), LONGEST_WAIT))


@given(st.integers(1, 100), st.integers(1, TRIES), chances)
def test_every_event_is_given_up_in_the_end(attempt: int, tries: int, chance: float) -> None:
    assert (next_try(attempt, NotDelivered("no", tries=tries), chance) is None) == (attempt >= tries)


def test_one_failure_pauses_nothing() -> None:
    pause = Pause()
    pause.failed(100.0, None)
    assert not pause.lasts(100.0) and not pause.is_probing


def test_a_sink_that_fails_again_and_again_is_probed_ever_more_seldom() -> None:
    pause, now, waits = Pause(), 100.0, []
    for _ in range(PATIENCE + 8):
        pause.failed(now, None)
        start = now
        while pause.lasts(now):
            now += 0.5
        waits.append(now - start)
    assert waits[: PATIENCE + 3] == [0, 0, 1, 2, 4, 8]
    assert waits[-1] == LONGEST_PAUSE.total_seconds() and pause.is_probing


def test_a_delivery_ends_the_pause() -> None:
    pause = Pause()
    for _ in range(20):
        pause.failed(100.0, None)
    pause.delivered()
    assert not pause.lasts(100.0) and not pause.is_probing


@pytest.mark.parametrize(
    ("asked", "pause"),
    [(timedelta(seconds=20), timedelta(seconds=20)), (timedelta(days=1), LONGEST_PAUSE_ASKED)],
)
def test_a_sink_that_asks_for_time_gets_it(asked: timedelta, pause: timedelta) -> None:
    told = Pause()
    told.failed(100.0, asked)
    told.failed(100.0, None)
    assert told.lasts(100.0 + pause.total_seconds() - 1) and not told.lasts(100.0 + pause.total_seconds())
