"""Requests at random: paths over the registered entities, raw and percent-encoded, and batches of them."""

from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from crm.entities import ENTITIES, Entity
from crm.relationships import navigations
from tests.leadflow.dataverse.random_queries import (
    IDS,
    NEVER,
    WORDS,
    damaged,
    options,
    pick_id,
    pick_navigation,
    pick_property,
)

READ_OFTEN = ("lead", "lead", "lead", "account", "contact", "contactleads", "task", "annotation", "opportunity")
UNBOUND = ("WhoAmI", "WhoAmI()", "RetrieveVersion()", "$metadata", "EntityDefinitions", "$entity", "$crossjoin(a,b)",
           "EntityDefinitions(LogicalName='lead')/Attributes", "EntityDefinitions(LogicalName='lead')/Keys",
           "Microsoft.Dynamics.CRM.WhoAmI()", "RelationshipDefinitions", "GlobalOptionSetDefinitions",
           "sdkmessagefilters", "nosuchset", "Merge", "BulkDelete", "leads/Microsoft.Dynamics.CRM.CreateMultiple",
           "")  # fmt: skip
METHODS = ("GET",) * 12 + ("HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW")
PREFERENCES = ("", "", "odata.maxpagesize=2", 'odata.include-annotations="*"',
               'odata.maxpagesize=2,odata.include-annotations="*"')  # fmt: skip
ODD_PREFERENCES = ("odata.maxpagesize=0", "return=representation", '"";;=,,=', "odata.maxpagesize=99999999999")
OF_SET = ("$filter", "$select", "$orderby", "$expand", "$count", "$top")
OF_ONE = ("$select", "$expand")


@dataclass(frozen=True)
class Asked:
    """A request as `answer` takes it."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def random_get(chance: Random) -> Asked:
    """A reading request on a set, a record, a property, links or a count."""
    entity = ENTITIES[chance.choice(READ_OFTEN)] if chance.random() < 0.8 else chance.choice(list(ENTITIES.values()))
    path, entity, allowed = _path(chance, entity)
    given = "&".join(f"{name}={_encoded(chance, text)}" for name, text in options(chance, entity, allowed).items())
    headers = {"prefer": chance.choice(ODD_PREFERENCES if chance.random() < NEVER else PREFERENCES)}
    if chance.random() < 0.1:
        headers["if-none-match"] = chance.choice(("null", "*", 'W/"1"', '"', "W/"))
    return Asked("GET", path, given, headers)


def random_request(chance: Random) -> Asked:
    """Any request that is no batch: reading mostly, or writing with a body that may fit."""
    asked = random_get(chance)
    method = chance.choice(METHODS)
    if chance.random() < 0.15:
        return Asked(method, chance.choice(UNBOUND), asked.query, asked.headers, _body(chance))
    path = damaged(chance, asked.path)
    return Asked(method, path, asked.query, asked.headers, b"" if method == "GET" else _body(chance))


def random_batch(chance: Random) -> Asked:
    """A batch of requests and change sets; one in six is damaged."""
    parts = []
    for _ in range(chance.randint(0, 4)):
        if chance.random() < 0.7:
            parts.append(_part(random_request(chance)))
        else:
            inside = [_part(random_request(chance), number) for number in range(chance.randint(0, 3))]
            parts.append(f"Content-Type: multipart/mixed; boundary=c\r\n\r\n{_joined(inside, 'c')}")
    text = damaged(chance, _joined(parts, "b"))
    kind = chance.choice(
        ("multipart/mixed; boundary=b",) * 8 + ("multipart/mixed", "application/json", "", 'x; boundary="')
    )
    more = {"prefer": "odata.continue-on-error"} if chance.random() < 0.5 else {}
    return Asked("POST", "$batch", "", {"content-type": kind, **more}, text.encode(errors="replace"))


def _path(chance: Random, entity: type[Entity]) -> tuple[str, type[Entity], tuple[str, ...]]:
    """A path, the entity of the records that it leads to, and the query options that it takes."""
    kind = chance.random()
    if kind < 0.5:
        return entity.entity_set, entity, (*OF_SET, "$apply")
    if kind < 0.55:
        return f"{entity.entity_set}/$count", entity, ("$filter",)
    if kind < 0.58:
        return (
            entity.entity_set + chance.choice(("()", "/$ref", "/", "/Microsoft.Dynamics.CRM.QualifyLead")),
            entity,
            (),
        )
    record = f"{entity.entity_set}({_key(chance, entity)})"
    if kind < 0.7 or not navigations(entity.logical_name):
        return record, entity, OF_ONE
    if kind < 0.75:
        return f"{record}/{pick_property(chance, entity)}{chance.choice(('', '/$value'))}", entity, ()
    navigation, target = pick_navigation(chance, entity)
    place = f"{record}/{navigation.name}"
    if not navigation.is_collection:
        return (f"{place}/$ref", target, ()) if chance.random() < 0.2 else (place, target, OF_ONE)
    if kind < 0.8:
        return f"{place}({pick_id(chance, target)})", target, OF_ONE
    if kind < 0.85:
        return f"{place}/$count", target, ("$filter",)
    return f"{place}/$ref" if kind < 0.88 else place, target, ("$filter", "$orderby", "$count", "$top")


def _key(chance: Random, entity: type[Entity]) -> str:
    if chance.random() < 0.9:
        return str(pick_id(chance, entity))
    name = pick_property(chance, entity)
    value = quote(chance.choice(WORDS).encode(errors="surrogatepass"), safe=chance.choice(("", "/'")))
    return chance.choice(
        (f"{name}='{value}'", f"{name}={chance.choice(IDS)}", f"'{value}'", f"{name}=1,x=", value, "'")
    )


def _encoded(chance: Random, text: str) -> str:
    """As clients write it: all encoded, spaces as plus signs, or hardly at all."""
    raw = text.encode(errors="surrogatepass")
    way = chance.random()
    if way < 0.6:
        return quote(raw, safe="")
    if way < 1 - NEVER:
        return quote(raw, safe=" ()',$/:;=@").replace(" ", "+")
    return text.replace("&", "").encode(errors="replace").decode() + chance.choice(
        ("", "%", "%zz", "%00", "%ff%fe", "&&==")
    )


def _body(chance: Random) -> bytes:
    record = f'"leads({chance.choice(IDS)})"'
    texts = ("", "{}", "[]", "null", "{", "[" * 2000, '{"a":{"b":[]}}', '{"value":5}', '{"subject":"x"}',
             '{"name":"x"}', '{"subject":5}', '{"subject":"\\ud800"}', '{"subject":1e999}', '{"createdon":null}',
             '{"Status":-1}', '{"Targets":[]}', '{"Targets":[{"@odata.type":"Microsoft.Dynamics.CRM.lead"}]}',
             f'{{"@odata.id":{record}}}', f'{{"ownerid@odata.bind":{record}}}',
             f'{{"regardingobjectid_lead_task@odata.bind":{record}}}')  # fmt: skip
    return damaged(chance, chance.choice(texts)).encode(errors="replace")


def _part(asked: Asked, content_id: int | None = None) -> str:
    own = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    number = "" if content_id is None else f"Content-ID: {content_id}\r\n"
    headers = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    body = asked.body.decode(errors="replace")
    return f"{own}{number}\r\n{asked.method} {asked.url} HTTP/1.1\r\n{headers}\r\n{body}\r\n"


def _joined(parts: list[str], boundary: str) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
