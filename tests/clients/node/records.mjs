// dynamics-web-api: a lead from its creation to its qualification and deletion, and all that is done with records.

import assert from "node:assert/strict";

import { GUID, NOBODY, connect, refused, run, unique } from "./scenario.mjs";

const client = connect();
const lastname = unique("Weber");
const company = unique("Nordwind");
const made = { leads: [] };

await run({
  "WhoAmI names the user, the business unit and the organisation": async () => {
    const me = await client.callFunction("WhoAmI");
    for (const id of [me.UserId, me.BusinessUnitId, me.OrganizationId]) assert.match(id, GUID);
  },

  "RetrieveVersion gives the version of the Web API": async () => {
    const { Version } = await client.callFunction({ name: "RetrieveVersion" });
    assert.match(Version, /^9\.2\./);
  },

  "create returns the id of an account": async () => {
    made.account = await client.create({ collection: "accounts", data: { name: company, telephone1: "555-0100" } });
    assert.match(made.account, GUID);
  },

  "create returns the new contact, bound to the account": async () => {
    const contact = await client.create({
      collection: "contacts",
      data: { firstname: "Ada", lastname, "parentcustomerid_account@odata.bind": `/accounts(${made.account})` },
      select: ["fullname", "_parentcustomerid_value"],
      returnRepresentation: true,
    });
    assert.equal(contact.fullname, `Ada ${lastname}`);
    assert.equal(contact._parentcustomerid_value, made.account);
    made.contact = contact.contactid;
  },

  "create starts leads": async () => {
    for (const [firstname, leadsourcecode] of [["Anna", 8], ["Bert", 8], ["Cleo", 1], ["Dora", null], ["Emil", null]]) {
      const data = { subject: `Interest of ${firstname}`, firstname, lastname, companyname: company, leadsourcecode };
      made.leads.push(await client.create({ collection: "leads", data }));
    }
    for (const lead of made.leads) assert.match(lead, GUID);
  },

  "retrieve returns the selected columns, the key and an ETag": async () => {
    const lead = await client.retrieve({ collection: "leads", key: made.leads[0], select: ["subject", "fullname"] });
    assert.deepEqual(Object.keys(lead).filter((name) => !name.includes("@") && !name.startsWith("oData")).sort(), [
      "fullname", "leadid", "subject",
    ]);
    assert.equal(lead.fullname, `Anna ${lastname}`);
    assert.equal(lead.leadid, made.leads[0]);
    assert.match(lead["@odata.etag"], /^W\/"\d+"$/);
    assert.match(lead.oDataContext, /\$metadata#leads\(subject,fullname\)\/\$entity$/);
  },

  "retrieve adds formatted values and what lookups point to": async () => {
    const lead = await client.retrieve({
      collection: "leads", key: made.leads[0], select: ["leadsourcecode", "_ownerid_value"], includeAnnotations: "*",
    });
    assert.equal(lead.leadsourcecode_Formatted, "Web");
    assert.match(lead._ownerid_value, GUID);
    assert.ok(["systemuser", "team"].includes(lead._ownerid_value_LogicalName));
    assert.ok(lead._ownerid_value_Formatted);
  },

  "update changes a record": async () => {
    const request = { collection: "leads", key: made.leads[0], data: { subject: "Twelve desks" } };
    assert.equal(await client.update(request), true);
    const { subject } = await client.retrieve({ collection: "leads", key: made.leads[0], select: ["subject"] });
    assert.equal(subject, "Twelve desks");
  },

  "update returns the changed record": async () => {
    const account = await client.update({
      collection: "accounts", key: made.account, data: { telephone1: "555-0101" },
      select: ["telephone1"], returnRepresentation: true,
    });
    assert.equal(account.telephone1, "555-0101");
  },

  "update and deleteRecord refuse a record that has changed since": async () => {
    const request = { collection: "accounts", key: made.account };
    const { "@odata.etag": old } = await client.retrieve({ ...request, select: ["name"] });
    assert.equal(await client.update({ ...request, data: { telephone1: "555-0102" }, ifmatch: old }), true);
    assert.equal(await client.update({ ...request, data: { telephone1: "555-0103" }, ifmatch: old }), false);
    assert.equal(await client.deleteRecord({ ...request, ifmatch: old }), false);
    const { telephone1 } = await client.retrieve({ ...request, select: ["telephone1"] });
    assert.equal(telephone1, "555-0102");
  },

  "update refuses a record that does not exist": async () => {
    const error = await refused(client.update({ collection: "leads", key: NOBODY, data: { subject: "x" } }));
    assert.equal(error.status, 404);
    assert.equal(error.code, "0x80040217");
  },

  "updateSingleProperty and deleteRecord change one property": async () => {
    const request = { collection: "leads", key: made.leads[0] };
    await client.updateSingleProperty({ ...request, fieldValuePair: { description: "Called twice" } });
    const read = () => client.retrieve({ ...request, select: ["description"] });
    assert.equal((await read()).description, "Called twice");
    await client.deleteRecord({ ...request, property: "description" });
    assert.equal((await read()).description, null);
  },

  "upsert creates, updates, and does only one of them where told so": async () => {
    const key = crypto.randomUUID();
    const request = { collection: "accounts", key, data: { name: unique("Ostwind") } };
    assert.equal(await client.upsert({ ...request, ifmatch: "*" }), null);
    assert.equal(await client.upsert(request), key);
    await client.upsert({ ...request, data: { telephone1: "555-0104" } });
    assert.equal(await client.upsert({ ...request, ifnonematch: "*" }), null);
    const account = await client.retrieve({ collection: "accounts", key, select: ["name", "telephone1"] });
    assert.deepEqual([account.name, account.telephone1], [request.data.name, "555-0104"]);
    assert.equal(await client.deleteRecord({ collection: "accounts", key }), true);
  },

  "retrieveMultiple filters, orders and counts": async () => {
    const found = await client.retrieveMultiple({
      collection: "leads",
      select: ["firstname"],
      filter: `lastname eq '${lastname.toUpperCase()}' and (leadsourcecode eq 8 or contains(firstname,'LE'))`,
      orderBy: ["leadsourcecode desc", "firstname desc"],
      count: true,
    });
    assert.deepEqual(found.value.map((lead) => lead.firstname), ["Bert", "Anna", "Cleo"]);
    assert.equal(found.oDataCount, 3);
  },

  "retrieveMultiple takes the first rows only": async () => {
    const found = await client.retrieveMultiple({
      collection: "leads", select: ["firstname"], filter: `lastname eq '${lastname}'`, orderBy: ["firstname"], top: 2,
    });
    assert.deepEqual(found.value.map((lead) => lead.firstname), ["Anna", "Bert"]);
    assert.equal(found.oDataNextLink, undefined);
  },

  "retrieveMultiple gives a page, and the link to the next": async () => {
    const request = {
      collection: "leads", select: ["firstname"], filter: `lastname eq '${lastname}'`, orderBy: ["firstname"], maxPageSize: 2,
    };
    const pages = [await client.retrieveMultiple(request)];
    while (pages.at(-1).oDataNextLink) pages.push(await client.retrieveMultiple(request, pages.at(-1).oDataNextLink));
    assert.deepEqual(pages.map((page) => page.value.map((lead) => lead.firstname)), [
      ["Anna", "Bert"], ["Cleo", "Dora"], ["Emil"],
    ]);
  },

  "retrieveAll and countAll follow the pages": async () => {
    const request = { collection: "leads", select: ["firstname"], filter: `lastname eq '${lastname}'`, maxPageSize: 2 };
    assert.equal((await client.retrieveAll(request)).value.length, 5);
    assert.equal(await client.countAll(request), 5);
  },

  "count counts all, or what a filter lets through": async () => {
    assert.ok((await client.count({ collection: "leads" })) >= 5);
    assert.equal(await client.count({ collection: "leads", filter: `lastname eq '${lastname}'` }), 5);
  },

  "filters use the query functions of Dataverse": async () => {
    const filter =
      `Microsoft.Dynamics.CRM.In(PropertyName='leadsourcecode',PropertyValues=['1','8']) and lastname eq '${lastname}' ` +
      "and Microsoft.Dynamics.CRM.LastXHours(PropertyName='createdon',PropertyValue=1)";
    const found = await client.retrieveMultiple({ collection: "leads", select: ["firstname"], filter });
    assert.deepEqual(found.value.map((lead) => lead.firstname).sort(), ["Anna", "Bert", "Cleo"]);
  },

  "a request with a long URL travels as a batch": async () => {
    const ids = Array.from({ length: 60 }, () => `leadid eq ${crypto.randomUUID()}`).join(" or ");
    const request = { collection: "leads", select: ["firstname"], filter: `leadid eq ${made.leads[4]} or ${ids}` };
    const found = await client.retrieveMultiple(request);
    assert.deepEqual(found.value.map((lead) => lead.firstname), ["Emil"]);
    const error = await refused(client.retrieveMultiple({ ...request, select: ["nosuchcolumn"] }));
    assert.equal(error.status, 400);
  },

  "associateSingleValued and disassociateSingleValued set and clear a lookup": async () => {
    const request = { collection: "leads", primaryKey: made.leads[0], navigationProperty: "parentaccountid" };
    const read = () => client.retrieve({ collection: "leads", key: made.leads[0], select: ["_parentaccountid_value"] });
    await client.associateSingleValued({ ...request, relatedCollection: "accounts", relatedKey: made.account });
    assert.equal((await read())._parentaccountid_value, made.account);
    await client.disassociateSingleValued(request);
    assert.equal((await read())._parentaccountid_value, null);
  },

  "update binds a lookup, retrieve expands it and follows it": async () => {
    const request = { collection: "leads", key: made.leads[0] };
    await client.update({ ...request, data: { "parentaccountid@odata.bind": `/accounts(${made.account})` } });
    const lead = await client.retrieve({
      ...request, select: ["subject"], expand: [{ property: "parentaccountid", select: ["name"] }],
    });
    assert.equal(lead.parentaccountid.name, company);
    const account = await client.retrieve({ ...request, navigationProperty: "parentaccountid", select: ["name"] });
    assert.equal(account.name, company);
    const reference = await client.retrieve({ ...request, select: ["parentaccountid/$ref"] });
    assert.deepEqual([reference.id, reference.collection], [made.account, "accounts"]);
  },

  "associate and disassociate link contacts with a lead": async () => {
    const links = { collection: "leads", primaryKey: made.leads[0], relationshipName: "contactleads_association" };
    const rows = () => client.retrieveMultiple({ collection: "contactleadscollection", filter: `leadid eq ${made.leads[0]}` });
    await client.associate({ ...links, relatedCollection: "contacts", relatedKey: made.contact });
    const [row] = (await rows()).value;
    assert.deepEqual([row.leadid, row.contactid], [made.leads[0], made.contact]);
    assert.match(row.contactleadid, GUID);
    const lead = await client.retrieve({
      collection: "leads", key: made.leads[0], select: ["subject"],
      expand: [{ property: "contactleads_association", select: ["fullname"] }],
    });
    assert.deepEqual(lead.contactleads_association.map((contact) => contact.fullname), [`Ada ${lastname}`]);
    await client.disassociate({ ...links, relatedKey: made.contact });
    assert.deepEqual((await rows()).value, []);
  },

  "associate works from the contact's side as well": async () => {
    const links = { collection: "contacts", primaryKey: made.contact, relationshipName: "contactleads_association" };
    await client.associate({ ...links, relatedCollection: "leads", relatedKey: made.leads[0] });
    const found = await client.retrieve({
      collection: "contacts", key: made.contact, navigationProperty: "contactleads_association", select: ["firstname"],
    });
    assert.deepEqual(found.value.map((lead) => lead.firstname), ["Anna"]);
  },

  "callAction QualifyLead makes an account, a contact and an opportunity": async () => {
    const { value } = await client.callAction({
      collection: "leads", key: made.leads[1], actionName: "Microsoft.Dynamics.CRM.QualifyLead",
      action: { CreateAccount: true, CreateContact: true, CreateOpportunity: true, Status: 3 },
    });
    assert.deepEqual(value.map((record) => record["@odata.type"]).sort(), [
      "#Microsoft.Dynamics.CRM.account", "#Microsoft.Dynamics.CRM.contact", "#Microsoft.Dynamics.CRM.opportunity",
    ]);
    const account = value.find((record) => record.accountid && record["@odata.type"].endsWith(".account"));
    assert.equal(account._originatingleadid_value, made.leads[1]);
    const lead = await client.retrieve({
      collection: "leads", key: made.leads[1], select: ["statecode", "statuscode", "_qualifyingopportunityid_value"],
    });
    assert.deepEqual([lead.statecode, lead.statuscode], [1, 3]);
    assert.match(lead._qualifyingopportunityid_value, GUID);
  },

  "QualifyLead refuses a lead that is closed": async () => {
    const error = await refused(client.callAction({
      collection: "leads", key: made.leads[1], actionName: "Microsoft.Dynamics.CRM.QualifyLead",
      action: { CreateAccount: false, CreateContact: false, CreateOpportunity: false, Status: 3 },
    }));
    assert.equal(error.status, 400);
    assert.equal(error.code, "0x80040519");
  },

  "update disqualifies and reactivates a lead": async () => {
    const request = { collection: "leads", key: made.leads[2] };
    const state = async () => (await client.retrieve({ ...request, select: ["statecode"] })).statecode;
    await client.update({ ...request, data: { statecode: 2, statuscode: 4 } });
    assert.equal(await state(), 2);
    await client.update({ ...request, data: { statecode: 0, statuscode: 1 } });
    assert.equal(await state(), 0);
  },

  "errors have a status, a code and a message": async () => {
    const missing = await refused(client.retrieve({ collection: "leads", key: NOBODY }));
    assert.deepEqual([missing.status, missing.code], [404, "0x80040217"]);
    assert.match(missing.message, /Does Not Exist/);
    const unknown = await refused(client.retrieveMultiple({ collection: "leads", select: ["nosuchcolumn"] }));
    assert.deepEqual([unknown.status, unknown.code], [400, "0x80060888"]);
    assert.match(unknown.message, /nosuchcolumn/);
    const bad = await refused(client.create({ collection: "accounts", data: { name: "x", nosuchcolumn: 1 } }));
    assert.equal(bad.status, 400);
    assert.match(bad.message, /nosuchcolumn/);
  },

  "FetchXML and acting for another user are refused, and say so": async () => {
    const fetchXml = '<fetch><entity name="lead"><attribute name="subject"/></entity></fetch>';
    const error = await refused(client.fetch({ collection: "leads", fetchXml }));
    assert.equal(error.status, 400);
    assert.match(error.message, /fetchXml/i);
    const asked = client.retrieveMultiple({ collection: "leads", select: ["subject"], top: 1, impersonate: NOBODY });
    const other = await refused(asked);
    assert.equal(other.status, 400);
    assert.match(other.message, /another user/);
  },

  "nothing is answered without a valid token": async () => {
    const error = await refused(connect({ onTokenRefresh: async () => "nonsense" }).callFunction("WhoAmI"));
    assert.equal(error.status, 401);
  },

  "deleteRecord deletes": async () => {
    for (const key of made.leads) assert.equal(await client.deleteRecord({ collection: "leads", key }), true);
    assert.equal(await client.count({ collection: "leads", filter: `lastname eq '${lastname}'` }), 0);
    const error = await refused(client.deleteRecord({ collection: "leads", key: made.leads[0] }));
    assert.equal(error.status, 404);
  },
});
