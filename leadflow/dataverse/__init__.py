"""The Dataverse Web API: OData v4 over the entities of `crm`, as programs written for Dynamics 365 call it."""
