"""What holds for every entity: the registry is complete, and declarations fit each other and the option sets."""

import pytest

from crm.attributes import Attribute, AttributeType
from crm.choices import standard_choices
from crm.entities import ENTITIES, Entity

EVERY = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())
OF_SEVERAL = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)


def of_type(entity: type[Entity], *types: AttributeType) -> dict[str, Attribute]:
    return {name: attribute for name, attribute in entity.attributes().items() if attribute.type in types}


def all_below(entity: type[Entity]) -> set[type[Entity]]:
    return {entity}.union(*(all_below(child) for child in entity.__subclasses__()))


def test_no_entity_is_forgotten() -> None:
    """Fragments have no logical name of their own; everything that has one is in the registry."""
    ours = {one for one in all_below(Entity) if one.__module__.startswith("crm.") and "logical_name" in vars(one)}
    assert {one.logical_name: one for one in ours} == ENTITIES


def test_no_two_entities_share_a_set() -> None:
    assert len({entity.entity_set for entity in ENTITIES.values()}) == len(ENTITIES)


@EVERY
def test_names_fit(entity: type[Entity]) -> None:
    attributes = entity.attributes()
    assert entity.schema_name.lower() == entity.logical_name
    assert attributes[entity.primary_id].type is AttributeType.UNIQUEIDENTIFIER
    assert entity.primary_name is None or entity.primary_name in attributes
    assert all(name in attributes for names in entity.alternate_keys for name in names)
    assert all(name == name.lower() for name in attributes)


@EVERY
def test_every_option_set_exists_and_its_default_is_an_option(entity: type[Entity]) -> None:
    book = standard_choices()
    for name, attribute in entity.attributes().items():
        if attribute.option_set is not None:
            options = book[attribute.option_set]
            assert attribute.default is None or options.find(attribute.default), name


@EVERY
def test_the_default_status_belongs_to_the_default_state(entity: type[Entity]) -> None:
    book = standard_choices()
    states, statuses = of_type(entity, AttributeType.STATE), of_type(entity, AttributeType.STATUS)
    assert states.keys() == ({"statecode"} if states else set()) and bool(states) == bool(statuses)
    for attribute in statuses.values():
        reasons = book[attribute.option_set or ""]
        known = {option.value for option in book[states["statecode"].option_set or ""].options}
        assert {option.state for option in reasons.options} <= known
        default = reasons.find(attribute.default)
        assert default and default.state == 0


@EVERY
def test_lookups_name_entities_and_carry_their_type_where_there_are_several(entity: type[Entity]) -> None:
    for name, attribute in of_type(entity, *OF_SEVERAL).items():
        assert attribute.targets and set(attribute.targets) <= ENTITIES.keys(), name
        assert (len(attribute.targets) > 1) == (f"{name}type" in entity.attributes()), name


@EVERY
def test_every_amount_has_its_value_in_the_base_currency(entity: type[Entity]) -> None:
    amounts = of_type(entity, AttributeType.MONEY)
    for name, attribute in amounts.items():
        if name.endswith("_base"):
            source = amounts[name.removesuffix("_base")]
            assert (attribute.precision, attribute.create, attribute.update) == (4, False, False)
            assert attribute.maximum == source.maximum
        else:
            assert f"{name}_base" in amounts and attribute.precision == 2
    assert not amounts or "transactioncurrencyid" in entity.attributes()


@EVERY
def test_a_new_record_has_its_defaults(entity: type[Entity]) -> None:
    record = entity()
    for name, attribute in entity.attributes().items():
        if attribute.default is not None:
            assert getattr(record, name) == attribute.default, name
    assert getattr(record, entity.primary_id) != getattr(entity(), entity.primary_id)
