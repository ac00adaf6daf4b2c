"""Leads over HTTP: web forms and partner feeds, each a source with its own credentials, limits and mapping."""
