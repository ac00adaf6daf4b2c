"""What Alembic runs: the migrations, inside the transaction of the connection that `crm.store.upgrade` hands over."""

from alembic import context

from crm.store.service_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
