"""The organisation: who there is, as its directory says and as people change it."""
