"""All definitions, built once for the option sets in force."""

from dataclasses import dataclass
from functools import lru_cache

from crm.attributes import AttributeType
from crm.choices import ChoiceBook, OptionSet
from crm.entities import ENTITIES
from leadflow.dataverse.metadata.definition import Definitions
from leadflow.dataverse.metadata.entities import all_entities
from leadflow.dataverse.metadata.messages import all_messages
from leadflow.dataverse.metadata.option_sets import global_option_sets
from leadflow.dataverse.metadata.relationships import all_relationships


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`sets` are the sets of definitions by name, as paths name them."""

    sets: dict[str, Definitions]


def catalogue_of(choices: ChoiceBook) -> Catalogue:
    """The definitions for these option sets. Building takes a tenth of a second; the last ones are kept."""
    return _built(tuple(choices.sets.values()))


@lru_cache(2)
def _built(option_sets: tuple[OptionSet, ...]) -> Catalogue:
    choices = ChoiceBook({options.name: options for options in option_sets})
    relationships = all_relationships()
    used = [
        attribute.option_set
        for entity in ENTITIES.values()
        for attribute in entity.attributes().values()
        if attribute.type is AttributeType.PICKLIST and attribute.option_set
    ]
    return Catalogue(
        {
            "EntityDefinitions": all_entities(choices, relationships),
            "RelationshipDefinitions": relationships,
            "GlobalOptionSetDefinitions": global_option_sets(used, choices),
            "sdkmessagefilters": all_messages(),
        }
    )
