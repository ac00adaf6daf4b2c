"""What attributes are called and described as, where that does not follow from their names.

Keys are `attribute`, or `entity.attribute` for what holds in one entity only. The texts of ContactLeads are those of
Microsoft's ContactLeads entity reference.
"""

from crm.entities.lead_descriptions import LEAD_DESCRIPTIONS
from leadflow.dataverse.metadata.names import attribute_display_name

DISPLAY_NAMES = {
    "statecode": "Status",
    "statuscode": "Status Reason",
    "overriddencreatedon": "Record Created On",
    "lead.subject": "Topic",
    "lead.fullname": "Name",
    "lead.leadqualitycode": "Rating",
    "contactleads.contactleadid": "",
    "contactleads.contactid": "",
    "contactleads.leadid": "",
    "contactleads.name": "name",
}
DESCRIPTIONS = {
    "importsequencenumber": "Sequence number of the import that created this record.",
    "overriddencreatedon": "Date and time that the record was migrated.",
    "timezoneruleversionnumber": "For internal use only.",
    "utcconversiontimezonecode": "Time zone code that was in use when the record was created.",
    "versionnumber": "Version Number",
    "contactleads.contactleadid": "Unique identifier of the leads for the contact.",
    "contactleads.name": "name",
    **{f"lead.{name}": text for name, text in LEAD_DESCRIPTIONS.items()},
}
ENTITY_NAMES = {
    "annotation": "Note",
    "incident": "Case",
    "systemuser": "User",
    "transactioncurrency": "Currency",
}


def display_name(entity: str, attribute: str, *, is_lookup: bool = False) -> str:
    """What people call an attribute. Empty where the reference leaves it empty."""
    for key in (f"{entity}.{attribute}", attribute):
        if key in DISPLAY_NAMES:
            return DISPLAY_NAMES[key]
    return attribute_display_name(attribute, is_lookup=is_lookup)


def description(entity: str, attribute: str) -> str | None:
    return DESCRIPTIONS.get(f"{entity}.{attribute}", DESCRIPTIONS.get(attribute))
