"""What routing leaves behind, for readers: each decision, and each time that somebody got a lead.

Steps of leads' workflows write these records (`crm.store.service_tables` has their tables); nobody else does.
"""

from datetime import datetime
from uuid import UUID, uuid4

from crm.attributes import bigint, boolean, date_time, integer, key, lookup, memo, owner, target_type, text
from crm.entities.base import Entity
from crm.entities.parts import READ_ONLY


class RoutingDecision(Entity):
    """Why a lead went where it went. `decision` is the whole decision as JSON."""

    logical_name = "lf_routingdecision"
    entity_set = "lf_routingdecisions"
    schema_name = "lf_RoutingDecision"
    primary_id = "lf_routingdecisionid"
    primary_name = "rule"
    read_only = True
    own_table = False

    lf_routingdecisionid: UUID = key(uuid4)
    leadid: UUID | None = lookup("lead", **READ_ONLY)
    step: str | None = text(255, **READ_ONLY)
    digest: str | None = text(64, **READ_ONLY)
    file: str | None = text(1000, **READ_ONLY)
    rule: str | None = text(64, **READ_ONLY)
    unmatched: bool = boolean(default=False, **READ_ONLY)
    disagreement: bool = boolean(default=False, **READ_ONLY)
    decision: str | None = memo(1_073_741_823, **READ_ONLY)
    decidedon: datetime | None = date_time(**READ_ONLY)


class Assignment(Entity):
    """That somebody got a lead, through which team and on which turn, and when and why it ended."""

    logical_name = "lf_assignment"
    entity_set = "lf_assignments"
    schema_name = "lf_Assignment"
    primary_id = "lf_assignmentid"
    primary_name = "reason"
    read_only = True
    own_table = False

    lf_assignmentid: UUID = key(uuid4)
    leadid: UUID | None = lookup("lead", **READ_ONLY)
    step: str | None = text(255, **READ_ONLY)
    ownerid: UUID | None = owner(**READ_ONLY)
    owneridtype: str | None = target_type()
    teamid: UUID | None = lookup("team", **READ_ONLY)
    queueid: UUID | None = lookup("queue", **READ_ONLY)
    strategy: str | None = text(32, **READ_ONLY)
    turn: int | None = bigint(**READ_ONLY)
    reason: str | None = text(4000, **READ_ONLY)
    assignedon: datetime | None = date_time(**READ_ONLY)
    endedon: datetime | None = date_time(**READ_ONLY)
    endreason: str | None = text(4000, **READ_ONLY)
    acceptedon: datetime | None = date_time(**READ_ONLY)
    breaches: int = integer(0, default=0, **READ_ONLY)
