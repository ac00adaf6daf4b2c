"""The store: one code path for SQLite and PostgreSQL, SQLAlchemy Core, one transaction per step of a lead's life.

Here are the database, its tables, and records of any entity; each folder has the queries of one concern.
"""
