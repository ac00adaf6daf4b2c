// dynamics-web-api and odata-csdl: what the service says of itself.

import assert from "node:assert/strict";

import { xml2json } from "odata-csdl";

import { GUID, connect, refused, run } from "./scenario.mjs";

const client = connect();
const lead = "LogicalName='lead'";

await run({
  "retrieveEntities lists the tables": async () => {
    const { value } = await client.retrieveEntities({ select: ["LogicalName", "EntitySetName"] });
    const sets = Object.fromEntries(value.map((table) => [table.LogicalName, table.EntitySetName]));
    assert.deepEqual([sets.lead, sets.opportunity, sets.contactleads], ["leads", "opportunities", "contactleadscollection"]);
  },

  "retrieveEntity describes the lead, by name and by id": async () => {
    const byName = await client.retrieveEntity({ key: lead, select: ["SchemaName", "PrimaryIdAttribute"] });
    assert.deepEqual([byName.SchemaName, byName.PrimaryIdAttribute], ["Lead", "leadid"]);
    assert.match(byName.MetadataId, GUID);
    const byId = await client.retrieveEntity({ key: byName.MetadataId, select: ["LogicalName"] });
    assert.equal(byId.LogicalName, "lead");
  },

  "retrieveAttributes and retrieveAttribute describe columns": async () => {
    const { value } = await client.retrieveAttributes({ entityKey: lead, select: ["LogicalName", "AttributeType"] });
    const types = Object.fromEntries(value.map((column) => [column.LogicalName, column.AttributeType]));
    assert.deepEqual([types.subject, types.leadsourcecode, types.ownerid], ["String", "Picklist", "Owner"]);
    const subject = value.find((column) => column.LogicalName === "subject");
    const one = await client.retrieveAttribute({
      entityKey: lead, attributeKey: subject.MetadataId, select: ["LogicalName"],
    });
    assert.equal(one.LogicalName, "subject");
  },

  "picklists come with their options": async () => {
    const { value } = await client.retrieveAttributes({
      entityKey: lead, castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", select: ["LogicalName"],
      expand: [{ property: "OptionSet", select: ["Options"] }],
    });
    const source = value.find((column) => column.LogicalName === "leadsourcecode");
    const web = source.OptionSet.Options.find((option) => option.Value === 8);
    assert.equal(web.Label.UserLocalizedLabel.Label, "Web");
  },

  "retrieveRelationships lists each kind": async () => {
    const casts = ["OneToManyRelationshipMetadata", "ManyToManyRelationshipMetadata"];
    for (const [cast, name] of [[casts[0], "lead_parent_account"], [casts[1], "contactleads_association"]]) {
      const { value } = await client.retrieveRelationships({ castType: `Microsoft.Dynamics.CRM.${cast}` });
      assert.ok(value.some((relationship) => relationship.SchemaName === name), name);
    }
    const { value } = await client.retrieveRelationships({ select: ["SchemaName"] });
    const [{ MetadataId: key }] = value;
    const one = await client.retrieveRelationship({ key });
    assert.equal(one.SchemaName, value[0].SchemaName);
  },

  "retrieveGlobalOptionSets answers": async () => {
    const { value } = await client.retrieveGlobalOptionSets();
    assert.ok(Array.isArray(value));
  },

  "table names are found by their singular": async () => {
    const named = connect({ useEntityNames: true });
    assert.ok((await named.count({ collection: "lead" })) >= 0);
  },

  "the metadata document is read by odata-csdl": async () => {
    const xml = await client.retrieveCsdlMetadata();
    const csdl = xml2json(xml);
    const schema = csdl["Microsoft.Dynamics.CRM"];
    assert.equal(schema.lead.$Kind, "EntityType");
    assert.deepEqual(schema.lead.$Key, ["leadid"]);
    assert.equal(schema.lead.contactleads_association.$Collection, true);
    assert.ok(schema.QualifyLead[0].$IsBound);
    const [namespace, container] = csdl.$EntityContainer.split(/\.(?=[^.]+$)/);
    assert.match(csdl[namespace][container].leads.$Type, /^(mscrm|Microsoft\.Dynamics\.CRM)\.lead$/);
  },

  "tables cannot be changed": async () => {
    const error = await refused(client.createEntity({ data: { SchemaName: "new_thing" } }));
    assert.equal(error.status, 405);
  },
});
