"""Entities as definitions."""

from itertools import takewhile
from typing import Any
from zlib import crc32

from crm.choices import ChoiceBook
from crm.entities import ENTITIES, Entity
from crm.relationships import ACTIVITIES, many_to_many
from crm.security import Privilege
from leadflow.dataverse.metadata.attributes import attributes_of
from leadflow.dataverse.metadata.definition import Definition, Definitions, label, managed, metadata_id
from leadflow.dataverse.metadata.names import attribute_schema_name, spaced
from leadflow.dataverse.metadata.relationships import relationships_of
from leadflow.dataverse.metadata.wording import ENTITY_NAMES

# Dataverse's own; others get a number of the range for custom entities, which follows from the name.
_TYPE_CODES = {
    "account": 1, "contact": 2, "opportunity": 3, "lead": 4, "annotation": 5, "systemuser": 8, "team": 9,
    "businessunit": 10, "accountleads": 16, "contactleads": 22, "teammembership": 23, "incident": 112, "queue": 2020,
    "appointment": 4201, "email": 4202, "phonecall": 4210, "task": 4212, "campaign": 4400, "duplicaterecord": 4415,
    "transactioncurrency": 9105,
}  # fmt: skip
_MERGED = ("account", "contact", "incident", "lead")
_SETTINGS = {
    "canbeincustomentityassociation": "CanBeInCustomEntityAssociation",
    "canbeinmanytomany": "CanBeInManyToMany",
    "canbeprimaryentityinrelationship": "CanBePrimaryEntityInRelationship",
    "canberelatedentityinrelationship": "CanBeRelatedEntityInRelationship",
    "canchangehierarchicalrelationship": "CanChangeHierarchicalRelationship",
    "canchangetrackingbeenabled": "CanChangeTrackingBeEnabled",
    "cancreateattributes": "CanCreateAttributes",
    "cancreatecharts": "CanCreateCharts",
    "cancreateforms": "CanCreateForms",
    "cancreateviews": "CanCreateViews",
    "canenablesynctoexternalsearchindex": "CanEnableSyncToExternalSearchIndex",
    "canmodifyadditionalsettings": "CanModifyAdditionalSettings",
    "canmodifyauditsettings": "IsAuditEnabled",
    "canmodifyconnectionsettings": "IsConnectionsEnabled",
    "canmodifymailmergesettings": "IsMailMergeEnabled",
    "canmodifyqueuesettings": "IsValidForQueue",
    "iscustomizable": "IsCustomizable",
    "ismappable": "IsMappable",
    "isrenameable": "IsRenameable",
}
_OFF = (
    "AutoCreateAccessTeams", "AutoRouteToOwnerQueue", "CanTriggerWorkflow", "ChangeTrackingEnabled",
    "EnforceStateTransitions", "EntityHelpUrlEnabled", "HasEmailAddresses", "HasFeedback", "IsAIRUpdated",
    "IsActivityParty", "IsArchivalEnabled", "IsAvailableOffline", "IsBPFEntity", "IsBusinessProcessEnabled",
    "IsChildEntity", "IsDocumentManagementEnabled", "IsDocumentRecommendationsEnabled", "IsEnabledForCharts",
    "IsEnabledForExternalChannels", "IsEnabledForTrace", "IsImportable", "IsInteractionCentricEnabled",
    "IsKnowledgeManagementEnabled", "IsLogicalEntity", "IsMSTeamsIntegrationEnabled", "IsOneNoteIntegrationEnabled",
    "IsPrivate", "IsQuickCreateEnabled", "IsReadingPaneEnabled", "IsRetrieveAuditEnabled",
    "IsRetrieveMultipleAuditEnabled", "IsSLAEnabled", "IsSolutionAware", "SyncToExternalSearchIndex",
    "UsesBusinessDataLabelTable",
)  # fmt: skip
_NOTHING = (
    "DataProviderId", "DataSourceId", "EntityColor", "EntityHelpUrl", "ExternalCollectionName", "ExternalName",
    "HasChanged", "IconLargeName", "IconMediumName", "IconSmallName", "IconVectorName", "OwnerId",
    "OwningBusinessUnit", "PrimaryImageAttribute", "RecurrenceBaseEntityLogicalName", "SettingOf",
)  # fmt: skip


def all_entities(choices: ChoiceBook, relationships: Definitions) -> Definitions:
    """Every entity, with its attributes, keys and relationships below it."""
    return Definitions(
        "EntityMetadata", tuple(_definition(entity, choices, relationships) for entity in ENTITIES.values())
    )


def is_intersect(entity: type[Entity]) -> bool:
    """Whether the entity's records are links between others."""
    return any(many.intersect == entity.logical_name for many in many_to_many())


def type_code(logical_name: str) -> int:
    return _TYPE_CODES.get(logical_name, 10_000 + crc32(logical_name.encode()) % 1_000_000)


def ownership(entity: type[Entity]) -> str:
    """Who owns the records: a user or team, a business unit, the whole organisation, or nobody (links)."""
    if is_intersect(entity):
        return "None"
    if "owningbusinessunit" in entity.attributes():
        return "UserOwned"
    return "BusinessOwned" if "businessunitid" in entity.attributes() else "OrganizationOwned"


def _definition(entity: type[Entity], choices: ChoiceBook, relationships: Definitions) -> Definition:
    name = entity.logical_name
    link = is_intersect(entity)
    collection = _plural(entity)
    values: dict[str, Any] = {
        "LogicalName": name,
        "SchemaName": entity.schema_name,
        "EntitySetName": entity.entity_set,
        "LogicalCollectionName": None if link else entity.entity_set,
        "CollectionSchemaName": None if link else collection,
        "MetadataId": metadata_id("entity", name),
        "ObjectTypeCode": type_code(name),
        "OwnershipType": ownership(entity),
        "OwnerIdType": 8,
        "PrimaryIdAttribute": entity.primary_id,
        "PrimaryNameAttribute": entity.primary_name,
        "DisplayName": label(entity.schema_name if link else ENTITY_NAMES.get(name, spaced(entity.schema_name))),
        "DisplayCollectionName": label(entity.schema_name if link else _display_plural(name, collection)),
        "Description": label(None),
        "IsActivity": name in ACTIVITIES,
        "ActivityTypeMask": int(name in ACTIVITIES),
        "HasActivities": _is_target(name, "regardingobjectid"),
        "HasNotes": _is_target(name, "objectid"),
        "IsCustomEntity": name.startswith("lf_"),
        "IsIntersect": link,
        "IsManaged": True,
        "IsStateModelAware": "statecode" in entity.attributes(),
        "IsOptimisticConcurrencyEnabled": "versionnumber" in entity.attributes(),
        "IsValidForAdvancedFind": not link,
        "IsDuplicateDetectionEnabled": managed(name in _MERGED, "canmodifyduplicatedetectionsettings"),
        "DaysSinceRecordLastModified": 0,
        "MobileOfflineFilters": "",
        "ReportViewName": f"Filtered{entity.schema_name}",
        "IntroducedVersion": "9.0.0.0",
        **dict.fromkeys(_OFF, False),
        **dict.fromkeys(_NOTHING),
        **{name: managed(False, setting) for setting, name in _SETTINGS.items()},
        "Privileges": _privileges(entity),
        "Settings": [],
    }
    below = {
        "Attributes": attributes_of(entity, choices),
        "Keys": _keys(entity),
        **relationships_of(name, relationships),
    }
    return Definition("EntityMetadata", values, below)


def _plural(entity: type[Entity]) -> str:
    """The name of the set, in the letter case of the schema name."""
    pairs = zip(entity.schema_name, entity.entity_set, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0].lower() == pair[1], pairs))
    return entity.schema_name[:shared] + entity.entity_set[shared:]


def _display_plural(name: str, collection: str) -> str:
    if name not in ENTITY_NAMES:
        return spaced(collection)
    singular = ENTITY_NAMES[name]
    return f"{singular[:-1]}ies" if singular.endswith("y") else f"{singular}s"


def _is_target(name: str, attribute: str) -> bool:
    """Whether activities, or notes, can be about records of this entity."""
    lookups = (entity.attributes().get(attribute) for entity in ENTITIES.values())
    return any(name in lookup.targets for lookup in lookups if lookup is not None)


def _privileges(entity: type[Entity]) -> list[dict[str, Any]]:
    if is_intersect(entity):
        return []
    own = ownership(entity)
    granted = [Privilege.READ] if entity.read_only else list(Privilege)
    if own != "UserOwned":
        granted = [one for one in granted if one is not Privilege.ASSIGN]
    return [
        {
            "Name": f"prv{privilege}{entity.schema_name}",
            "PrivilegeType": str(privilege),
            "PrivilegeId": metadata_id("privilege", entity.logical_name, privilege),
            "CanBeBasic": own == "UserOwned",
            "CanBeLocal": own != "OrganizationOwned",
            "CanBeDeep": own != "OrganizationOwned",
            "CanBeGlobal": True,
            "CanBeEntityReference": False,
            "CanBeParentEntityReference": False,
        }
        for privilege in granted
    ]


def _keys(entity: type[Entity]) -> Definitions:
    """The alternate keys. A key's name is made of its attributes'."""
    return Definitions("EntityKeyMetadata", tuple(_key(entity, attributes) for attributes in entity.alternate_keys))


def _key(entity: type[Entity], attributes: tuple[str, ...]) -> Definition:
    name = "_".join((entity.logical_name, *attributes))
    return Definition(
        "EntityKeyMetadata",
        {
            "LogicalName": name,
            "SchemaName": "_".join((entity.schema_name, *map(attribute_schema_name, attributes))),
            "EntityLogicalName": entity.logical_name,
            "KeyAttributes": list(attributes),
            "EntityKeyIndexStatus": "Active",
            "MetadataId": metadata_id("key", name),
            "HasChanged": None,
            "DisplayName": label(", ".join(attributes)),
            "IsCustomizable": managed(False, "iscustomizable"),
            "IsManaged": True,
            "IsSynchronous": True,
            "IsExportKey": False,
            "IsSecondaryKey": False,
            "IntroducedVersion": "9.0.0.0",
        },
    )
