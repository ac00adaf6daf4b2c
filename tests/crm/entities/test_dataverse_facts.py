"""Sets, keys, lengths, limits and status reasons are Dataverse's, as Microsoft's entity references state them."""

from decimal import Decimal

import pytest

from crm.attributes import AttributeType, RequiredLevel
from crm.choices import standard_choices
from crm.entities import ENTITIES

# logical name: entity set, primary id, primary name
IDENTITIES = {
    "lead": ("leads", "leadid", "fullname"),
    "account": ("accounts", "accountid", "name"),
    "contact": ("contacts", "contactid", "fullname"),
    "opportunity": ("opportunities", "opportunityid", "name"),
    "businessunit": ("businessunits", "businessunitid", "name"),
    "systemuser": ("systemusers", "systemuserid", "fullname"),
    "team": ("teams", "teamid", "name"),
    "teammembership": ("teammemberships", "teammembershipid", None),
    "queue": ("queues", "queueid", "name"),
    "campaign": ("campaigns", "campaignid", "name"),
    "transactioncurrency": ("transactioncurrencies", "transactioncurrencyid", "currencyname"),
    "contactleads": ("contactleadscollection", "contactleadid", "name"),
    "accountleads": ("accountleadscollection", "accountleadid", "name"),
    "annotation": ("annotations", "annotationid", "subject"),
    "task": ("tasks", "activityid", "subject"),
    "phonecall": ("phonecalls", "activityid", "subject"),
    "email": ("emails", "activityid", "subject"),
    "appointment": ("appointments", "activityid", "subject"),
    "incident": ("incidents", "incidentid", "title"),
    "duplicaterecord": ("duplicaterecords", "duplicateid", None),
    "lf_assignment": ("lf_assignments", "lf_assignmentid", "reason"),
    "lf_routingdecision": ("lf_routingdecisions", "lf_routingdecisionid", "rule"),
    "lf_channelpartner": ("lf_channelpartners", "lf_channelpartnerid", "lf_name"),
}

LENGTHS = """
lead 300 subject
lead 50 firstname middlename lastname telephone1 telephone2 telephone3 fax address1_stateorprovince address2_county
lead 160 fullname
lead 100 salutation jobtitle companyname emailaddress1 emailaddress2 emailaddress3 yomicompanyname address1_name
lead 150 yomifirstname yomimiddlename yomilastname
lead 450 yomifullname
lead 2000 description qualificationcomments
lead 20 mobilephone pager sic address1_postalcode address1_postofficebox
lead 200 websiteurl
lead 250 address1_line1 address1_line2 address1_line3 address2_line1
lead 80 address1_city address1_country address2_city address2_country
lead 4 address1_upszone address2_upszone
lead 1000 address1_composite address2_composite
account 160 name
account 20 accountnumber sic
account 200 websiteurl address1_name
contact 50 firstname middlename lastname mobilephone
contact 160 fullname
contact 100 jobtitle department emailaddress1
opportunity 300 name
opportunity 200 stepname
opportunity 2000 description qualificationcomments
systemuser 256 firstname lastname
systemuser 64 lf_key lf_timezone
team 160 name
businessunit 160 name
queue 200 name
campaign 128 name
campaign 32 codename
transactioncurrency 5 isocurrencycode
transactioncurrency 100 currencyname
transactioncurrency 13 currencysymbol
contactleads 100 name
annotation 500 subject
annotation 100000 notetext
annotation 255 filename
task 200 subject
email 800 subject
incident 200 title
"""

LIMITS = [
    ("lead", "revenue", 0, 10**14),
    ("lead", "estimatedamount", 0, 10**12),
    ("lead", "budgetamount", 0, 10**12),
    ("lead", "numberofemployees", 0, 1_000_000),
    ("lead", "estimatedvalue", 0, 10**9),
    ("lead", "exchangerate", Decimal("1e-10"), Decimal("1e11")),
    ("lead", "address1_latitude", -90, 90),
    ("lead", "address1_utcoffset", -1500, 1500),
    ("account", "numberofemployees", 0, 10**9),
    ("opportunity", "estimatedvalue", 0, 10**12),
    ("opportunity", "closeprobability", 0, 100),
    ("contactleads", "timezoneruleversionnumber", -1, 2**31 - 1),
    ("contactleads", "importsequencenumber", -(2**31), 2**31 - 1),
]

REASONS = {
    "lead": {0: {1, 2}, 1: {3}, 2: {4, 5, 6, 7}},
    "account": {0: {1}, 1: {2}},
    "contact": {0: {1}, 1: {2}},
    "opportunity": {0: {1, 2}, 1: {3}, 2: {4, 5}},
    "incident": {0: {1, 2, 3, 4}, 1: {5, 1000}, 2: {6, 2000}},
    "task": {0: {2, 3, 4, 7}, 1: {5}, 2: {6}},
    "phonecall": {0: {1}, 1: {2, 4}, 2: {3}},
    "email": {0: {1, 8}, 1: {2, 3, 4, 6, 7}, 2: {5}},
    "appointment": {0: {1, 2}, 1: {3}, 2: {4}, 3: {5, 6}},
    "campaign": {0: {0, 1, 2, 3, 4, 5}, 1: {6}},
    "transactioncurrency": {0: {1}, 1: {2}},
    "queue": {0: {1}, 1: {2}},
}

READ_ONLY = [
    ("lead", "fullname"),
    ("lead", "createdon"),
    ("lead", "versionnumber"),
    ("lead", "owninguser"),
    ("lead", "exchangerate"),
    ("lead", "revenue_base"),
    ("lead", "masterid"),
    ("lead", "lf_stage"),
    ("contactleads", "contactid"),
    ("contactleads", "leadid"),
    ("accountleads", "accountid"),
    ("annotation", "filesize"),
]


@pytest.mark.parametrize("name", ENTITIES)
def test_identity(name: str) -> None:
    entity = ENTITIES[name]
    assert (entity.entity_set, entity.primary_id, entity.primary_name) == IDENTITIES[name]


@pytest.mark.parametrize("line", LENGTHS.strip().splitlines())
def test_lengths(line: str) -> None:
    entity, length, *names = line.split()
    attributes = ENTITIES[entity].attributes()
    assert {name: attributes[name].max_length for name in names} == dict.fromkeys(names, int(length))


@pytest.mark.parametrize(("entity", "name", "minimum", "maximum"), LIMITS)
def test_limits(entity: str, name: str, minimum: int | Decimal, maximum: int | Decimal) -> None:
    attribute = ENTITIES[entity].attributes()[name]
    assert (attribute.minimum, attribute.maximum) == (minimum, maximum)


@pytest.mark.parametrize("entity", REASONS)
def test_status_reasons(entity: str) -> None:
    found: dict[int | None, set[int]] = {}
    for option in standard_choices()[f"{entity}_statuscode"].options:
        found.setdefault(option.state, set()).add(option.value)
    assert found == REASONS[entity]


@pytest.mark.parametrize(("entity", "name"), READ_ONLY)
def test_read_only(entity: str, name: str) -> None:
    attribute = ENTITIES[entity].attributes()[name]
    assert (attribute.create, attribute.update) == (False, False)


def test_only_creation_may_state_an_imported_date() -> None:
    attribute = ENTITIES["contactleads"].attributes()["overriddencreatedon"]
    assert (attribute.create, attribute.update) == (True, False)


def test_required_levels() -> None:
    lead = ENTITIES["lead"].attributes()
    levels = {
        name: lead[name].required for name in ("leadid", "ownerid", "statecode", "subject", "lastname", "companyname")
    }
    assert levels == {
        "leadid": RequiredLevel.SYSTEM,
        "ownerid": RequiredLevel.SYSTEM,
        "statecode": RequiredLevel.SYSTEM,
        "subject": RequiredLevel.APPLICATION,
        "lastname": RequiredLevel.APPLICATION,
        "companyname": RequiredLevel.RECOMMENDED,
    }


@pytest.mark.parametrize("entity", ["account", "contact", "opportunity"])
def test_what_a_lead_becomes_remembers_the_lead(entity: str) -> None:
    attribute = ENTITIES[entity].attributes()["originatingleadid"]
    assert (attribute.type, attribute.targets, attribute.index) == (AttributeType.LOOKUP, ("lead",), True)


@pytest.mark.parametrize("entity", ["task", "phonecall", "email", "appointment"])
def test_an_activity_may_regard_any_sales_record(entity: str) -> None:
    regarding = ENTITIES[entity].attributes()["regardingobjectid"]
    assert {"lead", "account", "contact", "opportunity"} <= set(regarding.targets)


def test_the_lead_has_the_attributes_of_the_reference() -> None:
    attributes = ENTITIES["lead"].attributes()
    assert attributes["leadsourcecode"].type is AttributeType.PICKLIST
    assert attributes["estimatedclosedate"].type is AttributeType.DATE_ONLY
    assert attributes["schedulefollowup_prospect"].type is AttributeType.DATE_TIME
    assert attributes["customerid"].targets == ("account", "contact")
    assert attributes["ownerid"].targets == ("systemuser", "team")
    assert attributes["leadqualitycode"].default == 2
    assert attributes["followemail"].default is True and attributes["donotemail"].default is False
