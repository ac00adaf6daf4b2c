"""Candidate rules that decide beside the live ones: which, since when, and what they would have done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Select, and_, func, insert, select, update

from crm.errors import NotFound, StateConflict
from crm.store.database import one_at_a_time
from crm.store.service_tables import lf_routingdecision, lf_shadow, lf_shadowdecision

_LIVE = lf_routingdecision
_BESIDE = lf_shadowdecision


@dataclass(frozen=True, slots=True)
class Shadow:
    """One trial of a rule set. `name` is what its starter called it; `stoppedon` is None while it decides."""

    id: UUID
    digest: str
    name: str
    startedon: datetime
    stoppedon: datetime | None


@dataclass(frozen=True, slots=True)
class ShadowCounts:
    """Live decisions since the start, those that the shadow made too, those that differ, and its faults."""

    live: int
    compared: int
    different: int
    faults: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A lead's live decision and the shadow's, as they were kept; `decision` is None where the shadow failed."""

    leadid: UUID
    decidedon: datetime
    live: dict[str, Any]
    decision: dict[str, Any] | None
    fault: str | None


def start(connection: Connection, digest: str, name: str, on: datetime) -> Shadow:
    """Begin a trial. Raises StateConflict while another one runs."""
    one_at_a_time(connection, "shadow")
    running = active(connection)
    if running is not None:
        raise StateConflict(f"'{running.name}' runs in the shadow already; stop it first: leadflow rules shadow stop")
    shadow = Shadow(uuid4(), digest, name, on, None)
    values = {"id": shadow.id, "digest": digest, "name": name, "startedon": on}
    connection.execute(insert(lf_shadow), values)
    return shadow


def stop(connection: Connection, on: datetime) -> Shadow:
    """End the trial that runs. Raises NotFound where none does."""
    running = active(connection)
    if running is None:
        raise NotFound("No rules run in the shadow.")
    connection.execute(update(lf_shadow).where(lf_shadow.c.id == running.id).values(stoppedon=on))
    return Shadow(running.id, running.digest, running.name, running.startedon, on)


def active(connection: Connection) -> Shadow | None:
    """The trial that runs, if one does."""
    return _found(connection, select(lf_shadow).where(lf_shadow.c.stoppedon.is_(None)))


def newest(connection: Connection) -> Shadow:
    """The trial that runs, else the one that was started last. Raises NotFound where there never was one."""
    found = _found(connection, select(lf_shadow).order_by(lf_shadow.c.startedon.desc()).limit(1))
    if found is None:
        raise NotFound("No rules ever ran in the shadow; start some with: leadflow rules shadow start <folder>")
    return found


def record(
    connection: Connection,
    shadow: UUID,
    leadid: UUID,
    step: str,
    on: datetime,
    *,
    differs: bool,
    decision: Mapping[str, Any] | None,
    fault: str | None = None,
) -> None:
    """Keep what the shadow says of one live decision. `decision` is kept where it differs."""
    values = {
        "shadowid": shadow, "leadid": leadid, "step": step, "differs": differs, "decision": decision, "fault": fault,
        "decidedon": on,
    }  # fmt: skip
    connection.execute(insert(_BESIDE), values)


def counts(connection: Connection, shadow: Shadow) -> ShadowCounts:
    period = [_LIVE.c.decidedon >= shadow.startedon]
    if shadow.stoppedon is not None:
        period.append(_LIVE.c.decidedon <= shadow.stoppedon)
    live = connection.execute(select(func.count()).select_from(_LIVE).where(*period)).scalar_one()
    beside = connection.execute(
        select(
            func.count(),
            func.count().filter(_BESIDE.c.differs),
            func.count().filter(_BESIDE.c.fault.is_not(None)),
        ).where(_BESIDE.c.shadowid == shadow.id)
    ).one()
    return ShadowCounts(live, *beside)


def differences(connection: Connection, shadow: Shadow) -> Sequence[Difference]:
    """Every live decision that the shadow would have made otherwise or failed at, oldest first."""
    same = and_(_LIVE.c.leadid == _BESIDE.c.leadid, _LIVE.c.step == _BESIDE.c.step)
    query = (
        select(_BESIDE.c.leadid, _BESIDE.c.decidedon, _LIVE.c.decision, _BESIDE.c.decision, _BESIDE.c.fault)
        .join(_LIVE, same)
        .where(_BESIDE.c.shadowid == shadow.id, _BESIDE.c.differs | _BESIDE.c.fault.is_not(None))
        .order_by(_BESIDE.c.decidedon, _BESIDE.c.leadid)
    )
    return [Difference(*row) for row in connection.execute(query)]


def _found(connection: Connection, query: Select[Any]) -> Shadow | None:
    row = connection.execute(query).first()
    return Shadow(*row) if row else None
