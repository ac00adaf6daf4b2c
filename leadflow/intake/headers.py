"""The headers that CRM systems and spreadsheets usually give their columns, and what they mean for a lead."""

from functools import cache

_HEADERS: dict[str, tuple[str, ...]] = {
    "salutation": ("Salutation",),
    "firstname": ("First Name", "Given Name", "Forename"),
    "middlename": ("Middle Name",),
    "lastname": ("Last Name", "Surname", "Family Name"),
    "companyname": ("Company", "Company Name", "Account Name", "Organisation", "Organization"),
    "jobtitle": ("Job Title", "Title", "Position"),
    "subject": ("Topic", "Subject"),
    "description": ("Description", "Notes", "Comments", "Message"),
    "emailaddress1": ("Email", "Email 1", "Email Address", "Business Email", "Work Email"),
    "emailaddress2": ("Email 2", "Email Address 2"),
    "emailaddress3": ("Email 3", "Email Address 3"),
    "telephone1": ("Phone", "Phone 1", "Phone Number", "Telephone", "Business Phone", "Work Phone"),
    "telephone2": ("Phone 2", "Home Phone"),
    "telephone3": ("Phone 3", "Other Phone"),
    "mobilephone": ("Mobile", "Mobile Phone", "Cell Phone"),
    "fax": ("Fax",),
    "websiteurl": ("Website", "URL"),
    "address1_line1": ("Street", "Street 1", "Address", "Address 1"),
    "address1_line2": ("Street 2", "Address 2"),
    "address1_city": ("City", "Town"),
    "address1_stateorprovince": ("State", "Province", "State/Province"),
    "address1_postalcode": ("Postal Code", "Postcode", "ZIP", "ZIP Code", "ZIP/Postal Code"),
    "address1_country": ("Country", "Country/Region"),
    "industrycode": ("Industry",),
    "numberofemployees": ("Employees", "No. of Employees", "Number of Employees"),
    "revenue": ("Revenue", "Annual Revenue"),
    "leadsourcecode": ("Lead Source",),
    "leadqualitycode": ("Rating",),
    "estimatedamount": ("Est. Value", "Estimated Value", "Estimated Amount"),
    "budgetamount": ("Budget", "Budget Amount"),
    "externalid": ("External Id", "Lead Id", "Record Id"),
    "source": ("Source",),
    "business_unit": ("Business Unit",),
    "channel_partner": ("Channel Partner", "Partner"),
    "campaign": ("Campaign", "Source Campaign"),
    "received_on": ("Received On", "Received", "Created On", "Created", "Created Date"),
}


def target_of_header(header: str) -> str | None:
    """The target of a usual header, in any case and punctuation; None for any other."""
    return _targets_by_key().get(_key(header))


def _key(header: str) -> str:
    return "".join(char for char in header.casefold() if char.isalnum())


@cache
def _targets_by_key() -> dict[str, str]:
    return {_key(header): target for target, headers in _HEADERS.items() for header in headers}
