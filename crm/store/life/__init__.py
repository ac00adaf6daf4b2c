"""A lead's life in the database: its row, its journal, and what it may be kept back for or go with."""
