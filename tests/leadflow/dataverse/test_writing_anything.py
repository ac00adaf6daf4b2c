"""Whatever a body holds: what is accepted is stored unchanged, what is not is refused, and never half of it is done."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.attributes import Attribute, AttributeType
from crm.choices import standard_choices
from crm.entities import ENTITIES, Account, Contact, Entity, Lead, Opportunity, Task
from crm.errors import LeadflowError
from crm.operations import AnyOperation, Associate, CreateRecord, DeleteRecord, Disassociate, UpdateRecord
from crm.relationships import navigations
from crm.store.tables import TABLES
from crm.store.writing.operations import perform
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, Api
from tests.leadflow.dataverse.requests import created, found, stored

_ON_ONE_DATABASE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_WRITTEN: tuple[type[Entity], ...] = (Account, Contact, Opportunity, Task)

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_SECONDS = st.datetimes(datetime(1753, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


def _fitting(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Values that the attribute can hold, as JSON has them."""
    match attribute.type:
        case AttributeType.STRING | AttributeType.MEMO:
            return _TEXT.map(lambda text: text[: attribute.max_length])
        case AttributeType.BOOLEAN:
            return st.booleans()
        case AttributeType.INTEGER:
            return st.integers(int(attribute.minimum or 0), int(attribute.maximum or 0))
        case AttributeType.MONEY:
            cents = st.integers(int((attribute.minimum or 0) * 100), int(min(attribute.maximum or 0, 10**12) * 100))
            return cents.map(lambda number: number / 100)
        case AttributeType.DOUBLE:
            lowest, highest = float(attribute.minimum or 0), float(attribute.maximum or 0)
            return st.floats(lowest, highest).map(lambda number: round(number, attribute.precision or 0))
        case AttributeType.PICKLIST:
            return st.sampled_from([one.value for one in standard_choices()[attribute.option_set or ""].options])
        case AttributeType.DATE_ONLY:
            return st.dates(date(1753, 1, 1)).map(date.isoformat)
        case AttributeType.DATE_TIME:
            return _SECONDS.map(datetime.isoformat)
        case AttributeType.UNIQUEIDENTIFIER:
            return st.uuids().map(str)
    raise AssertionError(attribute.type)


def _plain(entity: type[Entity]) -> dict[str, Attribute]:
    """The attributes that a caller sets on create, but for states, lookups and keys."""
    apart = (AttributeType.STATE, AttributeType.STATUS)
    return {
        name: attribute
        for name, attribute in entity.attributes().items()
        if attribute.create and not attribute.targets and attribute.type not in apart and name != entity.primary_id
    }


@st.composite
def _bodies(draw: st.DrawFn) -> tuple[type[Entity], dict[str, Any]]:
    entity = draw(st.sampled_from(_WRITTEN))
    attributes = _plain(entity)
    names = draw(st.lists(st.sampled_from(sorted(attributes)), max_size=12, unique=True))
    return entity, {name: draw(_fitting(attributes[name])) for name in names}


def _as_stored(attribute: Attribute, value: Any) -> Any:
    match attribute.type:
        case AttributeType.MONEY:
            return Decimal(str(value))
        case AttributeType.DATE_ONLY:
            return date.fromisoformat(value)
        case AttributeType.DATE_TIME:
            return datetime.fromisoformat(value)
        case AttributeType.UNIQUEIDENTIFIER:
            return UUID(value)
    return value


@_ON_ONE_DATABASE
@given(asked=_bodies())
def test_what_is_accepted_is_stored_unchanged(api: Api, asked: tuple[type[Entity], dict[str, Any]]) -> None:
    entity, body = asked
    record = stored(api, entity, created(api.ask("POST", entity.entity_set, body)))
    for name, value in body.items():
        assert getattr(record, name) == _as_stored(entity.attributes()[name], value), name


_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | _ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
_LINKS = st.sampled_from(["/contacts(x)", f"/contacts({ADMINISTRATOR.userid})", "contacts(lastname='x')", "$1", "/"])


@st.composite
def _any_bodies(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """A method, a path and a body whose names often exist, and whose values often do not fit."""
    entity = draw(st.sampled_from([one for one in ENTITIES.values() if one.logical_name != "lead"]))
    known = [*entity.attributes(), *navigations(entity.logical_name), "@odata.type", "@odata.id", "value", "Targets"]
    name = st.sampled_from(known) | _ANY_TEXT
    suffix = st.sampled_from(["", "", "", "@odata.bind", "@odata.type", "@x"])
    body = {
        draw(name) + draw(suffix): draw(_JSON | _LINKS | st.lists(_LINKS, max_size=2))
        for _ in range(draw(st.integers(0, 4)))
    }
    key = f"{entity.entity_set}({ADMINISTRATOR.userid})"
    property_ = f"{key}/{draw(st.sampled_from(known[:-4]))}"
    method, path = draw(
        st.sampled_from(
            [
                ("POST", entity.entity_set),
                ("PATCH", key),
                ("PUT", property_),
                ("PUT", f"{property_}/$ref"),
                ("POST", f"{property_}/$ref"),
                ("POST", property_),
                *(
                    ("POST", f"{entity.entity_set}/Microsoft.Dynamics.CRM.{one}Multiple")
                    for one in ("Create", "Upsert")
                ),
                ("POST", "BulkDelete"),
            ]
        )
    )
    return method, path, {"Targets": [body]} if path.endswith("Multiple") else body


@settings(_ON_ONE_DATABASE, max_examples=50)
@given(asked=_any_bodies())
def test_any_body_is_answered(api: Api, asked: tuple[str, str, dict[str, Any]]) -> None:
    method, path, body = asked
    answer = api.ask(method, path, body)
    assert answer.status < 500, (answer.body, answer.status)
    if answer.status >= 400:
        assert set(orjson.loads(answer.content())["error"]) == {"code", "message"}


_CHANGED = ("account", "contact", "contactleads", "lead")


def _contents(api: Api) -> dict[str, list[Any]]:
    with api.services.database.reading() as connection:
        return {name: list(connection.execute(TABLES[name].select())) for name in _CHANGED}


_IDS = [UUID(int=number) for number in range(1, 5)]
_OPERATIONS: st.SearchStrategy[AnyOperation] = st.one_of(
    st.builds(CreateRecord, entity=st.sampled_from(["account", "contact"]), id=st.sampled_from(_IDS)),
    st.builds(
        UpdateRecord,
        entity=st.just("contact"),
        id=st.sampled_from(_IDS),
        values=st.fixed_dictionaries({"parentcustomerid": st.none() | st.sampled_from(_IDS).map(str)}),
        upsert=st.booleans(),
        expected_version=st.none() | st.just(1),
    ),
    st.builds(DeleteRecord, entity=st.sampled_from(["account", "contact"]), id=st.sampled_from(_IDS)),
    *(
        st.builds(
            kind,
            entity=st.just("contact"),
            id=st.sampled_from(_IDS),
            relationship=st.just("contactleads_association"),
            related=st.sampled_from(_IDS),
        )
        for kind in (Associate, Disassociate)
    ),
)


@_ON_ONE_DATABASE
@given(operations=st.lists(_OPERATIONS, min_size=1, max_size=6))
def test_operations_are_carried_out_all_or_none(api: Api, operations: list[AnyOperation]) -> None:
    if found(api, Lead, _IDS[0]) is None:
        api.store(Lead(leadid=_IDS[0], lastname="Lovelace"))
    before = _contents(api)
    try:
        with api.services.database.transaction() as connection:
            done = perform(connection, ADMINISTRATOR, operations, standard_choices(), now=NOW)
    except LeadflowError:
        assert _contents(api) == before
    else:
        assert [(one.entity, one.id) for one in done] == [(one.entity, one.id) for one in operations]
