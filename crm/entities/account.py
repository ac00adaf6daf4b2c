"""Account: a company that is or may become a customer. Attributes after Microsoft's account entity reference."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from crm.attributes import (
    Format,
    RequiredLevel,
    boolean,
    date_time,
    email,
    integer,
    key,
    lookup,
    memo,
    money,
    phone,
    picklist,
    state,
    status,
    text,
)
from crm.entities.parts import (
    READ_ONLY,
    REFUSED,
    Address1,
    Address2,
    Audited,
    ContactPreferences,
    Imported,
    Owned,
    Priced,
)


class AccountCompany(Audited):
    """Who the company is, and how to reach it."""

    name: str | None = text(160, required=RequiredLevel.APPLICATION, index=True)
    yominame: str | None = text(160)
    accountnumber: str | None = text(20, index=True)
    description: str | None = memo()
    emailaddress1: str | None = email(index=True)
    emailaddress2: str | None = email()
    emailaddress3: str | None = email()
    telephone1: str | None = phone()
    telephone2: str | None = phone()
    telephone3: str | None = phone()
    fax: str | None = phone()
    websiteurl: str | None = text(200, Format.URL)
    ftpsiteurl: str | None = text(200, Format.URL)
    address1_name: str | None = text(200)
    address1_primarycontactname: str | None = text(100)
    address2_name: str | None = text(200)
    address2_primarycontactname: str | None = text(100)


class AccountBusiness(Audited):
    """What the company does, and how large it is."""

    customertypecode: int | None = picklist("customertypecode")
    industrycode: int | None = picklist("industrycode")
    ownershipcode: int | None = picklist("ownershipcode")
    sic: str | None = text(20)
    stockexchange: str | None = text(20)
    tickersymbol: str | None = text(10)
    numberofemployees: int | None = integer(0, 10**9)
    sharesoutstanding: int | None = integer(0, 10**9)
    revenue: Decimal | None = money(0, 10**14)
    revenue_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    creditlimit: Decimal | None = money(0, 10**14)
    creditlimit_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    creditonhold: bool = boolean(default=False)
    marketcap: Decimal | None = money(0, 10**14)
    marketcap_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    donotbulkpostalmail: bool = boolean(default=False, labels=REFUSED)
    participatesinworkflow: bool = boolean(default=False)
    lastusedincampaign: datetime | None = date_time(create=False)


class AccountRelations(Audited):
    """What the company is linked to. `originatingleadid` is the lead that it came from."""

    parentaccountid: UUID | None = lookup("account", index=True)
    primarycontactid: UUID | None = lookup("contact")
    originatingleadid: UUID | None = lookup("lead", index=True)
    preferredsystemuserid: UUID | None = lookup("systemuser")
    masterid: UUID | None = lookup("account", **READ_ONLY)
    merged: bool = boolean(default=False, **READ_ONLY)


class Account(
    AccountCompany,
    AccountBusiness,
    AccountRelations,
    Address1,
    Address2,
    ContactPreferences,
    Priced,
    Owned,
    Imported,
):
    logical_name = "account"
    entity_set = "accounts"
    schema_name = "Account"
    primary_id = "accountid"
    primary_name = "name"

    accountid: UUID = key(uuid4)
    statecode: int = state("account_statecode")
    statuscode: int = status("account_statuscode")
