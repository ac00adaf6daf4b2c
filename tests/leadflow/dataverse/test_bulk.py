"""CreateMultiple, UpdateMultiple, UpsertMultiple and BulkDelete: all of the records, or none."""

from typing import Any
from uuid import UUID

from crm.entities import Account, Contact, TransactionCurrency
from crm.security import Privilege
from tests.leadflow.dataverse.conftest import Api
from tests.leadflow.dataverse.requests import MISSING, done, everyone, make, refused, stored, without

_CONTACT = "Microsoft.Dynamics.CRM.contact"


def _names(api: Api) -> list[str]:
    return sorted(one.lastname or "" for one in everyone(api, Contact))


class TestCreateMultiple:
    def test_the_ids_come_in_the_order_of_the_targets(self, api: Api) -> None:
        targets = [{"lastname": name, "@odata.type": _CONTACT} for name in "abc"]
        answer = api.ask("POST", f"contacts/{_ns('CreateMultiple')}", {"Targets": targets})
        assert answer.status == 200
        assert [stored(api, Contact, id).lastname for id in answer.body["Ids"]] == ["a", "b", "c"]

    def test_one_fault_leaves_nothing_and_names_its_target(self, api: Api) -> None:
        path = f"contacts/{_ns('CreateMultiple')}"
        for fault, code in (
            ({"lastname": 5}, "0x80048d19"),
            ({"lastname": "x", "@odata.type": "Microsoft.Dynamics.CRM.account"}, "0x80048d19"),
        ):
            answer = api.ask("POST", path, {"Targets": [{"lastname": "a"}, fault]})
            assert refused(answer, 400, code).startswith("Targets[1]: ")
        late = {"lastname": "b", "ownerid@odata.bind": f"/systemusers({MISSING})"}
        refused(api.ask("POST", path, {"Targets": [{"lastname": "a"}, late]}), 404, "0x80040217")
        assert _names(api) == []

    def test_a_request_has_between_one_and_a_thousand_targets(self, api: Api) -> None:
        path = f"contacts/{_ns('CreateMultiple')}"
        bodies: list[dict[str, Any]] = [{}, {"Targets": []}, {"Targets": ["x"]}, {"Targets": [{}] * 1001}]
        for body in bodies:
            refused(api.ask("POST", path, body), 400, "0x80048d19")
        assert _names(api) == []


class TestUpdateMultiple:
    def test_targets_are_named_by_their_id_or_a_link(self, api: Api) -> None:
        first, second = make(api, "contacts", lastname="a"), make(api, "contacts", lastname="b")
        targets = [
            {"contactid": str(first), "lastname": "A", "@odata.type": _CONTACT},
            {"@odata.id": f"contacts({second})", "lastname": "B", "@odata.type": _CONTACT},
        ]
        done(api.ask("POST", f"contacts/{_ns('UpdateMultiple')}", {"Targets": targets}))
        assert _names(api) == ["A", "B"]

    def test_one_that_is_missing_leaves_all_as_they_were(self, api: Api) -> None:
        first = make(api, "contacts", lastname="a")
        for other in ({"contactid": str(MISSING)}, {"lastname": "x"}):
            targets = [{"contactid": str(first), "lastname": "A"}, other]
            assert api.ask("POST", f"contacts/{_ns('UpdateMultiple')}", {"Targets": targets}).status in (400, 404)
        assert _names(api) == ["a"]


class TestUpsertMultiple:
    def test_what_exists_changes_and_the_rest_is_created(self, api: Api) -> None:
        currency = {"isocurrencycode": "XTS", "currencyname": "Test", "currencysymbol": "T", "exchangerate": 2}
        make(api, "transactioncurrencies", **currency)
        targets = [
            {"@odata.id": "transactioncurrencies(isocurrencycode='XTS')", "currencyname": "Test II"},
            {"isocurrencycode": "XTT", "currencyname": "Other", "currencysymbol": "O", "exchangerate": 3},
        ]
        done(api.ask("POST", f"transactioncurrencies/{_ns('UpsertMultiple')}", {"Targets": targets}))
        names = {one.isocurrencycode: one.currencyname for one in everyone(api, TransactionCurrency)}
        assert (names["XTS"], names["XTT"]) == ("Test II", "Other")


_CONDITIONS: list[tuple[str, str, list[Any], list[str]]] = [
    ("Equal", "name", ["ada"], ["ADAM", "Bob", "Eve_"]),
    ("NotEqual", "numberofemployees", [1], ["Ada"]),
    ("In", "name", ["ada", "bob"], ["ADAM", "Eve_"]),
    ("NotIn", "name", ["ada", "bob"], ["Ada", "Bob"]),
    ("GreaterThan", "numberofemployees", [1], ["Ada", "Eve_"]),
    ("Between", "numberofemployees", ["1", "2"], ["Bob", "Eve_"]),
    ("Null", "numberofemployees", [], ["ADAM", "Ada", "Bob"]),
    ("Like", "name", ["%da%"], ["Bob", "Eve_"]),
    ("BeginsWith", "name", ["b"], ["ADAM", "Ada", "Eve_"]),
    ("DoesNotContain", "name", ["a"], ["ADAM", "Ada"]),
    ("EndsWith", "name", ["[_]"], ["ADAM", "Ada", "Bob"]),
    ("LessEqual", "overriddencreatedon", ["2000-01-01"], []),
]


class TestBulkDelete:
    def test_conditions(self, api: Api) -> None:
        for operator, attribute, values, left in _CONDITIONS:
            _make_accounts(api)
            assert _bulk_delete(api, _criteria(operator, attribute, *values)).status == 200
            assert _accounts(api) == left, (operator, attribute)
            assert _bulk_delete(api, _criteria("NotNull", "name")).status == 200
            assert _accounts(api) == []

    def test_records_are_found_by_id_as_a_client_asks(self, api: Api) -> None:
        _make_accounts(api)
        ids = [one.accountid for one in everyone(api, Account) if one.name in ("Ada", "Bob")]
        values = [{"Value": str(id), "Type": "System.Guid"} for id in ids]
        answer = _bulk_delete(api, _criteria("In", "accountid", *values))
        assert isinstance(answer.body["JobId"], UUID)
        assert _accounts(api) == ["ADAM", "Eve_"]

    def test_filters_join_conditions(self, api: Api) -> None:
        _make_accounts(api)
        either = {"FilterOperator": "Or", "Conditions": [_one("Equal", "name", "Bob"), _one("Null", "description")]}
        both = {"Conditions": [_one("LessThan", "numberofemployees", 3)], "Filters": [either]}
        assert _bulk_delete(api, both).status == 200
        assert _accounts(api) == ["Bob", "Eve_"]

    def test_only_what_the_caller_may_delete_is_deleted(self, api: Api) -> None:
        _make_accounts(api)
        caller = without("account", Privilege.DELETE)
        refused(_bulk_delete(api, _criteria("NotNull", "name"), caller), 403, "0x80040220")
        assert len(_accounts(api)) == 4

    def test_a_query_that_says_nothing_or_nonsense_is_refused(self, api: Api) -> None:
        _make_accounts(api)
        deep: dict[str, Any] = {"Conditions": [_one("NotNull", "name")]}
        for _ in range(12):
            deep = {"Filters": [deep]}
        nonsense: list[Any] = [
            None,
            {},
            {"Conditions": []},
            {"Conditions": [5]},
            {"Conditions": [_one("Equal", "name")]},
            {"Conditions": [_one("Equal", "nobody", 1)]},
            {"Conditions": [_one("Sounds", "name", 1)]},
            {"Conditions": [_one("Like", "numberofemployees", 1)]},
            {"Conditions": [_one("Equal", "numberofemployees", "x")]},
            {"Conditions": [_one("Equal", "numberofemployees", None)]},
            {"FilterOperator": "Xor", "Conditions": [_one("NotNull", "name")]},
            deep,
        ]
        for criteria in nonsense:
            assert _bulk_delete(api, criteria).status == 400, criteria
        bodies: list[dict[str, Any]] = [{}, {"QuerySet": []}, {"QuerySet": [{"EntityName": "nobody"}]}]
        for body in bodies:
            refused(api.ask("POST", "BulkDelete", body), 400, "0x80048d19")
        assert len(_accounts(api)) == 4


def _make_accounts(api: Api) -> None:
    for name, employees in (("Ada", 1), ("ADAM", 2), ("Bob", 3), ("Eve_", None)):
        make(api, "accounts", name=name, numberofemployees=employees, overriddencreatedon="2000-01-01T00:00:00Z")


def _accounts(api: Api) -> list[str]:
    return sorted(one.name or "" for one in everyone(api, Account))


def _ns(action: str) -> str:
    return f"Microsoft.Dynamics.CRM.{action}"


def _one(operator: str, attribute: str, *values: Any) -> dict[str, Any]:
    return {"AttributeName": attribute, "Operator": operator, "Values": list(values)}


def _criteria(operator: str, attribute: str, *values: Any) -> dict[str, Any]:
    return {"Conditions": [_one(operator, attribute, *values)]}


def _bulk_delete(api: Api, criteria: Any, caller: Any = None) -> Any:
    query = {"EntityName": "account", "Criteria": criteria}
    return api.ask("POST", "BulkDelete", {"JobName": "Tidy up", "QuerySet": [query]}, caller)
