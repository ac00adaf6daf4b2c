"""How channel partners answer what they are offered: the offers of a period, and what became of each."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from crm.store.partners.offers import OfferEvent
from crm.store.service_tables import lf_offer
from crm.store.tables import TABLES

ANSWERS = (OfferEvent.ACCEPTED, OfferEvent.DECLINED)
ENDINGS = (*ANSWERS, OfferEvent.EXPIRED, OfferEvent.WITHDRAWN)
_PARTNER = TABLES["lf_channelpartner"]


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """One partner. `open` offers have no end yet. `acceptance_rate` is accepted by all that were accepted, declined or
    left to expire, 0 to 1; `median_time_to_answer` is that of accepting or declining. Both are None where there is
    none."""

    partner: str
    name: str
    offered: int
    open: int
    accepted: int
    declined: int
    expired: int
    withdrawn: int
    acceptance_rate: float | None
    median_time_to_answer: timedelta | None


@dataclass(frozen=True, slots=True)
class _Offer:
    """One offer, how it ended (None: not yet), and after how many seconds."""

    partnerid: UUID
    ending: str | None
    seconds: float


def partner_report(connection: Connection, *, start: datetime, end: datetime) -> list[PartnerRow]:
    """The offers made from `start` until before `end`; the partners with the most first. Later answers count."""
    offers = defaultdict(list)
    for offer in _offers(connection, start, end):
        offers[offer.partnerid].append(offer)
    query = select(_PARTNER.c.lf_channelpartnerid, _PARTNER.c.lf_key, _PARTNER.c.lf_name)
    names = {row.lf_channelpartnerid: row for row in connection.execute(query.where(_PARTNER.c.lf_key.is_not(None)))}
    rows = [_row(names[partner].lf_key, names[partner].lf_name or "", made) for partner, made in offers.items()]
    return sorted(rows, key=lambda row: (-row.offered, row.partner))


def _offers(connection: Connection, start: datetime, end: datetime) -> list[_Offer]:
    """Each offer ends with the next event of its lead and partner that ends one."""
    query = select(lf_offer.c.leadid, lf_offer.c.partnerid, lf_offer.c.event, lf_offer.c.on).where(
        lf_offer.c.on >= start, lf_offer.c.event.in_((OfferEvent.OFFERED, *ENDINGS))
    )
    waiting: dict[tuple[UUID, UUID], Any] = {}
    found = []
    for row in connection.execute(query.order_by(lf_offer.c.leadid, lf_offer.c.number)):
        of = (row.leadid, row.partnerid)
        if row.event == OfferEvent.OFFERED:
            waiting[of] = row
        elif made := waiting.pop(of, None):
            found.append((made, row.event, (row.on - made.on).total_seconds()))
    found += [(made, None, 0.0) for made in waiting.values()]
    return [_Offer(made.partnerid, ending, seconds) for made, ending, seconds in found if made.on < end]


def _row(partner: str, name: str, offers: list[_Offer]) -> PartnerRow:
    endings = Counter(offer.ending for offer in offers)
    accepted, declined = endings[OfferEvent.ACCEPTED], endings[OfferEvent.DECLINED]
    expired = endings[OfferEvent.EXPIRED]
    decided = accepted + declined + expired
    times = [offer.seconds for offer in offers if offer.ending in ANSWERS]
    return PartnerRow(
        partner=partner,
        name=name,
        offered=len(offers),
        open=endings[None],
        accepted=accepted,
        declined=declined,
        expired=expired,
        withdrawn=endings[OfferEvent.WITHDRAWN],
        acceptance_rate=accepted / decided if decided else None,
        median_time_to_answer=timedelta(seconds=median(times)) if times else None,
    )
