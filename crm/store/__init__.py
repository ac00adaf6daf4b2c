"""The store: one code path for SQLite and PostgreSQL, SQLAlchemy Core, one transaction per step of a lead's life."""
