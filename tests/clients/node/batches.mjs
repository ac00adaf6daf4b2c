// dynamics-web-api: batches, with change sets and without, and references from one request to another.

import assert from "node:assert/strict";

import { GUID, NOBODY, connect, refused, run, unique } from "./scenario.mjs";

const client = connect();
const lastname = unique("Stein");
const company = unique("Steinwerk");
const leads = { collection: "leads" };
const count = (collection, filter) => client.count({ collection, filter });

await run({
  "a batch answers each request in order": async () => {
    client.startBatch();
    client.callFunction("WhoAmI");
    client.retrieveMultiple({ ...leads, select: ["subject"], filter: `lastname eq '${lastname} O''Neil' and statecode eq 0` });
    client.count({ collection: "leads" });
    const [me, found, all] = await client.executeBatch();
    assert.match(me.UserId, GUID);
    assert.deepEqual(found.value, []);
    assert.equal(typeof all, "number");
  },

  "a change set makes records that refer to each other": async () => {
    client.startBatch();
    client.create({ collection: "accounts", data: { name: company }, contentId: "1" });
    client.create({
      collection: "contacts", data: { lastname, "parentcustomerid_account@odata.bind": "$1" }, contentId: "2",
    });
    client.create({ ...leads, data: { subject: "Stones", lastname, "parentaccountid@odata.bind": "$1" }, contentId: "3" });
    client.associate({
      collection: "$3", primaryKey: "", relationshipName: "contactleads_association", relatedKey: "$2", contentId: "4",
    });
    client.update({ collection: "$1", data: { telephone1: "555-0110" }, contentId: "5" });
    const [account, contact, lead] = await client.executeBatch();
    for (const id of [account, contact, lead]) assert.match(id, GUID);
    const found = await client.retrieve({
      ...leads, key: lead, select: ["subject"],
      expand: [{ property: "parentaccountid", select: ["name", "telephone1"] },
               { property: "contactleads_association", select: ["lastname"] }],
    });
    assert.deepEqual([found.parentaccountid.name, found.parentaccountid.telephone1], [company, "555-0110"]);
    assert.deepEqual(found.contactleads_association.map((one) => one.contactid), [contact]);
  },

  "a change set of which one request fails leaves nothing": async () => {
    client.startBatch();
    client.create({ collection: "accounts", data: { name: `${company} II` } });
    client.create({ ...leads, data: { subject: "More stones", lastname: `${lastname} II` } });
    client.update({ ...leads, key: NOBODY, data: { subject: "x" } });
    const failures = await refused(client.executeBatch()); // a failed batch throws what its parts say
    assert.deepEqual(failures.map((one) => [one.status, one.error.code]), [[404, "0x80040217"]]);
    assert.equal(await count("accounts", `name eq '${company} II'`), 0);
    assert.equal(await count("leads", `lastname eq '${lastname} II'`), 0);
  },

  "without change sets, a batch ends at the first failure": async () => {
    client.startBatch();
    client.create({ collection: "accounts", data: { name: `${company} III` } });
    client.retrieve({ ...leads, key: NOBODY, select: ["subject"] });
    client.create({ collection: "accounts", data: { name: `${company} IV` } });
    const [account, failure, ...others] = await refused(client.executeBatch({ inChangeSet: false }));
    assert.match(account, GUID);
    assert.equal(failure.status, 404);
    assert.deepEqual(others, []);
    assert.equal(await count("accounts", `name eq '${company} III'`), 1);
    assert.equal(await count("accounts", `name eq '${company} IV'`), 0);
  },

  "a batch goes on after a failure where the client prefers so": async () => {
    client.startBatch();
    client.retrieve({ ...leads, key: NOBODY, select: ["subject"] });
    client.create({ collection: "accounts", data: { name: `${company} V` } });
    client.update({ ...leads, key: NOBODY, data: { subject: "x" } });
    const [missing, account, unchanged] = await client.executeBatch({ inChangeSet: false, continueOnError: true });
    assert.deepEqual([missing.status, missing.error.code], [404, "0x80040217"]);
    assert.match(account, GUID);
    assert.equal(unchanged.status, 404);
  },

  "updates, deletions and conditions work in change sets": async () => {
    const [account] = (await client.retrieveMultiple({
      collection: "accounts", select: ["name"], filter: `name eq '${company} V'`,
    })).value;
    const request = { collection: "accounts", key: account.accountid };
    client.startBatch();
    client.update({ ...request, data: { telephone1: "555-0111" }, ifmatch: account["@odata.etag"] });
    client.updateSingleProperty({ ...request, fieldValuePair: { description: "Twice" } });
    await client.executeBatch();
    const found = await client.retrieve({ ...request, select: ["telephone1", "description"] });
    assert.deepEqual([found.telephone1, found.description], ["555-0111", "Twice"]);
    client.startBatch();
    client.update({ ...request, data: { telephone1: "555-0112" } });
    client.update({ ...request, data: { telephone1: "555-0113" }, ifmatch: account["@odata.etag"] });
    assert.deepEqual((await refused(client.executeBatch())).map((one) => one.status), [412]);
    assert.equal((await client.retrieve({ ...request, select: ["telephone1"] })).telephone1, "555-0111");
    client.startBatch();
    client.deleteRecord(request);
    await client.executeBatch();
    assert.equal(await count("accounts", `name eq '${company} V'`), 0);
  },

  "leads are created, qualified and deleted in change sets": async () => {
    client.startBatch();
    for (const firstname of ["Fritz", "Gerd"]) client.create({ ...leads, data: { subject: "Slate", firstname, lastname } });
    const [fritz, gerd] = await client.executeBatch();
    client.startBatch();
    client.update({ ...leads, key: gerd, data: { subject: "Marble" } });
    client.callAction({
      ...leads, key: fritz, actionName: "Microsoft.Dynamics.CRM.QualifyLead",
      action: { CreateAccount: false, CreateContact: true, CreateOpportunity: true, Status: 3 },
    });
    const [, qualified] = await client.executeBatch();
    assert.deepEqual(qualified.value.map((one) => one["@odata.type"]).sort(), [
      "#Microsoft.Dynamics.CRM.contact", "#Microsoft.Dynamics.CRM.opportunity",
    ]);
    const lead = await client.retrieve({ ...leads, key: gerd, select: ["subject"] });
    assert.equal(lead.subject, "Marble");
    client.startBatch();
    for (const key of [fritz, gerd]) client.deleteRecord({ ...leads, key });
    await client.executeBatch();
    assert.equal(await count("leads", `lastname eq '${lastname}' and subject ne 'Stones'`), 0);
  },
});
