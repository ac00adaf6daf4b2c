"""Where a lead goes that nobody may get: the steps of `if_nobody`, and the partner who is asked next."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.engine.decision import Assign, NobodyStep, Offer, OfferTo
from rules.strategies import Member
from rules.strategies.destination import after_offers, destination, teams_asked
from rules.strategies.offering import next_partner
from rules.strategies.pool import Choice
from tests.rules.strategies.teams import THURSDAY, to_desk

TEAMS = ("desk", "night", "far")
FREE = Choice(Member("anna"), (Member("anna"),), ())
WHOEVER = Choice(None, (Member("anna"),), ("ben: absent",))
GONE = Choice(None, (), ("ben: inactive",))
FULL = Choice(None, (), ("ben: at capacity",), full=True)
AWAY = Choice(None, (), ("ben: absent until 20 January",), next_opening=THURSDAY + timedelta(days=5))
SOONER = Choice(None, (), ("cleo: outside working hours",), next_opening=THURSDAY + timedelta(hours=2))
WAIT = NobodyStep(action="wait")
INBOX = NobodyStep(action="queue", key="inbox")
steps = st.lists(
    st.sampled_from([WAIT, INBOX, *(NobodyStep(action="next", key=team) for team in TEAMS[1:])]), max_size=4
).map(tuple)
answers = st.fixed_dictionaries({team: st.sampled_from([FREE, WHOEVER, GONE, FULL, AWAY, SOONER]) for team in TEAMS})


@given(steps, answers)
def test_somebody_always_has_the_lead_and_nobody_is_passed_over(
    if_nobody: tuple[NobodyStep, ...], says: dict[str, Choice]
) -> None:
    outcome = to_desk(if_nobody=if_nobody, during="working_hours")
    asked: list[Assign] = []

    def choose(one: Assign) -> Choice:
        asked.append(one)
        return says[one.key]

    found = destination(outcome, choose)
    assert all(one.during == "working_hours" and one.strategy == outcome.strategy for one in asked)
    named = [one.key for one in teams_asked(outcome)]
    assert [one.key for one in asked] == named[: len(asked)], "in the order of the rule"
    assert list(found.asked.items()) == list({one.key: says[one.key] for one in asked}.items())
    *before, last = asked
    assert not any(says[one.key].eligible for one in before)
    openings = [choice.next_opening for choice in found.asked.values() if choice.next_opening]
    match found.kind:
        case "user":
            assert (found.key, found.team) == ("anna", last.key) and says[last.key] is FREE
        case "team":
            assert says[found.key] is WHOEVER or found.key == "desk"
            assert found.team == found.key
        case "queue":
            assert found.key == "inbox" and found.team is None
        case "wait":
            assert (found.key, found.until) == ("desk", min(openings, default=None))
            assert openings or any(choice.full for choice in found.asked.values())
    if any(says[one.key] is FREE for one in asked):
        assert found.kind == "user"


def test_it_waits_for_the_first_of_all_who_were_asked() -> None:
    outcome = to_desk(if_nobody=(NobodyStep(action="next", key="night"), WAIT, INBOX))
    found = destination(outcome, lambda one: {"desk": AWAY, "night": SOONER}[one.key])
    assert (found.kind, found.key, found.until) == ("wait", "desk", THURSDAY + timedelta(hours=2))
    assert found.skipped == (*AWAY.skipped, *SOONER.skipped)


def test_nobody_waits_for_those_who_will_not_come() -> None:
    outcome = to_desk(if_nobody=(WAIT, INBOX))
    assert destination(outcome, lambda _: GONE).kind == "queue"
    assert (destination(outcome, lambda _: FULL).kind, destination(outcome, lambda _: FULL).until) == ("wait", None)


def offer(*weights: int, if_nobody: tuple[NobodyStep, ...] = ()) -> Offer:
    partners = tuple(OfferTo(partner=f"p{number}", weight=weight) for number, weight in enumerate(weights))
    by = "order" if set(weights) == {1} else "weight"
    return Offer.model_validate({"partners": partners, "by": by, "accept_within": "PT4H", "if_nobody": if_nobody})


def test_what_no_partner_wants_goes_to_a_team_in_turn_or_where_the_rule_says() -> None:
    asked: list[Assign] = []

    def choose(one: Assign) -> Choice:
        asked.append(one)
        return FREE

    nothing_said = after_offers(offer(1), "desk", choose)
    assert (nothing_said.kind, nothing_said.key, asked) == ("team", "desk", [])
    following = after_offers(offer(1, if_nobody=(NobodyStep(action="next", key="night"),)), "desk", choose)
    assert (following.kind, following.team) == ("user", "night")
    assert (asked[0].strategy, asked[0].during) == ("round_robin", None)


def test_partners_are_asked_in_order_and_never_twice() -> None:
    outcome = offer(1, 1, 1)
    had: list[str] = []
    while partner := next_partner(outcome, had, {"p0": 99}):
        had.append(partner)
    assert had == ["p0", "p1", "p2"]


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4).filter(lambda weights: set(weights) != {1}))
def test_first_offers_follow_the_weights(weights: list[int]) -> None:
    outcome, offers = offer(*weights), dict.fromkeys([f"p{number}" for number in range(len(weights))], 0)
    for _ in range(3 * sum(weights)):
        partner = next_partner(outcome, (), offers)
        assert partner is not None
        offers[partner] += 1
    assert list(offers.values()) == [3 * weight for weight in weights]
