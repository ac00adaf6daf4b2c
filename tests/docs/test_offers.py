"""What docs/offers.md shows is a rule book that checks, whose examples come out, and that offers as the page says."""

import pytest

from crm.store.partners.offers import OfferEvent
from rules.engine.decision import Offer
from rules.engine.rules_engine import RulesEngine
from tests.docs.rules.test_working_time import book, failed
from tests.docs.test_docs import code_spans, text_of

PAGE = text_of("docs/offers.md")


@pytest.fixture(scope="module")
def engine() -> RulesEngine:
    return book(PAGE)


def test_the_examples_come_out(engine: RulesEngine) -> None:
    assert [(result.name, result.differences) for result in failed(engine)] == []


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("offer_to: [contoso, fabrikam]", "offer_to: [fabrikam, contoso]"),
        ("declined: [contoso]", "declined: [fabrikam]"),
        ("declined: [contoso, fabrikam]", "declined: [contoso]"),
        ("accept_within: 8 hours", "accept_within: 8 hours clock"),
        ("{contoso: 3, fabrikam: 1}", "{contoso: 9, fabrikam: 1}"),
        ("{registered_partner: contoso}\n    then", "{registered_partner: fabrikam}\n    then"),
    ],
)
def test_the_examples_would_notice(text: str, instead: str) -> None:
    assert text in PAGE
    assert failed(book(PAGE.replace(text, instead, 1)))


def test_every_option_of_an_offer_and_every_event_is_explained(engine: RulesEngine) -> None:
    spans = set(code_spans(PAGE))
    assert {event.value for event in OfferEvent} <= spans
    assert {"accept_within", "registered_for", "if_nobody"} <= Offer.model_fields.keys() & spans
