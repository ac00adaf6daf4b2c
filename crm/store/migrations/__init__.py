"""The history of the schema, as one Alembic tree; `crm.store.upgrade` runs it."""
