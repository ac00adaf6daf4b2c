"""Other leads of the same person: looked for before a lead is routed, recorded, and merged where its rules say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.keys import unit_and_partner
from activities.steps import FollowUp
from crm.entities.lead import Lead
from crm.matching import company_key, email_key, phone_key
from crm.similarity import Likeable, match_keys
from crm.store.life import duplicates
from crm.store.life.duplicates import Match
from rules.engine.policy import Policy
from rules.engine.rules_engine import RulesEngine

_LONGEST_KEY = 100
_COMPARED = frozenset({"firstname", "lastname", "companyname"})


@dataclass(frozen=True, slots=True)
class Others:
    """The other leads that were found. `master` is the one that takes the new lead over, if the rules say `merge`."""

    matches: tuple[Match, ...] = ()
    master: Match | None = None

    @property
    def merging(self) -> dict[str, Any]:
        """The attributes of a lead that is about to be merged: it stays open until its master has taken it over."""
        return {"masterid": self.master.leadid} if self.master else {}

    @property
    def follow_up(self) -> FollowUp:
        return FollowUp(merge_into=self.master.takes if self.master else None)

    def __str__(self) -> str:
        """For the timeline."""
        same = sum(match.similarity is None for match in self.matches)
        similar = len(self.matches) - same
        text = f"; {same} other lead(s) of the same person" if same else ""
        text += f"; {similar} similar lead(s)" if similar else ""
        return text + (f"; to be merged into lead {self.master.leadid}" if self.master else "")


def find_others(connection: Connection, engine: RulesEngine, lead: Lead, *, valid: bool = True) -> Others:
    """The leads of the same person, and where there is no open one, those that seem to be if the rules ask for them.

    Until the transaction ends, other leads of this person wait for it: of two that come in at once, one sees the other.
    A lead that is not valid is never merged.
    """
    policy = _policy(engine, lead).duplicates
    found = duplicates.same_person(connection, lead)
    action = policy.same
    if policy.similar != "route" and not any(match.is_open for match in found):
        surely = {match.leadid for match in found}
        alike = duplicates.similar(connection, lead, match_keys(Likeable.of(lead)))
        found += [match for match in alike if match.leadid not in surely]
        action = policy.similar
    merges = valid and action == "merge"
    return Others(tuple(found), next((match for match in found if match.takes), None) if merges else None)


def record(connection: Connection, lead: Lead, others: Others, on: datetime) -> None:
    """Keep the other leads of a new one, and under which keys it is found itself."""
    duplicates.put_pairs(connection, lead.leadid, others.matches, on)
    duplicates.put_keys(connection, lead.leadid, match_keys(Likeable.of(lead)))


def record_again(connection: Connection, lead: Lead, others: Others, on: datetime) -> None:
    """The same for a lead that was recorded before, with other attributes."""
    duplicates.forget(connection, lead.leadid)
    record(connection, lead, others, on)


def renew_keys(connection: Connection, lead: Lead, changes: Mapping[str, Any]) -> None:
    """Under which keys a lead is found whose attributes change."""
    if not _COMPARED.isdisjoint(changes):
        changed = Likeable.of(lead.model_copy(update=dict(changes)))
        duplicates.replace_keys(connection, lead.leadid, match_keys(changed))


def with_match_keys(values: Mapping[str, Any], lead: Lead | None = None) -> dict[str, Any]:
    """The values with the keys by which the same person and the same company are found."""
    known = {**(lead.__dict__ if lead else {}), **values}
    company = company_key(known.get("companyname"))
    keys = {
        "lf_emailkey": email_key(known.get("emailaddress1")),
        "lf_phonekey": phone_key(known.get("mobilephone") or known.get("telephone1")),
        "lf_companykey": company and company[:_LONGEST_KEY],
    }
    return {**values, **keys}


def _policy(engine: RulesEngine, lead: Lead) -> Policy:
    return engine.policy(unit_and_partner(lead, engine.directory))
