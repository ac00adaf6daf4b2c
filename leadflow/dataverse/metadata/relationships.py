"""Relationships as definitions: one-to-many and many-to-many."""

from dataclasses import asdict
from typing import Any

from crm.entities import ENTITIES
from crm.relationships import CascadeConfiguration, ManyToMany, ManyToOne, many_to_many, many_to_one, navigations
from leadflow.dataverse.metadata.definition import Definition, Definitions, label, managed, metadata_id
from leadflow.dataverse.metadata.elsewhere import ELSEWHERE

ONE_TO_MANY, MANY_TO_MANY = "OneToManyRelationshipMetadata", "ManyToManyRelationshipMetadata"


def all_relationships() -> Definitions:
    """Every relationship of every entity."""
    lookups = [_one_to_many(one) for one in many_to_one()]
    owners = [_one_to_many(one, referenced="owner", key="ownerid") for one in _owners()]
    elsewhere = [_one_to_many(one, shown=False) for one in ELSEWHERE if one.referenced in ENTITIES]
    linked = [_many_to_many(many) for many in many_to_many()]
    return Definitions("RelationshipMetadataBase", (*lookups, *owners, *elsewhere, *linked))


def relationships_of(entity: str, everything: Definitions) -> dict[str, Definitions]:
    """The three kinds of relationships of an entity, as navigation properties of its definition."""

    def those(kind: str, *ends: str) -> Definitions:
        return Definitions(
            kind,
            tuple(one for one in everything.items if one.type == kind and entity in [one.values[end] for end in ends]),
        )

    return {
        "OneToManyRelationships": those(ONE_TO_MANY, "ReferencedEntity"),
        "ManyToOneRelationships": those(ONE_TO_MANY, "ReferencingEntity"),
        "ManyToManyRelationships": those(MANY_TO_MANY, "Entity1LogicalName", "Entity2LogicalName"),
    }


def _owners() -> list[ManyToOne]:
    """The relationships by which users and teams own records."""
    found = (navigations(entity).get("ownerid") for entity in ENTITIES)
    return [one.relationship for one in found if one is not None and isinstance(one.relationship, ManyToOne)]


def _one_to_many(
    one: ManyToOne, *, referenced: str | None = None, key: str | None = None, shown: bool = True
) -> Definition:
    """`referenced` and `key` name the other end where it is no entity of its own: the owner, a user or a team."""
    target = referenced or one.referenced
    parent = one.attribute.startswith("parent") and one.referencing == one.referenced
    return Definition(
        ONE_TO_MANY,
        {
            **_base(one.schema_name, "OneToManyRelationship"),
            "ReferencedEntity": target,
            "ReferencedAttribute": key or ENTITIES[target].primary_id,
            "ReferencedEntityNavigationPropertyName": one.collection,
            "ReferencingEntity": one.referencing,
            "ReferencingAttribute": one.attribute,
            "ReferencingEntityNavigationPropertyName": one.navigation,
            "IsHierarchical": parent,
            "EntityKey": None,
            "RelationshipAttributes": [],
            "RelationshipBehavior": 1,
            "DenormalizedAttributeName": None,
            "AssociatedMenuConfiguration": _menu(shown=shown),
            "CascadeConfiguration": _cascade(one.cascade),
        },
    )


def _many_to_many(many: ManyToMany) -> Definition:
    return Definition(
        MANY_TO_MANY,
        {
            **_base(many.schema_name, "ManyToManyRelationship"),
            "IntersectEntityName": many.intersect,
            "Entity1LogicalName": many.first,
            "Entity1IntersectAttribute": many.first_attribute,
            "Entity1NavigationPropertyName": many.schema_name,
            "Entity1AssociatedMenuConfiguration": _menu(shown=True),
            "Entity2LogicalName": many.second,
            "Entity2IntersectAttribute": many.second_attribute,
            "Entity2NavigationPropertyName": many.schema_name,
            "Entity2AssociatedMenuConfiguration": _menu(shown=True),
        },
    )


def _base(schema_name: str, kind: str) -> dict[str, Any]:
    return {
        "SchemaName": schema_name,
        "RelationshipType": kind,
        "MetadataId": metadata_id("relationship", schema_name),
        "HasChanged": None,
        "IsCustomRelationship": schema_name.startswith("lf_"),
        "IsCustomizable": managed(True, "iscustomizable"),
        "IsManaged": True,
        "IsValidForAdvancedFind": True,
        "IntroducedVersion": "9.0.0.0",
        "SecurityTypes": "Append",
    }


def _menu(*, shown: bool) -> dict[str, Any]:
    return {
        "Behavior": "UseCollectionName" if shown else "DoNotDisplay",
        "Group": "Details",
        "Order": 10000 if shown else None,
        "Label": label(None),
        "IsCustomizable": shown,
        "AvailableOffline": shown,
        "Icon": None,
        "MenuId": None,
        "QueryApi": None,
        "ViewId": None,
    }


def _cascade(cascade: CascadeConfiguration) -> dict[str, str]:
    of_dataverse = {name.capitalize(): kind for name, kind in asdict(cascade).items()}
    return {**of_dataverse, "Archive": "NoCascade", "RollupView": "NoCascade"}
