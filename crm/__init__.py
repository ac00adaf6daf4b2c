"""The vocabulary of leads: entities, option sets, states, normalisation and errors (the store is `crm.store`)."""
