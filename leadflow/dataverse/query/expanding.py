"""`$expand`: related records inside the records of an answer, by one query for each navigation property."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from crm.choices import ChoiceBook
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.fields import Body, Row
from leadflow.dataverse.query.paging import Pages
from leadflow.dataverse.query.plans import Expansion, Plan
from leadflow.dataverse.query.statements import KEYS, LIMIT, MOST_EXPANDED, OWNERS
from leadflow.dataverse.target import NAMESPACE


@dataclass(frozen=True)
class Run:
    """One run of a plan. `now` is its time, `choices` name options, `pages` make the links to further pages."""

    connection: Connection
    now: datetime
    choices: ChoiceBook
    pages: Pages

    def rows(self, plan: Plan, **parameters: Any) -> Sequence[Row]:
        return self.connection.execute(plan.statement, plan.parameters(self.now, **parameters)).all()

    def bodies(self, plan: Plan, rows: Sequence[Row]) -> list[Body]:
        """The JSON objects of rows, with what the plan expands."""
        bodies = [plan.body(row, self.choices) for row in rows]
        for one in plan.expansions:
            if one.navigation.is_collection:
                self._fill_collection(plan, one, rows, bodies)
            else:
                self._fill_lookup(one, rows, bodies)
        return bodies

    def _fill_lookup(self, one: Expansion, rows: Sequence[Row], bodies: Sequence[Body]) -> None:
        found: dict[UUID, Body] = {}
        for plan in one.plans:
            target = plan.entity.logical_name
            keys = {row[one.position] for row in rows if one.kind is None or row[one.kind] == target} - {None}
            if keys:
                related = self.rows(plan, **{KEYS: list(keys)})
                found.update(zip((row[plan.key] for row in related), self.bodies(plan, related), strict=True))
                if len(one.plans) > 1:
                    self._name_principals(plan, [found[row[plan.key]] for row in related])
        for row, body in zip(rows, bodies, strict=True):
            body[one.asked.name] = found.get(row[one.position])

    def _name_principals(self, plan: Plan, bodies: Sequence[Body]) -> None:
        for body in bodies:
            body["@odata.type"] = f"#{NAMESPACE}.{plan.entity.logical_name}"
            body["ownerid"] = body[plan.entity.primary_id]

    def _fill_collection(self, plan: Plan, one: Expansion, rows: Sequence[Row], bodies: Sequence[Body]) -> None:
        inner, top = one.plans[0], one.asked.options.top
        size = self.pages.size if top is None else top
        owners = list(dict.fromkeys(row[one.position] for row in rows))
        related = self.rows(inner, **{OWNERS: owners, LIMIT: size + 1}) if owners else []
        if len(related) > MOST_EXPANDED:
            raise bad_query(
                f"'{one.asked.name}' would expand more than {MOST_EXPANDED} records. Ask for smaller pages, or $top."
            )
        members: dict[UUID, list[Row]] = {owner: [] for owner in owners}
        for row in related:
            assert inner.owner is not None
            members[row[inner.owner]].append(row)
        made = iter(self.bodies(inner, [row for owner in owners for row in members[owner][:size]]))
        shown = {owner: list(islice(made, min(size, len(members[owner])))) for owner in owners}
        for row, body in zip(rows, bodies, strict=True):
            mine = members[row[one.position]]
            body[one.asked.name] = shown[row[one.position]]
            if top is None and len(mine) > size:
                path = f"{plan.entity.entity_set}({row[one.position]})/{one.asked.name}"
                last = [mine[size - 1][position] for position in inner.sorts]
                body[f"{one.asked.name}@odata.nextLink"] = self.pages.next_link(path, one.asked.query, last, self.now)
