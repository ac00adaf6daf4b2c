"""Strategies that take no turn and change nobody's credit."""

from rules.strategies.pick import Pick, Pool


def sticky(pool: Pool) -> Pick | None:
    """To whoever has, or last had, other leads of the person or company; who is new goes by the fallback."""
    known = [member for member in pool.eligible if member.keeps is not None]
    if not known:
        return None
    return Pick(min(known, key=lambda member: (member.keeps or 0, member.key)), takes_turn=False)


def all_members(pool: Pool) -> Pick:
    """To the whole team; the first member who accepts gets the lead."""
    return Pick(None, takes_turn=False)
