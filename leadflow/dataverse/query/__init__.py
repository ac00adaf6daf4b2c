"""Queries: the options of a request, their way to one SQL statement, and the rows' way to JSON."""
