"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.values import duration, duration_text


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(hours=28), "28 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(seconds=3), "3 seconds"),
        (timedelta(0), "0 minutes"),
    ],
)
def test_durations_in_words(span: timedelta, words: str) -> None:
    assert duration_text(span) == words


@given(st.integers(1, 999_999))
def test_what_is_written_is_read_as_it_was(minutes: int) -> None:
    span = timedelta(minutes=minutes)
    assert duration(duration_text(span)) == span
