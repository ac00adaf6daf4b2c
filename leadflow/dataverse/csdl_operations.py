"""Actions, functions and the types of their parameters, as `$metadata` declares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from crm.entities import ENTITIES
from leadflow.dataverse.bulk_delete import OPERATORS as CONDITION_OPERATORS
from leadflow.dataverse.target import ALIAS

_BOOLEAN, _NUMBER, _TEXT, _GUID = "Edm.Boolean", "Edm.Int32", "Edm.String", "Edm.Guid"
_ANY = f"{ALIAS}.crmbaseentity"


@dataclass(frozen=True, slots=True)
class Operation:
    """An action or function. Of its parameters, by name, those in `optional` may be null; the first one of a bound
    operation is what it is bound to."""

    kind: str
    name: str
    parameters: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    returns: str | None = None
    bound: bool = False


_QUALIFY_LEAD = Operation(
    "Action",
    "QualifyLead",
    {
        "entity": f"{ALIAS}.lead",
        "CreateAccount": _BOOLEAN,
        "CreateContact": _BOOLEAN,
        "CreateOpportunity": _BOOLEAN,
        "OpportunityCurrencyId": f"{ALIAS}.transactioncurrency",
        "OpportunityCustomerId": _ANY,
        "SourceCampaignId": f"{ALIAS}.campaign",
        "Status": _NUMBER,
        "ProcessInstanceId": _ANY,
        "SuppressDuplicateDetection": _BOOLEAN,
    },
    optional=frozenset(
        (
            *("OpportunityCurrencyId", "OpportunityCustomerId", "SourceCampaignId", "ProcessInstanceId"),
            "SuppressDuplicateDetection",
        )
    ),
    returns=f"Collection({_ANY})",
    bound=True,
)
_UNBOUND = (
    Operation(
        "Action",
        "Merge",
        {"Target": _ANY, "Subordinate": _ANY, "UpdateContent": _ANY, "PerformParentingChecks": _BOOLEAN},
        optional=frozenset(("UpdateContent",)),
    ),
    Operation(
        "Action",
        "BulkDelete",
        {
            "QuerySet": f"Collection({ALIAS}.QueryExpression)",
            "JobName": _TEXT,
            "SendEmailNotification": _BOOLEAN,
            "RecurrencePattern": _TEXT,
            "StartDateTime": "Edm.DateTimeOffset",
        },
        optional=frozenset(("JobName", "SendEmailNotification", "RecurrencePattern", "StartDateTime")),
        returns=f"{ALIAS}.BulkDeleteResponse",
    ),
    Operation("Function", "WhoAmI", {}, returns=f"{ALIAS}.WhoAmIResponse"),
    Operation("Function", "RetrieveVersion", {}, returns=f"{ALIAS}.RetrieveVersionResponse"),
    Operation("Function", "RetrieveAvailableLanguages", {}, returns=f"{ALIAS}.RetrieveAvailableLanguagesResponse"),
    Operation(
        "Function",
        "RetrieveCurrentOrganization",
        {"AccessType": f"{ALIAS}.EndpointAccessType"},
        returns=f"{ALIAS}.RetrieveCurrentOrganizationResponse",
    ),
    Operation(
        "Function",
        "RetrieveMetadataChanges",
        {"Query": f"{ALIAS}.EntityQueryExpression"},
        optional=frozenset(("Query",)),
        returns=f"{ALIAS}.RetrieveMetadataChangesResponse",
    ),
)
ENUMERATIONS = {
    "ConditionOperator": tuple(CONDITION_OPERATORS),
    "EndpointAccessType": ("Default", "Internet", "Intranet"),
    "LogicalOperator": ("And", "Or"),
    "OrganizationState": ("Enabled", "Disabled"),
}
# By name, the properties of each; those of an open type may be more.
COMPLEX_TYPES: dict[str, dict[str, str]] = {
    "BulkDeleteResponse": {"JobId": _GUID},
    "ConditionExpression": {
        "AttributeName": _TEXT,
        "Operator": f"{ALIAS}.ConditionOperator",
        "Values": f"Collection({ALIAS}.Object)",
    },
    "CreateMultipleResponse": {"Ids": f"Collection({_GUID})"},
    "EndpointCollection": {
        "Count": _NUMBER,
        "IsReadOnly": _BOOLEAN,
        "Keys": f"Collection({_TEXT})",
        "Values": f"Collection({_TEXT})",
    },
    "FilterExpression": {
        "FilterOperator": f"{ALIAS}.LogicalOperator",
        "Conditions": f"Collection({ALIAS}.ConditionExpression)",
        "Filters": f"Collection({ALIAS}.FilterExpression)",
    },
    "Object": {"Type": _TEXT, "Value": _TEXT},
    "OrganizationDetail": {
        "OrganizationId": _GUID,
        "FriendlyName": _TEXT,
        "OrganizationVersion": _TEXT,
        "EnvironmentId": _TEXT,
        "UrlName": _TEXT,
        "UniqueName": _TEXT,
        "State": f"{ALIAS}.OrganizationState",
        "Endpoints": f"{ALIAS}.EndpointCollection",
    },
    "QueryExpression": {"EntityName": _TEXT, "Criteria": f"{ALIAS}.FilterExpression"},
    "RetrieveAvailableLanguagesResponse": {"LocaleIds": f"Collection({_NUMBER})"},
    "RetrieveCurrentOrganizationResponse": {"Detail": f"{ALIAS}.OrganizationDetail"},
    "RetrieveMetadataChangesResponse": {
        "EntityMetadata": f"Collection({ALIAS}.ComplexEntityMetadata)",
        "ServerVersionStamp": _TEXT,
    },
    "RetrieveVersionResponse": {"Version": _TEXT},
    "WhoAmIResponse": {"BusinessUnitId": _GUID, "UserId": _GUID, "OrganizationId": _GUID},
}
_OPEN_TYPES = ("ComplexEntityMetadata", "EntityQueryExpression")


def operations() -> tuple[Operation, ...]:
    """Every action and function, those that are bound to records first."""
    return (*_bound(), *_UNBOUND)


def add_operations(schema: Element) -> None:
    """The enumerations, complex types, actions and functions of the service."""
    for name, members in ENUMERATIONS.items():
        enumeration = SubElement(schema, "EnumType", Name=name)
        for value, member in enumerate(members):
            SubElement(enumeration, "Member", Name=member, Value=str(value))
    for name, fields in COMPLEX_TYPES.items():
        complex_type = SubElement(schema, "ComplexType", Name=name)
        for field, kind in fields.items():
            SubElement(complex_type, "Property", Name=field, Type=kind)
    for name in _OPEN_TYPES:
        SubElement(schema, "ComplexType", Name=name, OpenType="true")
    for operation in operations():
        _add(schema, operation)


def add_imports(container: Element) -> None:
    """What can be called without a record: it stands beside the sets of records."""
    for operation in _UNBOUND:
        named = {"Name": operation.name, operation.kind: f"{ALIAS}.{operation.name}"}
        SubElement(container, f"{operation.kind}Import", named)


def _bound() -> list[Operation]:
    """QualifyLead, and for each entity that can be written the actions on many records at once."""
    found = [_QUALIFY_LEAD]
    for entity in ENTITIES.values():
        if not entity.read_only:
            many = f"Collection({ALIAS}.{entity.logical_name})"
            parameters = {"entityset": many, "Targets": many}
            found += [
                Operation(
                    "Action", "CreateMultiple", parameters, returns=f"{ALIAS}.CreateMultipleResponse", bound=True
                ),
                Operation("Action", "UpdateMultiple", parameters, bound=True),
                Operation("Action", "UpsertMultiple", parameters, bound=True),
            ]
    return found


def _add(schema: Element, operation: Operation) -> None:
    bound = {"IsBound": "true"} if operation.bound else {}
    element = SubElement(schema, operation.kind, {"Name": operation.name, **bound})
    for name, kind in operation.parameters.items():
        nullable = {} if name in operation.optional else {"Nullable": "false"}
        SubElement(element, "Parameter", {"Name": name, "Type": kind, **nullable})
    if operation.returns:
        SubElement(element, "ReturnType", Type=operation.returns, Nullable="false")
