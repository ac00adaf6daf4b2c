"""Contact: a person, usually at an account. Attributes after Microsoft's contact entity reference."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from crm.attributes import (
    Format,
    RequiredLevel,
    boolean,
    customer,
    date_only,
    date_time,
    email,
    key,
    lookup,
    memo,
    money,
    phone,
    picklist,
    state,
    status,
    target_type,
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


class ContactPerson(Audited):
    """Who the person is."""

    salutation: str | None = text(100)
    firstname: str | None = text(50, required=RequiredLevel.RECOMMENDED)
    middlename: str | None = text(50)
    lastname: str | None = text(50, required=RequiredLevel.APPLICATION, index=True)
    suffix: str | None = text(10)
    nickname: str | None = text(100)
    fullname: str | None = text(160, **READ_ONLY)
    yomifirstname: str | None = text(150)
    yomimiddlename: str | None = text(150)
    yomilastname: str | None = text(150)
    yomifullname: str | None = text(450, **READ_ONLY)
    jobtitle: str | None = text(100)
    department: str | None = text(100)
    managername: str | None = text(100)
    assistantname: str | None = text(100)
    birthdate: date | None = date_only()
    gendercode: int | None = picklist("gendercode")
    description: str | None = memo()


class ContactChannels(Audited):
    """How to reach the person."""

    emailaddress1: str | None = email(index=True)
    emailaddress2: str | None = email()
    emailaddress3: str | None = email()
    telephone1: str | None = phone(index=True)
    telephone2: str | None = phone()
    telephone3: str | None = phone()
    mobilephone: str | None = phone(index=True)
    managerphone: str | None = phone()
    assistantphone: str | None = phone()
    pager: str | None = phone()
    fax: str | None = phone()
    websiteurl: str | None = text(200, Format.URL)
    address1_name: str | None = text(200)
    address1_primarycontactname: str | None = text(100)
    address2_name: str | None = text(200)
    address2_primarycontactname: str | None = text(100)
    donotbulkpostalmail: bool = boolean(default=False, labels=REFUSED)
    participatesinworkflow: bool = boolean(default=False)
    lastusedincampaign: datetime | None = date_time(create=False)


class ContactRelations(Audited):
    """What the person is linked to, and on what terms. `originatingleadid` is the lead that the person came from."""

    parentcustomerid: UUID | None = customer(index=True)
    parentcustomeridtype: str | None = target_type()
    accountid: UUID | None = lookup("account", **READ_ONLY)
    originatingleadid: UUID | None = lookup("lead", index=True)
    preferredsystemuserid: UUID | None = lookup("systemuser")
    leadsourcecode: int | None = picklist("leadsourcecode")
    creditlimit: Decimal | None = money(0, 10**14)
    creditlimit_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    creditonhold: bool = boolean(default=False)
    annualincome: Decimal | None = money(0, 10**14)
    annualincome_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    masterid: UUID | None = lookup("contact", **READ_ONLY)
    merged: bool = boolean(default=False, **READ_ONLY)


class Contact(
    ContactPerson,
    ContactChannels,
    ContactRelations,
    Address1,
    Address2,
    ContactPreferences,
    Priced,
    Owned,
    Imported,
):
    logical_name = "contact"
    entity_set = "contacts"
    schema_name = "Contact"
    primary_id = "contactid"
    primary_name = "fullname"

    contactid: UUID = key(uuid4)
    statecode: int = state("contact_statecode")
    statuscode: int = status("contact_statuscode")
