"""Nobody gets more than their share of five minutes, whatever they ask and however it is timed."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadflow.api.limits import REFUSALS, WINDOW_SECONDS, Limits, Window
from leadflow.dataverse.errors import TooManyRequests, headers_of

ANNA, BEN = uuid4(), uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limits(clock: Clock, requests: int = 5, seconds: int = 10, concurrency: int = 3) -> Limits:
    return Limits(requests, seconds, concurrency, clock)


def ask(limits: Limits, user: UUID = ANNA, seconds: float = 0.0) -> None:
    limits.admit(user)
    limits.release(user, seconds)


@given(st.lists(st.tuples(st.floats(0, 200), st.integers(1, 50)), max_size=30))
def test_the_window_holds_what_was_used_in_its_time(uses: list[tuple[float, int]]) -> None:
    window, now, past = Window(), 0.0, []
    for pause, amount in uses:
        now += pause
        window.advance(now)
        window.add(now, amount)
        past.append((now, amount))
        assert window.used == sum(each for at, each in past if at > now - WINDOW_SECONDS)
        wait = window.seconds_until_below(60, now)
        still = [(at, each) for at, each in past if at > now + wait - WINDOW_SECONDS + 1e-6]
        assert sum(each for _, each in still) < 60 or wait == 0


def test_requests_are_counted_by_user_in_a_sliding_window() -> None:
    clock = Clock()
    counted = limits(clock)
    for _ in range(5):
        ask(counted)
        clock.now += 10
    with pytest.raises(TooManyRequests) as refused:
        ask(counted)
    assert refused.value.code == "0x80072322"
    assert refused.value.message == "Number of requests exceeded the limit of 5 over time window of 300 seconds."
    assert headers_of(refused.value) == {"Retry-After": "250"}
    ask(counted, BEN)
    clock.now += 250
    ask(counted)
    with pytest.raises(TooManyRequests):
        ask(counted)


def test_the_time_of_execution_adds_up() -> None:
    clock = Clock()
    counted = limits(clock)
    ask(counted, seconds=6.5)
    ask(counted, seconds=3.5)
    with pytest.raises(TooManyRequests, match="10,000 milliseconds") as refused:
        ask(counted)
    assert (refused.value.code, refused.value.seconds) == ("0x80072321", 300)
    clock.now += 301
    ask(counted)


def test_so_many_at_once_and_no_more() -> None:
    counted = limits(Clock())
    for _ in range(3):
        counted.admit(ANNA)
    with pytest.raises(TooManyRequests, match=r"concurrent requests exceeded the limit of 3\.") as refused:
        counted.admit(ANNA)
    assert refused.value.code == "0x80072326"
    counted.release(ANNA, 0)
    counted.admit(ANNA)


def test_a_batch_counts_with_its_parts() -> None:
    counted = limits(Clock())
    counted.admit(ANNA)
    counted.charge(ANNA, 4)
    assert counted.left(ANNA) == {
        "x-ms-ratelimit-burst-remaining-xrm-requests": "0",
        "x-ms-ratelimit-time-remaining-xrm-requests": "10.00",
    }
    counted.release(ANNA, 1.25)
    assert counted.left(ANNA)["x-ms-ratelimit-time-remaining-xrm-requests"] == "8.75"
    with pytest.raises(TooManyRequests):
        counted.admit(ANNA)


def test_an_address_without_tokens_is_refused_after_a_while() -> None:
    clock = Clock()
    counted = limits(clock)
    for _ in range(REFUSALS):
        counted.refuse("203.0.113.9")
    with pytest.raises(TooManyRequests, match="without a valid token"):
        counted.refuse("203.0.113.9")
    counted.refuse("203.0.113.8")
    clock.now += WINDOW_SECONDS + 1
    counted.refuse("203.0.113.9")
