"""To which channel partner a lead is offered next. Pure."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from rules.engine.decision import Offer, OfferTo


def next_partner(outcome: Offer, asked: Collection[str], offers: Mapping[str, int]) -> str | None:
    """The key of the partner who is asked next; None where nobody is left.

    `asked` are those who had this lead already, or may not get it. By weight, the partner is next who has had the
    fewest `offers` for its weight; a tie goes by the order of the rule.
    """
    left = [to for to in outcome.partners if to.partner not in asked]
    if not left:
        return None
    if outcome.by == "order":
        return left[0].partner

    def share(to: OfferTo) -> Fraction:
        return Fraction(offers.get(to.partner, 0) + 1, to.weight)

    return min(left, key=share).partner
