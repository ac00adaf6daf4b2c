"""Which attributes of a lead go to the account, contact and opportunity that qualification creates.

Rows follow Microsoft's lead qualification map (docs/dataverse.md lists the sources). A row that is one name stands for
the same attribute on both sides; a pair is (lead attribute, target attribute). States are never copied.
"""

from typing import Any

from crm.entities.lead import Lead

Row = str | tuple[str, str]

_ADDRESS: tuple[Row, ...] = tuple(
    f"address1_{part}"
    for part in (
        "line1",
        "line2",
        "line3",
        "city",
        "stateorprovince",
        "county",
        "postalcode",
        "postofficebox",
        "country",
    )
)
_PREFERENCES: tuple[Row, ...] = (
    "donotbulkemail",
    "donotemail",
    "donotfax",
    "donotphone",
    "donotpostalmail",
    "donotsendmm",
    "preferredcontactmethodcode",
)

QUALIFICATION_MAP: dict[str, tuple[Row, ...]] = {
    "account": (
        ("companyname", "name"),
        ("yomicompanyname", "yominame"),
        "websiteurl",
        "telephone1",
        ("telephone1", "address1_telephone1"),
        "telephone2",
        "fax",
        "emailaddress1",
        "sic",
        "description",
        "revenue",
        "industrycode",
        "numberofemployees",
        "transactioncurrencyid",
        *_ADDRESS,
        *_PREFERENCES,
    ),
    "contact": (
        "firstname",
        "middlename",
        "lastname",
        "yomifirstname",
        "yomimiddlename",
        "yomilastname",
        "salutation",
        "jobtitle",
        "websiteurl",
        "telephone1",
        "telephone2",
        "telephone3",
        "mobilephone",
        "pager",
        "fax",
        "emailaddress1",
        "emailaddress2",
        "emailaddress3",
        "description",
        "transactioncurrencyid",
        *_ADDRESS,
        *_PREFERENCES,
    ),
    "opportunity": (
        ("subject", "name"),
        "description",
        "qualificationcomments",
        "campaignid",
        "estimatedclosedate",
        "budgetamount",
        "budgetstatus",
        "need",
        "purchaseprocess",
        "purchasetimeframe",
        "initialcommunication",
        ("estimatedamount", "estimatedvalue"),
        ("leadqualitycode", "opportunityratingcode"),
    ),
}


def mapped_values(lead: Lead, entity: str) -> dict[str, Any]:
    """The attributes of a new `entity` record that come from the lead; absent ones are left out."""
    pairs = ((row, row) if isinstance(row, str) else row for row in QUALIFICATION_MAP[entity])
    values = ((target, getattr(lead, source)) for source, target in pairs)
    return {target: value for target, value in values if value is not None}
