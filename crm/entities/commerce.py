"""Campaigns that bring leads, and the currencies that money is in."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from crm.attributes import (
    RequiredLevel,
    boolean,
    date_time,
    integer,
    key,
    memo,
    money,
    number,
    picklist,
    state,
    status,
    text,
)
from crm.entities.parts import READ_ONLY, Audited, Imported, Owned, Priced


class Campaign(Audited, Priced, Owned, Imported):
    logical_name = "campaign"
    entity_set = "campaigns"
    schema_name = "Campaign"
    primary_id = "campaignid"
    primary_name = "name"

    campaignid: UUID = key(uuid4)
    name: str | None = text(128, required=RequiredLevel.APPLICATION)
    codename: str | None = text(32, index=True)
    promotioncodename: str | None = text(128)
    message: str | None = text(256)
    description: str | None = memo()
    objective: str | None = memo()
    typecode: int | None = picklist("campaigntypecode")
    istemplate: bool = boolean(default=False, update=False)
    proposedstart: datetime | None = date_time()
    proposedend: datetime | None = date_time()
    actualstart: datetime | None = date_time()
    actualend: datetime | None = date_time()
    expectedresponse: int | None = integer(0, 10**9)
    expectedrevenue: Decimal | None = money()
    expectedrevenue_base: Decimal | None = money(precision=4, **READ_ONLY)
    budgetedcost: Decimal | None = money()
    budgetedcost_base: Decimal | None = money(precision=4, **READ_ONLY)
    othercost: Decimal | None = money()
    othercost_base: Decimal | None = money(precision=4, **READ_ONLY)
    lf_key: str | None = text(64, unique=True)
    statecode: int = state("campaign_statecode")
    statuscode: int = status("campaign_statuscode", default=0)


class TransactionCurrency(Audited, Imported):
    """A currency. `exchangerate` is how much of it one unit of the base currency buys (1 for the base currency)."""

    logical_name = "transactioncurrency"
    entity_set = "transactioncurrencies"
    schema_name = "TransactionCurrency"
    primary_id = "transactioncurrencyid"
    primary_name = "currencyname"
    alternate_keys = (("isocurrencycode",),)

    transactioncurrencyid: UUID = key(uuid4)
    isocurrencycode: str | None = text(5, required=RequiredLevel.SYSTEM, update=False)
    currencyname: str | None = text(100, required=RequiredLevel.SYSTEM)
    currencysymbol: str | None = text(13, required=RequiredLevel.SYSTEM)
    currencyprecision: int = integer(0, 4, default=2)
    exchangerate: Decimal | None = number(Decimal("1e-10"), Decimal("1e11"), 10, required=RequiredLevel.SYSTEM)
    statecode: int = state("transactioncurrency_statecode")
    statuscode: int = status("transactioncurrency_statuscode")
