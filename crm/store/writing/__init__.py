"""Writes as the Web API asks for them, to any record, with all that a deletion takes along."""
