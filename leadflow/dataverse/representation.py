"""Records as the Web API shows them: the queries of a request, and the JSON around their rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from crm.entities import Entity
from crm.errors import missing
from crm.security import Privilege
from leadflow.dataverse.call import Call
from leadflow.dataverse.preferences import LARGEST_PAGE
from leadflow.dataverse.query.aggregating import aggregate
from leadflow.dataverse.query.expanding import Run
from leadflow.dataverse.query.fields import Annotations, Body
from leadflow.dataverse.query.options import Options, options_of
from leadflow.dataverse.query.paging import Pages
from leadflow.dataverse.query.plans import plan_of
from leadflow.dataverse.query.scope import Context, Scope
from leadflow.dataverse.query.statements import (
    KEY,
    LIMIT,
    MOST_COUNTED,
    OWNER,
    Origin,
    Wanted,
    count_of,
    for_counting,
    identity_of,
)

TOTAL = "Microsoft.Dynamics.CRM.totalrecordcount"


async def record_body(
    call: Call, entity: type[Entity], id: UUID, *, select: str | None = None, expand: str | None = None
) -> Body:
    """The record as the answer to a GET of it, with the annotations that the call prefers. `select` and `expand` are
    query options as clients write them. Raises NotFound where the caller cannot read it."""
    given = {"$select": select, "$expand": expand}
    options = options_of({name: value for name, value in given.items() if value is not None})
    return await call.services.read(lambda connection: Reader(call, connection).record(entity, options, id)[1])


@dataclass(frozen=True)
class Place:
    """The collection of one record, `owner`, that a request addresses."""

    origin: Origin
    owner: UUID

    @property
    def path(self) -> str:
        return f"{self.origin.entity.entity_set}({self.owner})/{self.origin.navigation.name}"


@dataclass
class Reader:
    """The queries of one request, on one connection and at one time. Raises PermissionDenied where the caller may read
    no record of an entity at all, InvalidInput for options that cannot be."""

    call: Call
    connection: Connection

    @cached_property
    def run(self) -> Run:
        call = self.call
        size = call.preferences.page_size or LARGEST_PAGE
        pages = Pages(call.base, call.services.secret, call.caller.userid, size)
        return Run(self.connection, datetime.now(UTC), call.services.choices(), pages)

    def record(
        self, entity: type[Entity], options: Options, id: UUID, place: Place | None = None
    ) -> tuple[str | None, Body]:
        """The ETag and the JSON of one record. Raises NotFound."""
        wanted = replace(self._wanted(entity, options, place), by_key=True)
        plan = plan_of(wanted)
        rows = self.run.rows(plan, **{KEY: id}, **_owner(place))
        if not rows:
            raise missing(entity.logical_name, id)
        body = {"@odata.context": context_of(self.call.base, entity, options, one=True)}
        body.update(self.run.bodies(plan, rows)[0])
        return body.get("@odata.etag"), body

    def page(self, entity: type[Entity], options: Options, place: Place | None = None) -> Body:
        """A page of records, with the link to the next where there is one."""
        run, call, path = self.run, self.call, place.path if place else entity.entity_set
        wanted, after = self._wanted(entity, options, place), tuple[Any, ...]()
        if options.skiptoken is not None:
            after = run.pages.start(path, call.query, options.skiptoken, run.now)
            wanted = replace(wanted, nulls=tuple(value is None for value in after))
        plan = plan_of(wanted)
        # Dataverse passes over $top where the client asks for pages.
        top = options.top if call.preferences.page_size is None else None
        size = run.pages.size if top is None else top
        starts = {f"after_{number}": value for number, value in enumerate(after)}
        rows = run.rows(plan, **{LIMIT: size + 1}, **_owner(place), **starts)
        shown = rows[:size]
        body: Body = {"@odata.context": context_of(call.base, entity, options), **self._counts(wanted, place)}
        body["value"] = run.bodies(plan, shown)
        if len(rows) > size and top is None:
            last = [shown[-1][position] for position in plan.sorts]
            body["@odata.nextLink"] = run.pages.next_link(path, call.query, last, run.now)
        return body

    def aggregate(self, entity: type[Entity], options: Options) -> Body:
        """The result of `$apply`."""
        wanted = self._wanted(entity, options, None)
        scope = Scope.of(Context(self.call.caller), entity)
        names, found = aggregate(self.run, scope, options, wanted.annotations)
        return {"@odata.context": f"{self.call.base}$metadata#{entity.entity_set}({','.join(names)})", "value": found}

    def count(self, entity: type[Entity], options: Options, place: Place | None = None) -> int:
        """How many records there are, up to one more than is ever told."""
        statement, moments = count_of(for_counting(self._wanted(entity, options, place)))
        values = {name: of_now(self.run.now) for name, of_now in moments.items()}
        return int(self.connection.execute(statement, values | _owner(place)).scalar_one())

    def _wanted(self, entity: type[Entity], options: Options, place: Place | None) -> Wanted:
        call = self.call
        call.caller.require(entity.logical_name, Privilege.READ)
        origin, wanted = place.origin if place else None, Annotations.of(call.preferences)
        return Wanted(call.caller, identity_of(call.caller), entity, options, wanted, origin)

    def _counts(self, wanted: Wanted, place: Place | None) -> Body:
        """What is told of the number of records, if the client asks."""
        total = self.count(wanted.entity, wanted.options, place) if wanted.options.count else -1
        counts: Body = {"@odata.count": min(total, MOST_COUNTED)} if wanted.options.count else {}
        if self.call.preferences.includes(TOTAL):
            counts[f"@{TOTAL}"] = min(total, MOST_COUNTED)
            counts[f"@{TOTAL}limitexceeded"] = total > MOST_COUNTED
        return counts


def _owner(place: Place | None) -> dict[str, Any]:
    return {OWNER: place.owner} if place else {}


def context_of(base: str, entity: type[Entity], options: Options, *, one: bool = False) -> str:
    """The address of the metadata that describes an answer."""
    shown = _shown(options)
    return f"{base}$metadata#{entity.entity_set}{f'({shown})' if shown else ''}{'/$entity' if one else ''}"


def _shown(options: Options) -> str:
    names: Sequence[str] = options.select or ()
    return ",".join((*names, *(f"{one.name}({_shown(one.options)})" for one in options.expand)))
