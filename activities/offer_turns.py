"""Which channel partner is offered a lead first, where a rule offers by weight: by turns, as in a team."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection

from crm.store.database import one_at_a_time
from crm.store.distribution import rotation
from crm.store.people.organisation import record_id
from crm.turns import Account
from rules.strategies.fair_turns import by_weight, turn_taken, weighted
from rules.strategies.member import Member
from rules.strategies.pick import Pool


def take_turn(connection: Connection, rule: str, partners: Mapping[UUID, int]) -> UUID:
    """The partner whose turn it is, of those who may be offered the lead, at least one, with their weights.

    `rule` names the pool of turns. Nothing but the turns changes it: not a restart, nor other partners in the rule.
    """
    pool_id = record_id("offers", rule)
    one_at_a_time(connection, f"offers of {rule}")  # the first turn of a pool has no row to lock
    pool = rotation.pool_of(connection, pool_id, lock=True)
    members = [_member(id, weight, pool.accounts.get(id, Account())) for id, weight in partners.items()]
    taker = weighted(Pool(tuple(members))).member
    assert taker is not None
    after = turn_taken(members, taker.key, pool.turns + 1, by_weight)
    accounts = {UUID(key): account for key, account in after.items()}
    rotation.take_turn(connection, pool_id, pool, accounts)
    return UUID(taker.key)


def _member(id: UUID, weight: int, account: Account) -> Member:
    return Member(str(id), weight=weight, last_turn=account.last_turn, credit=account.credit, owed=account.owed)
