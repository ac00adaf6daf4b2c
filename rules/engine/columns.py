"""The headings that a rule table may have, derived from the fields, the operators and the format of a rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from rules.engine.cells import (
    CellReader,
    Plain,
    as_written,
    chosen,
    offered,
    plain_number,
    plain_text,
    plain_time,
    several,
    single,
    steps,
)
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.operators import OPERATORS, Shape, operators_for
from rules.engine.outcome_specs import OutcomeSpec, RequirementsSpec
from rules.engine.schema import RuleSpec

_PLAIN: Mapping[FieldType, Plain] = {
    FieldType.WHOLE: plain_number,
    FieldType.NUMBER: plain_number,
    FieldType.TIME: plain_time,
}
_OF_OUTCOMES: Mapping[str, CellReader] = {
    "if_missed": steps,
    "if_nobody": steps,
    "offer_to": offered,
    **dict.fromkeys(RequirementsSpec.model_fields, several(plain_text)),
}
"""How the cells of an outcome's parts are read that may hold several values."""


@dataclass(frozen=True, slots=True)
class Column:
    """`path` leads to where a rule has what stands in this column's cells, which `read` makes of them."""

    heading: str
    path: tuple[str, ...]
    read: CellReader


@cache
def columns() -> Mapping[str, Column]:
    """All columns by heading. `description` alone is the rule's own, not the lead's."""
    return {column.heading: column for column in (*_conditions(), *_about_the_rule(), *_outcomes())}


def _conditions() -> Iterator[Column]:
    for spec in readable_fields().values():
        for operator in operators_for(spec.type):
            column = Column(f"{spec.name} {operator}", ("when", spec.name, operator), _operand(spec, operator))
            yield column
            if operator == "equals":
                yield Column(spec.name, column.path, column.read)


def _operand(spec: FieldSpec, operator: str) -> CellReader:
    """A regular expression has bars of its own, so only lists of values are cut at them."""
    plain = _PLAIN.get(spec.type, plain_text)
    shape = OPERATORS[operator].shape
    if shape in (Shape.VALUES, Shape.PAIR):
        return several(plain)
    return single(plain if shape is Shape.VALUE else as_written)


def _about_the_rule() -> Iterator[Column]:
    for name, field in RuleSpec.model_fields.items():
        if name not in ("when", "then"):
            yield Column(name, (name,), single(_plain_for(field.annotation)))


def _plain_for(annotation: Any) -> Plain:
    kinds = _kinds(annotation)
    if any(issubclass(kind, date) for kind in kinds):
        return plain_time
    return plain_number if int in kinds else as_written


def _outcomes() -> Iterator[Column]:
    for name, field in OutcomeSpec.model_fields.items():
        yield from _parts(name, ("then", name), field.annotation)
    yield Column("qualify", ("then", "qualify"), chosen)


def _parts(heading: str, path: tuple[str, ...], annotation: Any) -> Iterator[Column]:
    """A column for what stands at `path`, or one for each part of it: `assign_to team`, `assign_to requires skills`."""
    inner = [kind for kind in _kinds(annotation) if issubclass(kind, BaseModel)]
    for model in inner:
        for name, field in model.model_fields.items():
            yield from _parts(f"{heading} {name}", (*path, name), field.annotation)
    if not inner:
        yield Column(heading, path, _OF_OUTCOMES.get(path[-1], single(plain_text)))


def _kinds(annotation: Any) -> list[type]:
    """The types that an annotation with alternatives allows."""
    if get_origin(annotation) in (Union, UnionType):
        return [kind for option in get_args(annotation) for kind in _kinds(option)]
    return [annotation] if isinstance(annotation, type) else []
