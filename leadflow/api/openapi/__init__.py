"""The description of everything that HTTP answers here, as OpenAPI 3.1, derived from the entities and the routes."""
