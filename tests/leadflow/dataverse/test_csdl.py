"""`$metadata` is valid CSDL, and says what the service does: every name in it leads somewhere."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

import pytest

from crm.entities import ENTITIES
from crm.relationships import many_to_one, navigations
from leadflow.dataverse.csdl import metadata_document
from leadflow.dataverse.query.literals import property_name
from tests.leadflow.dataverse.described import Described

NAMESPACE = "Microsoft.Dynamics.CRM"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
SCHEMA = fromstring(metadata_document(descriptions=True)).find(f".//{EDM}Schema")
PRIMITIVE = {
    *("Edm.Boolean", "Edm.Date", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Double", "Edm.Guid", "Edm.Int32"),
    *("Edm.Int64", "Edm.String"),
}
# Microsoft's QualifyLead reference: name, type, nullable.
QUALIFY_LEAD = [
    ("CreateAccount", "Edm.Boolean", "false"),
    ("CreateContact", "Edm.Boolean", "false"),
    ("CreateOpportunity", "Edm.Boolean", "false"),
    ("OpportunityCurrencyId", "mscrm.transactioncurrency", "true"),
    ("OpportunityCustomerId", "mscrm.crmbaseentity", "true"),
    ("SourceCampaignId", "mscrm.campaign", "true"),
    ("Status", "Edm.Int32", "false"),
    ("ProcessInstanceId", "mscrm.crmbaseentity", "true"),
]


def all_of(kind: str, parent: Element | None = SCHEMA) -> list[Element]:
    assert parent is not None
    return parent.findall(f"{EDM}{kind}")


def named(kind: str, name: str, parent: Element | None = SCHEMA) -> Element:
    (found,) = (one for one in all_of(kind, parent) if one.get("Name") == name)
    return found


def plain(kind: str) -> str:
    """A type without its collection, its namespace or alias."""
    return kind.removeprefix("Collection(").removesuffix(")").removeprefix("mscrm.").removeprefix(f"{NAMESPACE}.")


def container() -> Element:
    (found,) = all_of("EntityContainer")
    return found


def types() -> dict[str, Element]:
    return {one.attrib["Name"]: one for one in all_of("EntityType")}


def members(kind: Element) -> Iterator[Element]:
    yield from all_of("Property", kind)
    yield from all_of("NavigationProperty", kind)


def test_names_are_unique() -> None:
    kinds = ("EntityType", "ComplexType", "EnumType", "EntityContainer")
    operations = {one.attrib["Name"] for kind in ("Action", "Function") for one in all_of(kind)}
    names = Counter(one.attrib["Name"] for kind in kinds for one in all_of(kind)) + Counter(operations)
    assert [name for name, number in names.items() if number > 1] == []
    for parent in (*all_of("EntityType"), *all_of("ComplexType"), container()):
        counted = Counter(one.get("Name") for one in parent if one.get("Name"))
        assert [name for name, number in counted.items() if number > 1] == [], parent.get("Name")


def test_overloads_differ_in_what_they_are_bound_to() -> None:
    bound = [
        (one.get("Name"), all_of("Parameter", one)[0].get("Type")) for one in all_of("Action") if one.get("IsBound")
    ]
    assert len(set(bound)) == len(bound)


def test_every_type_resolves() -> None:
    assert SCHEMA is not None
    known = {one.get("Name") for kind in ("EntityType", "ComplexType", "EnumType") for one in all_of(kind)}
    used = {
        plain(one.attrib[attribute])
        for one in SCHEMA.iter()
        for attribute in ("Type", "BaseType", "EntityType")
        if attribute in one.attrib and not one.tag.endswith("Record")
    }
    assert used - known - PRIMITIVE == set()


def test_partners_are_mutual_and_constraints_name_properties() -> None:
    checked = 0
    for name, kind in types().items():
        for navigation in all_of("NavigationProperty", kind):
            target = types()[plain(navigation.attrib["Type"])]
            if "Partner" in navigation.attrib:
                back = named("NavigationProperty", navigation.attrib["Partner"], target)
                assert (back.get("Partner"), plain(back.attrib["Type"])) == (navigation.get("Name"), name)
                checked += 1
            for constraint in all_of("ReferentialConstraint", navigation):
                assert named("Property", constraint.attrib["Property"], kind).get("Type") == "Edm.Guid"
                assert named("Property", constraint.attrib["ReferencedProperty"], target).get("Type") == "Edm.Guid"
    assert checked >= 2 * len(many_to_one())


def test_every_binding_leads_from_a_navigation_property_to_a_set() -> None:
    sets = {one.attrib["Name"]: one for one in all_of("EntitySet", container())}
    assert set(sets) == {entity.entity_set for entity in ENTITIES.values()}
    for one in sets.values():
        kind = types()[plain(one.attrib["EntityType"])]
        bound = Counter()  # type: Counter[str]
        for binding in all_of("NavigationPropertyBinding", one):
            name, _, cast = binding.attrib["Path"].partition("/")
            target = plain(sets[binding.attrib["Target"]].attrib["EntityType"])
            declared = plain(named("NavigationProperty", name, kind).attrib["Type"])
            assert target == (plain(cast) if cast else declared)
            assert target == declared or types()[target].get("BaseType") == f"mscrm.{declared}"
            bound[name] += 1
        assert set(bound) == {navigation.get("Name") for navigation in all_of("NavigationProperty", kind)}


@pytest.mark.parametrize("name", ENTITIES)
def test_an_entity_has_its_attributes_navigations_and_keys(name: str) -> None:
    entity, kind = ENTITIES[name], types()[name]
    assert [one.get("Name") for one in kind.iter(f"{EDM}PropertyRef")] == [entity.primary_id]
    assert named("Property", entity.primary_id, kind).get("Nullable") == "false"
    found = {one.get("Name") for one in all_of("Property", kind)}
    beside = {f"{lookup}type" for lookup, attribute in entity.attributes().items() if len(attribute.targets) > 1}
    expected = {property_name(one, attribute) for one, attribute in entity.attributes().items() if one not in beside}
    assert found == expected
    assert {one.get("Name") for one in all_of("NavigationProperty", kind)} == set(navigations(name))
    terms = [one.get("Term") for one in all_of("Annotation", kind)]
    assert terms == (["OData.Community.Keys.V1.AlternateKeys"] if entity.alternate_keys else [])
    paths = {one.get("PropertyPath") for one in kind.iter(f"{EDM}PropertyValue")} - {None}
    assert paths <= found


def test_users_and_teams_are_principals() -> None:
    assert {name for name, kind in types().items() if kind.get("BaseType") == "mscrm.principal"} == {
        "systemuser",
        "team",
    }
    assert named("NavigationProperty", "ownerid", types()["lead"]).get("Type") == "mscrm.principal"


def test_what_cannot_be_written_is_marked() -> None:
    def terms(name: str) -> dict[str | None, str | None]:
        annotations = all_of("Annotation", named("Property", name, types()["lead"]))
        return {(one.get("Term") or "").rpartition(".")[2]: one.get("Bool") for one in annotations}

    assert terms("fullname")["Computed"] == terms("_ownerid_value")["Computed"] == "true"
    assert terms("leadid")["Immutable"] == "true"
    assert set(terms("subject")) == {"Description"}


def test_qualify_lead_has_the_parameters_of_the_reference() -> None:
    action = named("Action", "QualifyLead")
    assert action.get("IsBound") == "true"
    binding, *parameters = all_of("Parameter", action)
    assert (binding.get("Name"), binding.get("Type"), binding.get("Nullable")) == ("entity", "mscrm.lead", "false")
    found = [(one.get("Name"), one.get("Type"), one.get("Nullable", "true")) for one in parameters]
    assert found[:8] == QUALIFY_LEAD
    assert found[8:] == [("SuppressDuplicateDetection", "Edm.Boolean", "true")]
    (returned,) = all_of("ReturnType", action)
    assert (returned.get("Type"), returned.get("Nullable")) == ("Collection(mscrm.crmbaseentity)", "false")


def test_what_is_not_bound_is_imported() -> None:
    for kind in ("Action", "Function"):
        unbound = {one.get("Name") for one in all_of(kind) if not one.get("IsBound")}
        imported = {one.get("Name") for one in all_of(f"{kind}Import", container())}
        assert unbound == imported != set()


async def test_descriptions_come_when_they_are_asked_for() -> None:
    described = Described()
    plain_one = await described.get("$metadata")
    assert b"Org.OData.Core.V1.Description" not in plain_one
    assert b"Org.OData.Core.V1.Description" in await described.get("$metadata?annotations=true")
    assert plain_one is await described.get("$metadata")
