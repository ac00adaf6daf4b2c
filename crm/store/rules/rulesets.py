"""Rule sets by digest: every set that ever decided, with its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from crm.errors import NotFound
from crm.lifecycle import LeadState
from crm.store.database import insert_into
from crm.store.service_tables import lf_routingdecision, lf_ruleset
from crm.store.tables import TABLES

SHORTEST_PREFIX = 6
_KEPT = select(lf_ruleset.c.digest).where(lf_ruleset.c.digest == bindparam("digest"))


@dataclass(frozen=True, slots=True)
class KeptSet:
    """A rule set that decided: since when it is kept (UTC), its decisions, and the open leads that it sent last."""

    digest: str
    kepton: datetime
    decisions: int
    open_leads: int


def keep(connection: Connection, digest: str, files: Mapping[str, str], on: datetime) -> None:
    """Keep a rule set's files by path, unless they are kept already. Several transactions may do so at once."""
    if connection.execute(_KEPT, {"digest": digest}).first() is None:
        new = insert_into(connection, lf_ruleset).values(digest=digest, files=dict(files), kepton=on)
        connection.execute(new.on_conflict_do_nothing())


def find(connection: Connection, digest: str) -> tuple[str, dict[str, str]]:
    """The whole digest and the files of the set whose digest begins so.

    Raises NotFound where none or several do, or where fewer than SHORTEST_PREFIX digits are given.
    """
    begins = lf_ruleset.c.digest.startswith(digest.lower(), autoescape=True)
    found = connection.execute(select(lf_ruleset.c.digest, lf_ruleset.c.files).where(begins).limit(2)).all()
    if len(digest) < SHORTEST_PREFIX or len(found) > 1:
        raise NotFound(f"'{digest}' is too short for a rule set's digest; give {SHORTEST_PREFIX} digits or more.")
    if not found:
        raise NotFound(f"No rule set is kept whose digest begins with '{digest}'.")
    return found[0].digest, dict(found[0].files)


def kept_sets(connection: Connection) -> Sequence[KeptSet]:
    """Every rule set that is kept, the newest first."""
    decided = select(lf_routingdecision.c.digest, func.count().label("number")).group_by(lf_routingdecision.c.digest)
    lead = TABLES["lead"].c
    still_open = select(lead.lf_rulesdigest, func.count().label("number")).where(lead.statecode == LeadState.OPEN)
    decisions, leads = decided.subquery(), still_open.group_by(lead.lf_rulesdigest).subquery()
    query = (
        select(
            lf_ruleset.c.digest,
            lf_ruleset.c.kepton,
            func.coalesce(decisions.c.number, 0),
            func.coalesce(leads.c.number, 0),
        )
        .outerjoin(decisions, decisions.c.digest == lf_ruleset.c.digest)
        .outerjoin(leads, leads.c.lf_rulesdigest == lf_ruleset.c.digest)
        .order_by(lf_ruleset.c.kepton.desc(), lf_ruleset.c.digest)
    )
    return [KeptSet(*row) for row in connection.execute(query)]
