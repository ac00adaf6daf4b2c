"""Files of leads: read row by row, map columns to attributes, keep what could not be used."""
