#!/bin/sh
# Creates Temporal's two databases and brings them to the schema of this release. Safe to run again: an existing
# database is kept, and version 0.0 is only written to one that has no version.
# Needs POSTGRES_HOST, POSTGRES_PORT and POSTGRES_USER; temporal-sql-tool reads SQL_PASSWORD itself.
set -eu

sql_tool() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_HOST" -p "$POSTGRES_PORT" -u "$POSTGRES_USER" "$@"
}

prepare() { # prepare DATABASE SCHEMA
    sql_tool --db "$1" create
    sql_tool --db "$1" setup-schema -v 0.0
    sql_tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
