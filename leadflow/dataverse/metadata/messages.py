"""Messages that each entity understands, as `sdkmessagefilters`: clients ask whether CreateMultiple is one."""

from crm.entities import ENTITIES, Entity
from crm.relationships import many_to_many
from leadflow.dataverse.metadata.definition import Definition, Definitions, metadata_id

_READ = ("Retrieve", "RetrieveMultiple")
_WRITE = (
    *("Create", "CreateMultiple", "Update", "UpdateMultiple", "Upsert", "UpsertMultiple"),
    *("Delete", "Associate", "Disassociate"),
)
_OF_LEADS = ("QualifyLead", "Merge")


def all_messages() -> Definitions:
    """One record for each entity and message."""
    return Definitions(
        "sdkmessagefilter",
        tuple(_filter(entity, message) for entity in ENTITIES.values() for message in messages_of(entity)),
    )


def messages_of(entity: type[Entity]) -> tuple[str, ...]:
    """The names of the messages that an entity understands."""
    if any(many.intersect == entity.logical_name for many in many_to_many()):
        return (*_READ, "Associate", "Disassociate")
    if entity.read_only:
        return _READ
    assign = ("Assign",) if "ownerid" in entity.attributes() else ()
    state = ("SetState",) if "statecode" in entity.attributes() else ()
    return (*_READ, *_WRITE, *assign, *state, *(_OF_LEADS if entity.logical_name == "lead" else ()))


def _filter(entity: type[Entity], message: str) -> Definition:
    values = {
        "sdkmessagefilterid": metadata_id("sdkmessagefilter", entity.logical_name, message),
        "primaryobjecttypecode": entity.logical_name,
        "secondaryobjecttypecode": "none",
        "_sdkmessageid_value": metadata_id("sdkmessage", message),
        "availability": 0,
        "iscustomprocessingstepallowed": False,
        "isvisible": True,
    }
    return Definition("sdkmessagefilter", values, {"sdkmessageid": _message(message)})


def _message(name: str) -> Definition:
    return Definition("sdkmessage", {"sdkmessageid": metadata_id("sdkmessage", name), "name": name, "isprivate": False})
