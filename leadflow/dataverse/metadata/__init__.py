"""What the service says about itself: entities, attributes, relationships and option sets, as Dataverse describes them.

All of it is derived from `crm.entities`, `crm.relationships` and the option sets in force; `catalogue` builds it once.
"""
