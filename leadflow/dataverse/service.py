"""The service itself: its document, $metadata, and who calls."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from crm.entities import ENTITIES
from crm.store.tables import TABLES
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.csdl import metadata_document
from leadflow.dataverse.metadata.definition import ENGLISH
from leadflow.dataverse.target import NAMESPACE

# What clients may rely on: the version of Dataverse's Web API that this service follows.
VERSION = "9.2.0.0"
_ORGANISATIONS = UUID("d0a3a1f6-3c58-5d5e-8a6a-7d6f5b0f3b52")


async def get_service_document(call: Call) -> Answer:
    """The names of all sets of records."""
    names = sorted(entity.entity_set for entity in ENTITIES.values())
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return Answer(200, {"@odata.context": f"{call.base}$metadata", "value": sets})


async def get_metadata(call: Call) -> Answer:
    """The data model as CSDL. `?annotations=true`, or asking for all annotations, adds descriptions."""
    wanted = call.options.get("annotations") == "true"
    described = wanted or call.preferences.includes("Org.OData.Core.V1.Description")
    return Answer(200, metadata_document(descriptions=described), content_type="application/xml")


async def who_am_i(call: Call) -> Answer:
    unit, organisation = await call.services.read(organisation_of)
    return _answer(
        call,
        "WhoAmIResponse",
        {
            "BusinessUnitId": call.caller.businessunitid or unit,
            "UserId": call.caller.userid,
            "OrganizationId": organisation,
        },
    )


async def retrieve_version(call: Call) -> Answer:
    return _answer(call, "RetrieveVersionResponse", {"Version": VERSION})


async def retrieve_available_languages(call: Call) -> Answer:
    return _answer(call, "RetrieveAvailableLanguagesResponse", {"LocaleIds": [ENGLISH]})


async def retrieve_current_organization(call: Call) -> Answer:
    """What clients read to find the service: its organisation, its version and its address."""
    _, organisation = await call.services.read(organisation_of)
    root = call.base.partition("/api/data/")[0] + "/"
    detail = {
        "OrganizationId": organisation,
        "FriendlyName": "leadflow",
        "OrganizationVersion": VERSION,
        "EnvironmentId": str(organisation),
        "UrlName": "leadflow",
        "UniqueName": "leadflow",
        "State": "Enabled",
        "Endpoints": {"Count": 1, "IsReadOnly": True, "Keys": ["WebApplication"], "Values": [root]},
    }
    return _answer(call, "RetrieveCurrentOrganizationResponse", {"Detail": detail})


def organisation_of(connection: Connection) -> tuple[UUID | None, UUID]:
    """The root business unit, and the id of the organisation, which follows from when and as what that unit was made:
    it is the same for all who share a database, and for as long as that database lives."""
    units = TABLES["businessunit"]
    root = connection.execute(
        select(units.c.businessunitid, units.c.createdon)
        .where(units.c.parentbusinessunitid.is_(None))
        .order_by(units.c.createdon, units.c.businessunitid)
        .limit(1)
    ).one_or_none()
    if root is None:
        return None, _ORGANISATIONS
    return root.businessunitid, uuid5(_ORGANISATIONS, f"{root.businessunitid}/{root.createdon.isoformat()}")


def _answer(call: Call, kind: str, values: dict[str, Any]) -> Answer:
    return Answer(200, {"@odata.context": f"{call.base}$metadata#{NAMESPACE}.{kind}", **values})


ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {
    "service": {"GET": get_service_document},
    "unbound $metadata": {"GET": get_metadata},
    "unbound WhoAmI": {"GET": who_am_i},
    "unbound RetrieveVersion": {"GET": retrieve_version},
    "unbound RetrieveAvailableLanguages": {"GET": retrieve_available_languages},
    "unbound RetrieveCurrentOrganization": {"GET": retrieve_current_organization},
}
