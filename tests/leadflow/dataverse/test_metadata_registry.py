"""A new entity appears in the service document, `$metadata` and EntityDefinitions without another line of code."""

import subprocess
import sys

PROGRAM = """
import asyncio
from uuid import UUID, uuid4

from crm.attributes import key, lookup, picklist, text
from crm.entities import ENTITIES
from crm.entities.parts import Audited, Owned


class Gadget(Audited, Owned):
    logical_name = "lf_gadget"
    entity_set = "lf_gadgets"
    schema_name = "lf_Gadget"
    primary_id = "lf_gadgetid"
    primary_name = "lf_name"
    alternate_keys = (("lf_name",),)

    lf_gadgetid: UUID = key(uuid4)
    lf_name: str | None = text(40)
    lf_leadid: UUID | None = lookup("lead")
    lf_colour: int | None = picklist("leadqualitycode")


ENTITIES["lf_gadget"] = Gadget

from tests.leadflow.dataverse.described import Described


async def check() -> None:
    described = Described()
    sets = (await described.get(""))["value"]
    assert {"name": "lf_gadgets", "kind": "EntitySet", "url": "lf_gadgets"} in sets
    metadata = (await described.get("$metadata")).decode()
    for part in (
        '<EntityType Name="lf_gadget" BaseType="mscrm.crmbaseentity">',
        '<Property Name="lf_name" Type="Edm.String" MaxLength="40" />',
        '<NavigationProperty Name="lf_leadid" Type="mscrm.lead" Partner="lead_lf_gadget_lf_leadid">',
        '<NavigationProperty Name="lead_lf_gadget_lf_leadid" Type="Collection(mscrm.lf_gadget)" Partner="lf_leadid" />',
        '<EntitySet Name="lf_gadgets" EntityType="Microsoft.Dynamics.CRM.lf_gadget">',
    ):
        assert part in metadata, part
    path = "EntityDefinitions(LogicalName='lf_gadget')"
    gadget = await described.get(f"{path}?$expand=Attributes($select=LogicalName),Keys,ManyToOneRelationships")
    assert (gadget["DisplayName"]["UserLocalizedLabel"]["Label"], gadget["IsCustomEntity"]) == ("Gadget", True)
    assert (gadget["CollectionSchemaName"], gadget["OwnershipType"]) == ("lf_Gadgets", "UserOwned")
    assert [one["LogicalName"] for one in gadget["Attributes"]] == list(Gadget.attributes())
    assert [one["KeyAttributes"] for one in gadget["Keys"]] == [["lf_name"]]
    assert "lead_lf_gadget_lf_leadid" in [one["SchemaName"] for one in gadget["ManyToOneRelationships"]]
    choices = await described.names(f"{path}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "SchemaName")
    assert choices == ["lf_Colour"]
    filters = await described.get("sdkmessagefilters?$filter=primaryobjecttypecode eq 'lf_gadget'")
    assert len(filters["value"]) > 5


asyncio.run(check())
"""


def test_a_new_entity_appears_by_itself() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
