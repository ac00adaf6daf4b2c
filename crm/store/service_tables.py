"""Leadflow's own tables: what happened to each lead and why, whose turn it is, and what waits for a correction.

They share `METADATA` with the entities; import it from here to have all tables. Times are UTC and end in `on`.
"""

import time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from crm.store.tables import METADATA as METADATA
from crm.store.types import UtcDateTime

# None is SQL's NULL, not JSON's: "no result" and "the result is null" need no telling apart.
Json = JSON(none_as_null=True)


def _required(name: str, type_: Any, **more: Any) -> Column[Any]:
    return Column(name, type_, nullable=False, **more)


# One row per step of a lead's life, written in the transaction of the step's effect. It is the timeline, and the guard
# that lets no step happen twice. `sequence` orders the steps that one transaction wrote at one time.
lf_journal = Table(
    "lf_journal",
    METADATA,
    Column("leadid", Uuid(), primary_key=True),
    Column("step", Text(), primary_key=True),
    _required("on", UtcDateTime()),
    _required("sequence", BigInteger(), default=time.time_ns),
    _required("kind", String(64)),
    _required("summary", Text()),
    Column("actor", String(100)),
    Column("result", Json),
)

# Why a lead went where it went: the decision, the facts that it was made from, and apart what people search by. The
# facts and the digest are enough to make it again, with every rule and condition.
lf_routingdecision = Table(
    "lf_routingdecision",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("leadid", Uuid()),
    _required("step", Text()),
    _required("digest", String(64), index=True),
    Column("file", Text()),
    Column("rule", String(64), index=True),
    _required("unmatched", Boolean(), default=False),
    _required("disagreement", Boolean(), default=False),
    _required("decision", Json),
    Column("facts", Json),
    _required("decidedon", UtcDateTime(), index=True),
    UniqueConstraint("leadid", "step"),
)

# Who was given a lead, on which turn, who was skipped, and until when. The row with no `endedon` is the present one.
lf_assignment = Table(
    "lf_assignment",
    METADATA,
    Column("leadid", Uuid(), primary_key=True),
    Column("step", Text(), primary_key=True),
    _required("ownerid", Uuid(), index=True),
    _required("owneridtype", String(64)),
    Column("teamid", Uuid()),
    Column("queueid", Uuid()),
    Column("strategy", String(32)),
    Column("turn", BigInteger()),
    Column("skipped", Json),
    Column("reason", Text()),
    _required("assignedon", UtcDateTime()),
    Column("endedon", UtcDateTime()),
    Column("endreason", Text()),
)

# A team's turns taken so far, and each member's last one. Neither hangs on the membership: who leaves and comes back,
# or a directory that is applied again, changes no one's turn.
lf_pool = Table("lf_pool", METADATA, Column("teamid", Uuid(), primary_key=True), _required("turns", BigInteger()))
lf_turn = Table(
    "lf_turn",
    METADATA,
    Column("teamid", Uuid(), primary_key=True),
    Column("systemuserid", Uuid(), primary_key=True),
    _required("last_turn", BigInteger()),
)

# Every rule set that ever decided, with all its files as text by path: what it decided can be explained and repeated.
lf_ruleset = Table(
    "lf_ruleset",
    METADATA,
    Column("digest", String(64), primary_key=True),
    _required("files", Json),
    _required("kepton", UtcDateTime()),
)

# Which rules each worker decides by, and why it refuses the files as they stand.
lf_rulestatus = Table(
    "lf_rulestatus",
    METADATA,
    Column("worker", String(200), primary_key=True),
    _required("digest", String(64)),
    _required("since", UtcDateTime()),
    Column("refusal", Text()),
    _required("seenon", UtcDateTime()),
)

# Candidate rules that decide beside the live ones, and what they would have decided. They change no lead.
lf_shadow = Table(
    "lf_shadow",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("digest", String(64)),
    _required("name", String(200)),
    _required("startedon", UtcDateTime()),
    Column("stoppedon", UtcDateTime()),
)
lf_shadowdecision = Table(
    "lf_shadowdecision",
    METADATA,
    Column("shadowid", Uuid(), primary_key=True),
    Column("leadid", Uuid(), primary_key=True),
    Column("step", Text(), primary_key=True),
    _required("differs", Boolean()),
    Column("decision", Json),
    Column("fault", Text()),
    _required("decidedon", UtcDateTime()),
)

# Leads that do not validate, as they came, with what is wrong with them; `releasedon` once they are corrected.
lf_quarantine = Table(
    "lf_quarantine",
    METADATA,
    Column("leadid", Uuid(), primary_key=True),
    _required("submission", Json),
    _required("problems", Json),
    _required("receivedon", UtcDateTime(), index=True),
    Column("releasedon", UtcDateTime()),
)

# The option sets in force, with an organisation's own options, for reports and other readers of the database.
lf_option = Table(
    "lf_option",
    METADATA,
    Column("optionset", String(64), primary_key=True),
    Column("value", Integer(), primary_key=True, autoincrement=False),
    _required("label", Text()),
    Column("state", Integer()),
    _required("displayorder", Integer()),
)
