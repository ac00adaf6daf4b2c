"""The orchestration of a lead's life. Deterministic: no I/O, no clocks, no database."""
