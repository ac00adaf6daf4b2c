"""The vocabulary of leads: entities, option sets, state machine, normalisation and errors (the store is `crm.store`)."""
