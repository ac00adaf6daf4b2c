"""Side effects: one module per noun; every activity is one transaction and idempotent on its lead and step."""
