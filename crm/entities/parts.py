"""Groups of attributes that several entities share. Each group is a fragment of an entity, never one by itself."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.attributes import (
    Format,
    bigint,
    boolean,
    date_time,
    double,
    guid,
    integer,
    lookup,
    memo,
    number,
    owner,
    phone,
    picklist,
    target_type,
    text,
)
from crm.entities.base import Entity

READ_ONLY: dict[str, Any] = {"create": False, "update": False}
REFUSED = ("Allow", "Do Not Allow")  # the labels of what begins with `donot`


class Audited(Entity):
    """Who made and changed the record, and when. `versionnumber` is the source of the ETag."""

    createdon: datetime | None = date_time(**READ_ONLY, index=True)
    modifiedon: datetime | None = date_time(**READ_ONLY)
    createdby: UUID | None = lookup("systemuser", **READ_ONLY)
    modifiedby: UUID | None = lookup("systemuser", **READ_ONLY)
    versionnumber: int | None = bigint(**READ_ONLY)


class Imported(Entity):
    """What a migration may state about a record's origin."""

    overriddencreatedon: datetime | None = date_time(update=False)
    importsequencenumber: int | None = integer(update=False)
    timezoneruleversionnumber: int | None = integer(minimum=-1)
    utcconversiontimezonecode: int | None = integer(minimum=-1)


class Owned(Entity):
    """User-owned records. The owning columns follow `ownerid`."""

    ownerid: UUID | None = owner()
    owneridtype: str | None = target_type()
    owninguser: UUID | None = lookup("systemuser", **READ_ONLY)
    owningteam: UUID | None = lookup("team", **READ_ONLY)
    owningbusinessunit: UUID | None = lookup("businessunit", **READ_ONLY, index=True)


class Priced(Entity):
    """Records with money: its currency, and the rate to the base currency on the day of writing."""

    transactioncurrencyid: UUID | None = lookup("transactioncurrency")
    exchangerate: Decimal | None = number(Decimal("1e-10"), Decimal("1e11"), 10, **READ_ONLY)


class ContactPreferences(Entity):
    donotbulkemail: bool = boolean(default=False, labels=REFUSED)
    donotemail: bool = boolean(default=False, labels=REFUSED)
    donotfax: bool = boolean(default=False, labels=REFUSED)
    donotphone: bool = boolean(default=False, labels=REFUSED)
    donotpostalmail: bool = boolean(default=False, labels=REFUSED)
    donotsendmm: bool = boolean(default=False, labels=("Send", "Do Not Send"))
    followemail: bool = boolean(default=True, labels=("Do Not Allow", "Allow"))
    preferredcontactmethodcode: int | None = picklist("preferredcontactmethodcode", default=1)


class Address1(Entity):
    address1_addressid: UUID | None = guid()
    address1_addresstypecode: int | None = picklist("addresstypecode")
    address1_name: str | None = text(100)
    address1_line1: str | None = text(250)
    address1_line2: str | None = text(250)
    address1_line3: str | None = text(250)
    address1_city: str | None = text(80)
    address1_stateorprovince: str | None = text(50)
    address1_county: str | None = text(50)
    address1_country: str | None = text(80, Format.COUNTRY)
    address1_postalcode: str | None = text(20)
    address1_postofficebox: str | None = text(20)
    address1_telephone1: str | None = phone()
    address1_telephone2: str | None = phone()
    address1_telephone3: str | None = phone()
    address1_fax: str | None = phone()
    address1_latitude: float | None = double(-90, 90, 5)
    address1_longitude: float | None = double(-180, 180, 5)
    address1_shippingmethodcode: int | None = picklist("shippingmethodcode")
    address1_upszone: str | None = text(4)
    address1_utcoffset: int | None = integer(-1500, 1500)
    address1_composite: str | None = memo(1000, **READ_ONLY)


class Address2(Entity):
    address2_addressid: UUID | None = guid()
    address2_addresstypecode: int | None = picklist("addresstypecode")
    address2_name: str | None = text(100)
    address2_line1: str | None = text(250)
    address2_line2: str | None = text(250)
    address2_line3: str | None = text(250)
    address2_city: str | None = text(80)
    address2_stateorprovince: str | None = text(50)
    address2_county: str | None = text(50)
    address2_country: str | None = text(80, Format.COUNTRY)
    address2_postalcode: str | None = text(20)
    address2_postofficebox: str | None = text(20)
    address2_telephone1: str | None = phone()
    address2_telephone2: str | None = phone()
    address2_telephone3: str | None = phone()
    address2_fax: str | None = phone()
    address2_latitude: float | None = double(-90, 90, 5)
    address2_longitude: float | None = double(-180, 180, 5)
    address2_shippingmethodcode: int | None = picklist("shippingmethodcode")
    address2_upszone: str | None = text(4)
    address2_utcoffset: int | None = integer(-1500, 1500)
    address2_composite: str | None = memo(1000, **READ_ONLY)
