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
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from crm.store.tables import METADATA as METADATA
from crm.store.tables import TABLES
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
    Column("lf_routingdecisionid", Uuid(), primary_key=True),
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
    Column("lf_assignmentid", Uuid(), index=True, unique=True),
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
    Column("acceptedon", UtcDateTime()),
    _required("breaches", Integer(), default=0),
)

# A team's turns taken so far; and by user what each member's last one was, what credit they have, and what they are
# owed. It does not hang on the membership: who leaves and comes back, or a directory that is applied again, changes no
# turn.
lf_pool = Table(
    "lf_pool",
    METADATA,
    Column("teamid", Uuid(), primary_key=True),
    _required("turns", BigInteger()),
    _required("members", Json, default=dict),
)

# What happened between a lead and channel partners (`crm.store.partners.offers`), one row an event, each lead's
# numbered from 1. Rows are never changed or deleted; the database refuses it. `registeredfor` is in seconds.
lf_offer = Table(
    "lf_offer",
    METADATA,
    Column("leadid", Uuid(), primary_key=True),
    Column("number", Integer(), primary_key=True, autoincrement=False),
    _required("partnerid", Uuid(), index=True),
    _required("event", String(16)),
    _required("on", UtcDateTime()),
    Column("until", UtcDateTime()),
    Column("registeredfor", BigInteger()),
    Column("actor", String(100)),
    Column("reason", Text()),
)

# Which company belongs to which channel partner, since when and until when. `endedon` where it ended before.
lf_registration = Table(
    "lf_registration",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("companykey", String(100), index=True),
    _required("partnerid", Uuid(), index=True),
    _required("leadid", Uuid(), index=True),
    _required("registeredon", UtcDateTime()),
    _required("until", UtcDateTime()),
    Column("endedon", UtcDateTime()),
)

# Absences that were entered by hand, beside those of the directory file: whole days, the first and last included.
lf_absence = Table(
    "lf_absence",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("systemuserid", Uuid(), index=True),
    _required("firstday", Date()),
    _required("lastday", Date()),
    Column("reason", Text()),
    _required("enteredon", UtcDateTime()),
    Column("cancelledon", UtcDateTime()),
)

# Who changed what about the people who get leads. Rows are only added.
lf_rosterchange = Table(
    "lf_rosterchange",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("systemuserid", Uuid(), index=True),
    _required("change", String(32)),
    _required("detail", Text()),
    Column("actor", String(100)),
    _required("on", UtcDateTime()),
)

# Under which short keys a lead is looked for when a similar one comes in.
lf_matchkey = Table(
    "lf_matchkey",
    METADATA,
    Column("key", String(100), primary_key=True),
    Column("leadid", Uuid(), primary_key=True, index=True),
)

# What happened to leads, for the sinks: written with the step itself, delivered afterwards (`crm.store.sinks.outbox`).
# `number` is the event's place in the lead's timeline. A delivery that a worker is busy with is pending, and due again
# only when its time is over.
lf_outbox = Table(
    "lf_outbox",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    _required("leadid", Uuid()),
    _required("number", Integer()),
    _required("event", String(64)),
    _required("payload", Json),
    _required("on", UtcDateTime(), index=True),
    UniqueConstraint("leadid", "number"),
)
lf_delivery = Table(
    "lf_delivery",
    METADATA,
    Column("outboxid", Uuid(), primary_key=True),
    Column("sink", String(64), primary_key=True),
    _required("state", String(16)),
    _required("attempts", Integer(), default=0),
    _required("queuedon", UtcDateTime()),
    _required("nexton", UtcDateTime()),
    Column("triedon", UtcDateTime()),
    Column("outcome", Text()),
    Index("ix_lf_delivery_sink_state_nexton", "sink", "state", "nexton"),
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

TABLES.update({table.name: table for table in (lf_routingdecision, lf_assignment)})
