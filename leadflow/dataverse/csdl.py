"""`$metadata`: the service's data model as CSDL, the XML of OData 4.0. All of it follows from the entity registry.

What Dataverse declares for every client stands in the document always: keys, properties, navigation properties, what
cannot be written. Descriptions come with `?annotations=true`, as there.
"""

from functools import cache
from xml.etree.ElementTree import Element, SubElement, tostring

from crm.attributes import Attribute, AttributeType, RequiredLevel
from crm.entities import ENTITIES, Entity
from crm.relationships import End, ManyToOne, Navigation, navigations
from leadflow.dataverse.csdl_operations import add_imports, add_operations
from leadflow.dataverse.metadata.attributes import type_beside
from leadflow.dataverse.metadata.wording import description
from leadflow.dataverse.query.literals import REFERENCES, property_name
from leadflow.dataverse.target import ALIAS, NAMESPACE

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_VOCABULARIES = {
    "OData.Community.Keys.V1": "http://vocabularies.odata.org/OData.Community.Keys.V1.xml",
    "Org.OData.Capabilities.V1": "http://vocabularies.odata.org/Org.OData.Capabilities.V1.xml",
    "Org.OData.Core.V1": "http://vocabularies.odata.org/Org.OData.Core.V1.xml",
}
_EDM_TYPES = {
    AttributeType.BIGINT: "Edm.Int64",
    AttributeType.BOOLEAN: "Edm.Boolean",
    AttributeType.CUSTOMER: "Edm.Guid",
    AttributeType.DATE_ONLY: "Edm.Date",
    AttributeType.DATE_TIME: "Edm.DateTimeOffset",
    AttributeType.DECIMAL: "Edm.Decimal",
    AttributeType.DOUBLE: "Edm.Double",
    AttributeType.INTEGER: "Edm.Int32",
    AttributeType.LOOKUP: "Edm.Guid",
    AttributeType.MEMO: "Edm.String",
    AttributeType.MONEY: "Edm.Decimal",
    AttributeType.OWNER: "Edm.Guid",
    AttributeType.PICKLIST: "Edm.Int32",
    AttributeType.STATE: "Edm.Int32",
    AttributeType.STATUS: "Edm.Int32",
    AttributeType.STRING: "Edm.String",
    AttributeType.UNIQUEIDENTIFIER: "Edm.Guid",
}
# What a record can belong to. It has no key and no properties of its own: each kind has its own key.
_PRINCIPALS = ("systemuser", "team")


@cache
def metadata_document(*, descriptions: bool = False) -> bytes:
    """The document, in UTF-8. It is built once for each of the two forms."""
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    for namespace, address in _VOCABULARIES.items():
        SubElement(SubElement(root, "edmx:Reference", Uri=address), "edmx:Include", Namespace=namespace)
    services = SubElement(root, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"Namespace": NAMESPACE, "Alias": ALIAS, "xmlns": _EDM})
    SubElement(schema, "EntityType", Name="crmbaseentity", Abstract="true")
    SubElement(schema, "EntityType", Name="principal", BaseType=f"{ALIAS}.crmbaseentity", Abstract="true")
    for entity in ENTITIES.values():
        _add_type(schema, entity, descriptions=descriptions)
    add_operations(schema)
    container = SubElement(schema, "EntityContainer", Name="System")
    for entity in sorted(ENTITIES.values(), key=lambda one: one.entity_set):
        _add_set(container, entity)
    add_imports(container)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_type(schema: Element, entity: type[Entity], *, descriptions: bool) -> None:
    base = "principal" if entity.logical_name in _PRINCIPALS else "crmbaseentity"
    element = SubElement(schema, "EntityType", Name=entity.logical_name, BaseType=f"{ALIAS}.{base}")
    SubElement(SubElement(element, "Key"), "PropertyRef", Name=entity.primary_id)
    for name, attribute in entity.attributes().items():
        if type_beside(entity, name) is None:  # which entity a lookup names is an annotation of it, no property
            _add_property(element, entity, name, attribute, descriptions=descriptions)
    for navigation in navigations(entity.logical_name).values():
        _add_navigation(element, entity, navigation)
    if entity.alternate_keys:
        _add_alternate_keys(element, entity)


def _add_property(
    element: Element, entity: type[Entity], name: str, attribute: Attribute, *, descriptions: bool
) -> None:
    edm_type = _EDM_TYPES[attribute.type]
    facets = {"Nullable": "false"} if name == entity.primary_id else {}
    if edm_type == "Edm.Decimal":
        facets["Scale"] = str(attribute.precision)
    if attribute.max_length is not None and attribute.type in (AttributeType.STRING, AttributeType.MEMO):
        facets["MaxLength"] = str(attribute.max_length)
    added = SubElement(element, "Property", {"Name": property_name(name, attribute), "Type": edm_type, **facets})
    text = description(entity.logical_name, name) if descriptions else None
    if text:
        SubElement(added, "Annotation", Term="Org.OData.Core.V1.Description", String=text)
    if attribute.type in REFERENCES or not (attribute.create or attribute.update) or not entity.own_table:
        _add_read_only(added)
    elif not attribute.update:
        SubElement(added, "Annotation", Term="Org.OData.Core.V1.Immutable", Bool="true")


def _add_read_only(element: Element) -> None:
    """Lookups are read-only as properties: they are written by their navigation properties."""
    SubElement(element, "Annotation", Term="Org.OData.Core.V1.Computed", Bool="true")
    permissions = SubElement(element, "Annotation", Term="Org.OData.Core.V1.Permissions")
    SubElement(permissions, "EnumMember").text = "Org.OData.Core.V1.Permission/Read"


def _add_navigation(element: Element, entity: type[Entity], navigation: Navigation) -> None:
    name, relationship = navigation.name, navigation.relationship
    if navigation.targets:  # the owner: a user or a team, each with its own key, so that no constraint can name one
        SubElement(element, "NavigationProperty", Name=name, Type=f"{ALIAS}.principal")
    elif not isinstance(relationship, ManyToOne):
        SubElement(element, "NavigationProperty", Name=name, Type=_collection(navigation.target), Partner=name)
    elif navigation.end is End.COLLECTION:
        partner = relationship.navigation
        SubElement(element, "NavigationProperty", Name=name, Type=_collection(navigation.target), Partner=partner)
    else:
        required = entity.attributes()[relationship.attribute].required is RequiredLevel.SYSTEM
        many = len(entity.attributes()[relationship.attribute].targets) > 1
        nullable = {"Nullable": "false"} if required and not many else {}
        added = SubElement(
            element,
            "NavigationProperty",
            {"Name": name, "Type": f"{ALIAS}.{navigation.target}", "Partner": relationship.collection, **nullable},
        )
        SubElement(
            added,
            "ReferentialConstraint",
            Property=f"_{relationship.attribute}_value",
            ReferencedProperty=ENTITIES[navigation.target].primary_id,
        )


def _collection(entity: str) -> str:
    return f"Collection({ALIAS}.{entity})"


def _add_alternate_keys(element: Element, entity: type[Entity]) -> None:
    annotation = SubElement(element, "Annotation", Term="OData.Community.Keys.V1.AlternateKeys")
    keys = SubElement(annotation, "Collection")
    for key in entity.alternate_keys:
        record = SubElement(keys, "Record", Type="OData.Community.Keys.V1.AlternateKey")
        parts = SubElement(SubElement(record, "PropertyValue", Property="Key"), "Collection")
        for name in key:
            part = SubElement(parts, "Record", Type="OData.Community.Keys.V1.PropertyRef")
            SubElement(part, "PropertyValue", Property="Alias", String=name)
            SubElement(
                part, "PropertyValue", Property="Name", PropertyPath=property_name(name, entity.attributes()[name])
            )


def _add_set(container: Element, entity: type[Entity]) -> None:
    element = SubElement(
        container, "EntitySet", Name=entity.entity_set, EntityType=f"{NAMESPACE}.{entity.logical_name}"
    )
    for navigation in navigations(entity.logical_name).values():
        for target in navigation.targets or (navigation.target,):
            path = f"{navigation.name}/{NAMESPACE}.{target}" if navigation.targets else navigation.name
            SubElement(element, "NavigationPropertyBinding", Path=path, Target=ENTITIES[target].entity_set)
    if entity.read_only:
        for term, property in _FORBIDDEN:
            record = SubElement(SubElement(element, "Annotation", Term=f"Org.OData.Capabilities.V1.{term}"), "Record")
            SubElement(record, "PropertyValue", Property=property, Bool="false")


_FORBIDDEN = (
    ("InsertRestrictions", "Insertable"),
    ("UpdateRestrictions", "Updatable"),
    ("DeleteRestrictions", "Deletable"),
)
