"""How entities hang together: many-to-one by a lookup, many-to-many by an entity of links. All derived from ENTITIES.

A relationship has a name, a navigation property at each end, and says what becomes of one record when the other is
deleted, assigned or merged. Dataverse's names stand in `_NAMES`; a lookup that is not there gets names by the pattern
`<referenced>_<referencing>_<attribute>`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from crm.attributes import Attribute, AttributeType
from crm.entities import ENTITIES, Entity

NO_CASCADE, CASCADE, REMOVE_LINK, RESTRICT = "NoCascade", "Cascade", "RemoveLink", "Restrict"
# Who owns a record, and what unit it is in: nobody's records cannot be reached any more.
_BELONGING = ("owninguser", "owningteam", "owningbusinessunit", "businessunitid", "parentbusinessunitid")
ACTIVITIES = ("task", "phonecall", "email", "appointment")


@dataclass(frozen=True, slots=True)
class CascadeConfiguration:
    """What happens to the referencing records when something is done to the referenced one."""

    assign: str = NO_CASCADE
    delete: str = REMOVE_LINK
    merge: str = NO_CASCADE
    reparent: str = NO_CASCADE
    share: str = NO_CASCADE
    unshare: str = NO_CASCADE


_LOOSE = CascadeConfiguration()
_ORIGIN = CascadeConfiguration(merge=CASCADE)
_PART_OF = CascadeConfiguration(NO_CASCADE, CASCADE, CASCADE, CASCADE, CASCADE, CASCADE)
_LINK = CascadeConfiguration(delete=CASCADE)
_NEEDED = CascadeConfiguration(delete=RESTRICT)
_HISTORY = CascadeConfiguration(delete=NO_CASCADE)


@dataclass(frozen=True, slots=True)
class ManyToOne:
    """A lookup of `referencing` to one of its targets. `navigation` is the property at the many end, `collection` at
    the one end."""

    schema_name: str
    referencing: str
    attribute: str
    referenced: str
    navigation: str
    collection: str
    cascade: CascadeConfiguration = _LOOSE


@dataclass(frozen=True, slots=True)
class ManyToMany:
    """`intersect` holds a row for each pair; its attributes `first_attribute` and `second_attribute` name the two. The
    navigation property has the relationship's name at both ends."""

    schema_name: str
    intersect: str
    first: str
    first_attribute: str
    second: str
    second_attribute: str


class End(StrEnum):
    """Which way a navigation property looks."""

    LOOKUP = "lookup"  # to the one record that a lookup names
    COLLECTION = "collection"  # to the records whose lookup names this one
    LINKED = "linked"  # to the records on the other side of links


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation property of an entity. `target` is the entity that it leads to; an owner's leads to either of two
    (`targets`)."""

    name: str
    end: End
    target: str
    relationship: ManyToOne | ManyToMany
    targets: tuple[str, ...] = ()

    @property
    def is_collection(self) -> bool:
        return self.end is not End.LOOKUP


# (referencing entity, attribute, referenced entity): the relationship's name in Dataverse, also that of the collection.
_NAMES = {
    ("account", "originatingleadid", "lead"): "account_originating_lead",
    ("account", "owningbusinessunit", "businessunit"): "business_unit_accounts",
    ("account", "parentaccountid", "account"): "account_parent_account",
    ("account", "primarycontactid", "contact"): "account_primary_contact",
    ("businessunit", "parentbusinessunitid", "businessunit"): "business_unit_parent_business_unit",
    ("contact", "originatingleadid", "lead"): "contact_originating_lead",
    ("contact", "owningbusinessunit", "businessunit"): "business_unit_contacts",
    ("contact", "parentcustomerid", "account"): "contact_customer_accounts",
    ("contact", "parentcustomerid", "contact"): "contact_customer_contacts",
    ("incident", "customerid", "account"): "incident_customer_accounts",
    ("incident", "customerid", "contact"): "incident_customer_contacts",
    ("incident", "primarycontactid", "contact"): "contact_as_primary_contact",
    ("lead", "campaignid", "campaign"): "campaign_leads",
    ("lead", "customerid", "account"): "lead_customer_accounts",
    ("lead", "customerid", "contact"): "lead_customer_contacts",
    ("lead", "masterid", "lead"): "lead_master_lead",
    ("lead", "originatingcaseid", "incident"): "OriginatingCase_Lead",
    ("lead", "owningbusinessunit", "businessunit"): "business_unit_leads",
    ("lead", "owningteam", "team"): "lead_owning_team",
    ("lead", "owninguser", "systemuser"): "lead_owning_user",
    ("lead", "parentaccountid", "account"): "lead_parent_account",
    ("lead", "parentcontactid", "contact"): "lead_parent_contact",
    ("lead", "qualifyingopportunityid", "opportunity"): "lead_qualifying_opportunity",
    ("lead", "transactioncurrencyid", "transactioncurrency"): "transactioncurrency_lead",
    ("opportunity", "campaignid", "campaign"): "campaign_opportunities",
    ("opportunity", "customerid", "account"): "opportunity_customer_accounts",
    ("opportunity", "customerid", "contact"): "opportunity_customer_contacts",
    ("opportunity", "originatingleadid", "lead"): "opportunity_originating_lead",
    ("opportunity", "owningbusinessunit", "businessunit"): "business_unit_opportunities",
    ("opportunity", "parentaccountid", "account"): "opportunity_parent_account",
    ("opportunity", "parentcontactid", "contact"): "opportunity_parent_contact",
    ("systemuser", "businessunitid", "businessunit"): "business_unit_system_users",
    ("team", "businessunitid", "businessunit"): "business_unit_teams",
}
_PLURALS = {"task": "Tasks", "phonecall": "Phonecalls", "email": "Emails", "appointment": "Appointments"}
_MANY_TO_MANY = (
    ManyToMany("accountleads_association", "accountleads", "account", "accountid", "lead", "leadid"),
    ManyToMany("contactleads_association", "contactleads", "contact", "contactid", "lead", "leadid"),
    ManyToMany("teammembership_association", "teammembership", "systemuser", "systemuserid", "team", "teamid"),
)


@cache
def many_to_one() -> tuple[ManyToOne, ...]:
    """Every relationship that a lookup makes, by referencing entity and attribute in the order of declaration."""
    intersects = {relationship.intersect for relationship in _MANY_TO_MANY}
    return tuple(
        _relationship(entity, name, attribute, target)
        for entity in ENTITIES.values()
        if entity.logical_name not in intersects
        for name, attribute in entity.attributes().items()
        if attribute.type is not AttributeType.OWNER
        for target in attribute.targets
    )


def many_to_many() -> tuple[ManyToMany, ...]:
    return _MANY_TO_MANY


@cache
def navigations(entity: str) -> Mapping[str, Navigation]:
    """The navigation properties of an entity (by logical name), by name."""
    return MappingProxyType({navigation.name: navigation for navigation in _navigations(entity)})


def _navigations(entity: str) -> Iterator[Navigation]:
    for one in many_to_one():
        if one.referencing == entity:
            yield Navigation(one.navigation, End.LOOKUP, one.referenced, one)
        if one.referenced == entity:
            yield Navigation(one.collection, End.COLLECTION, one.referencing, one)
    for many in _MANY_TO_MANY:
        if entity == many.first:
            yield Navigation(many.schema_name, End.LINKED, many.second, many)
        if entity == many.second:
            yield Navigation(many.schema_name, End.LINKED, many.first, many)
    owner = ENTITIES[entity].attributes().get("ownerid")
    if owner is not None:
        of_user = ManyToOne(f"owner_{entity}s", entity, "ownerid", "systemuser", "ownerid", f"owner_{entity}s")
        yield Navigation("ownerid", End.LOOKUP, "systemuser", of_user, owner.targets)


def _relationship(entity: type[Entity], name: str, attribute: Attribute, target: str) -> ManyToOne:
    referencing = entity.logical_name
    schema_name = _schema_name(referencing, name, target)
    navigation = f"{name}_{target}" if len(attribute.targets) > 1 else name
    if name == "regardingobjectid":
        navigation = f"{navigation}_{referencing}"
    return ManyToOne(
        schema_name, referencing, name, target, navigation, schema_name, _cascade(referencing, name, target)
    )


def _schema_name(referencing: str, name: str, target: str) -> str:
    if (referencing, name, target) in _NAMES:
        return _NAMES[referencing, name, target]
    if name == "regardingobjectid":
        return f"{ENTITIES[target].schema_name}_{_PLURALS[referencing]}"
    if name == "objectid":
        return f"{ENTITIES[target].schema_name}_Annotation"
    if name in ("createdby", "modifiedby"):
        return f"lk_{referencing}_{name}"
    return f"{target}_{referencing}_{name}"


def _cascade(referencing: str, name: str, target: str) -> CascadeConfiguration:
    if name in ("regardingobjectid", "objectid"):
        return _PART_OF
    if name == "originatingleadid":
        return _ORIGIN
    if not ENTITIES[referencing].own_table:
        return _LINK if target == "lead" else _HISTORY
    if referencing == "duplicaterecord":
        return _LINK
    if name in _BELONGING:
        return _NEEDED
    return _LOOSE
