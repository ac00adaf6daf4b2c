"""Plans: what a query comes to, made once and run whenever it is asked again.

A plan is made of the options, the caller and the annotations, and holds no row and no time: only the statement, with
parameters for what differs from run to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select

from crm.choices import ChoiceBook
from crm.entities import ENTITIES, Entity
from crm.relationships import End, ManyToOne, Navigation
from leadflow.dataverse.errors import bad_query, unknown_property
from leadflow.dataverse.query.fields import Body, Field, Projection, Row, fields_of, selected
from leadflow.dataverse.query.names import properties, property_of
from leadflow.dataverse.query.options import Expand, Options
from leadflow.dataverse.query.ordering import later_rows, sort_keys
from leadflow.dataverse.query.scope import Context, Scope
from leadflow.dataverse.query.statements import Moments, Origin, Wanted, conditions_of, statement_of


@dataclass(frozen=True)
class Expansion:
    """An item of `$expand`, with the plan for the related records; for a lookup one for each entity that it may name.
    `position` is where a row has what leads to them, a lookup or its own key; `kind` where it says which entity a
    lookup names."""

    asked: Expand
    navigation: Navigation
    plans: tuple["Plan", ...]
    position: int
    kind: int | None = None


@dataclass(frozen=True)
class Plan:
    """`statement` selects what `fields` show. Of a row, `key` is the position of its id, `version` that of its version
    number, `sorts` those of what rows are sorted by, `owner` that of the record whose collection it belongs to."""

    entity: type[Entity]
    statement: Select[Any]
    moments: Moments
    fields: tuple[Field, ...]
    key: int
    version: int | None
    sorts: tuple[int, ...]
    owner: int | None
    expansions: tuple[Expansion, ...]

    def parameters(self, now: datetime, **given: Any) -> dict[str, Any]:
        return {**{name: of_now(now) for name, of_now in self.moments.items()}, **given}

    def body(self, row: Row, choices: ChoiceBook) -> Body:
        """The JSON object of a row, without what `$expand` adds."""
        body: Body = {} if self.version is None else {"@odata.etag": etag(row[self.version])}
        for one in self.fields:
            value = row[one.position]
            if value is None:
                body[one.name] = None
                continue
            body[one.name] = value if one.convert is None else one.convert(value)
            if one.annotate is not None:
                one.annotate(body, row, value, choices)
        return body


def etag(version: int | None) -> str:
    return f'W/"{version or 0}"'


@lru_cache(1024)
def plan_of(wanted: Wanted) -> Plan:
    """The plan of a query. Raises InvalidInput for what its options name that does not exist, or ask that cannot be."""
    context = Context(wanted.caller)
    scope = Scope.of(context, wanted.entity)
    projection = Projection(scope)
    key = projection.place(scope.key)
    version = scope.table.c.get("versionnumber")
    fields = fields_of(projection, selected(wanted.entity, wanted.options.select), wanted.annotations)
    expansions = tuple(_expansion(wanted, projection, one) for one in wanted.options.expand)
    conditions = conditions_of(wanted, scope)
    keys = sort_keys(scope, wanted.options.orderby) if wanted.is_sorted else []
    if wanted.nulls is not None:
        conditions.append(later_rows(keys, wanted.nulls))
    version_at = None if version is None else projection.place(version)
    sorts = tuple(projection.place_any(one.value) for one in keys)
    statement, owner = statement_of(wanted, projection, conditions, keys)
    return Plan(wanted.entity, statement, context.moments, fields, key, version_at, sorts, owner, expansions)


def _expansion(wanted: Wanted, projection: Projection, asked: Expand) -> Expansion:
    navigation = projection.scope.navigation(asked.name)
    _check(wanted, navigation, asked)
    columns = projection.scope.table.c
    if navigation.is_collection:
        plan = plan_of(_inner(wanted, navigation.target, asked.options, Origin(wanted.entity, navigation, many=True)))
        return Expansion(asked, navigation, (plan,), projection.place(projection.scope.key))
    assert isinstance(navigation.relationship, ManyToOne)
    lookup = property_of(wanted.entity, navigation.relationship.attribute)
    targets = navigation.targets or (navigation.target,)
    options = [_for_target(asked.options, target, targets) for target in targets]
    plans = tuple(plan_of(_inner(wanted, target, one)) for target, one in zip(targets, options, strict=True))
    kind = None if lookup.type_column is None else projection.place(columns[lookup.type_column])
    return Expansion(asked, navigation, plans, projection.place(columns[lookup.column]), kind)


def _inner(wanted: Wanted, target: str, options: Options, origin: Origin | None = None) -> Wanted:
    return replace(
        wanted,
        entity=ENTITIES[target],
        options=options,
        origin=origin,
        nulls=None,
        by_key=False,
        by_keys=origin is None,
        is_inner=True,
    )


def _for_target(options: Options, target: str, targets: Sequence[str]) -> Options:
    """An owner is a user or a team: each has what it has of the properties that are selected."""
    if options.select is None or len(targets) == 1:
        return options
    names = [properties(ENTITIES[one]) for one in targets]
    for name in options.select:
        if name != "ownerid" and not any(name in known for known in names):
            raise unknown_property(name[:100], "principal")
    return replace(options, select=tuple(name for name in options.select if name in properties(ENTITIES[target])))


def _check(wanted: Wanted, navigation: Navigation, asked: Expand) -> None:
    """Refuse what Dataverse refuses of expansions: sorting and counting below the first level, collections below a
    many-to-many relationship, and filters of a single record."""
    if not navigation.is_collection:
        asked.options.only("$select", "$expand", where=f"on '{asked.name}', which leads to one record")
    if not wanted.is_inner:
        return
    asked.options.only("$select", "$filter", "$expand", where=f"on '{asked.name}', which is expanded inside another")
    if wanted.origin and wanted.origin.navigation.end is End.LINKED and navigation.is_collection:
        raise bad_query(
            f"The navigation property '{asked.name}' cannot be expanded. Only many-to-one relationships are supported "
            "for nested expansion."
        )
