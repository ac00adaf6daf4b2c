"""Query options at random: by the grammar of OData over the registered entities, then now and then damaged."""

from collections.abc import Callable
from random import Random
from uuid import UUID, uuid5

from crm.attributes import Attribute, AttributeType
from crm.entities import ENTITIES, Entity
from crm.relationships import Navigation, navigations

KINDS = ("lead", "account", "contact", "opportunity", "task", "annotation", "contactleads")
IDS = tuple(uuid5(UUID(int=7), str(number)) for number in range(6 * len(KINDS)))
"""The ids of the tests' records, whoever owns them: one of each kind, and so on."""
NEVER = 1 / 50
"""How often something is chosen that is hardly ever right."""
WORDS = ("Acme", "acme", "ÄRGER", "a%b_c", "[x]", "o''brien", "Straße", "", "x" * 300, "\\", "日本", "--", '"', "a,b",
         "1", "null", "\ud83d\ude00", ")", "%", "_" * 40)  # fmt: skip
NUMBERS = ("0", "1", "2", "-1", "12.50", "1e3", "99999999999999999999", "-0.0", "NaN", "INF", "1.", "007", "2147483648")
DATES = ("2026-03-02", "2026-03-02T09:00:00Z", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "2026-03-02T25:00Z",
         "2026-03-02T09:00:00.1234567Z", "2026-03-02T09:00:00+14:00")  # fmt: skip
FUNCTIONS = ("In", "NotIn", "Between", "NotBetween", "On", "OnOrAfter", "OnOrBefore", "Today", "Yesterday", "Tomorrow",
             "LastMonth", "NextYear", "LastXDays", "NextXHours", "LastXYears", "Last7Days", "OlderThanXMonths",
             "EqualUserId", "NotEqualUserId", "EqualUserTeams", "EqualUserOrUserTeams", "EqualBusinessId",
             "EqualUserOrUserHierarchy", "Above", "UnderOrEqual", "ContainValues", "InFiscalYear",
             "Nonsense")  # fmt: skip
GARBAGE = ("'", "(", ")", ",", "$", "/", "%", " and ", " eq ", "\x00", "ä", "\u202e", "null", "@p1", "''", ";", "*",
           "-", "$it", "any(", "[", "]", "0" * 200, "((((((((((((((((((((((((((((((((")  # fmt: skip
NUMERIC = (AttributeType.INTEGER, AttributeType.BIGINT, AttributeType.DECIMAL, AttributeType.DOUBLE,
           AttributeType.MONEY, AttributeType.PICKLIST, AttributeType.STATE, AttributeType.STATUS)  # fmt: skip
TEXTUAL = (AttributeType.STRING, AttributeType.MEMO)
TIMES = (AttributeType.DATE_TIME, AttributeType.DATE_ONLY)
REFERENCES = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)


def name_of(name: str, attribute: Attribute) -> str:
    """The property of an attribute: lookups are read as `_<name>_value`."""
    return f"_{name}_value" if attribute.type in REFERENCES else name


def pick_property(chance: Random, entity: type[Entity]) -> str:
    name, attribute = chance.choice(list(entity.attributes().items()))
    return name if chance.random() < NEVER / 4 else name_of(name, attribute)


def pick_id(chance: Random, entity: type[Entity]) -> UUID:
    """The id of one of the entity's records, now and then of another's."""
    if entity.logical_name not in KINDS or chance.random() < 4 * NEVER:
        return chance.choice(IDS)
    return chance.choice(IDS[KINDS.index(entity.logical_name) :: len(KINDS)])


def pick_navigation(chance: Random, entity: type[Entity]) -> tuple[Navigation, type[Entity]]:
    """A navigation property of the entity, which must have one, and the entity that it leads to."""
    navigation = chance.choice(list(navigations(entity.logical_name).values()))
    return navigation, ENTITIES[navigation.target]


def literal(chance: Random, attribute: Attribute) -> str:
    """One that fits the type, mostly."""
    if chance.random() < NEVER:
        return chance.choice(("true", "@p1", "''", "5", "createdon", "duration'P1D'", "'\x00'"))
    if chance.random() < 0.1:
        return "null"
    if attribute.type in TEXTUAL:
        return f"'{chance.choice(WORDS)}'"
    if attribute.type in NUMERIC:
        return chance.choice(NUMBERS[:4] if chance.random() < 0.7 else NUMBERS)
    if attribute.type in TIMES:
        return chance.choice(DATES[:4] if chance.random() < 0.8 else DATES)
    if attribute.type is AttributeType.BOOLEAN:
        return chance.choice(("true", "false"))
    return str(chance.choice(IDS))


def comparison(chance: Random, entity: type[Entity], path: str = "") -> str:
    """A condition on one property, behind `path`."""
    name, attribute = chance.choice(list(entity.attributes().items()))
    place = path + name_of(name, attribute)
    if attribute.type in TEXTUAL and chance.random() < 0.5:
        return f"{chance.choice(('contains', 'startswith', 'endswith'))}({place},{literal(chance, attribute)})"
    operator = chance.choice(("eq", "ne", "gt", "ge", "lt", "le"))
    if chance.random() < 0.1:
        return f"{place} {operator} {path}{pick_property(chance, entity)}"
    return f"{place} {operator} {literal(chance, attribute)}"


def function(chance: Random, entity: type[Entity]) -> str:
    """A query function of Dataverse; half of the time one that suits the property."""
    name, attribute = chance.choice(list(entity.attributes().items()))
    values = [literal(chance, attribute).strip("'") for _ in range(chance.randint(1, 3))]
    one, many = f"PropertyValue={chance.choice((1, 7, 1000))}", f"PropertyValues=[{','.join(map(_quoted, values))}]"
    suiting = {"In": many, "NotIn": many}
    if attribute.type in TIMES:
        suiting = {"LastXDays": one, "NextXHours": one, "OlderThanXMonths": one, "Today": "", "LastMonth": "",
                   "On": "PropertyValue=2026-03-02", "OnOrAfter": "PropertyValue=2026-03-02"}  # fmt: skip
    elif attribute.type in NUMERIC:
        suiting |= {"Between": 'PropertyValues=["0","3"]', "NotBetween": 'PropertyValues=["0","3"]'}
    elif attribute.type in REFERENCES:
        suiting = dict.fromkeys(("EqualUserId", "NotEqualUserId", "EqualUserTeams", "EqualBusinessId"), "")
    called = chance.choice(list(suiting) if chance.random() < 0.7 else FUNCTIONS)
    given = suiting.get(called, chance.choice((one, many, "")))
    arguments = ",".join(part for part in (f"PropertyName='{name_of(name, attribute)}'", given) if part)
    return f"Microsoft.Dynamics.CRM.{called}({arguments})"


def _quoted(text: str) -> str:
    return f'"{text}"'


def condition(chance: Random, entity: type[Entity], depth: int = 3) -> str:
    """What may stand in `$filter`."""
    kind = chance.random()
    if depth and kind < 0.35:
        joined = f"{condition(chance, entity, depth - 1)} {chance.choice(('and', 'or'))} "
        return f"({joined}{condition(chance, entity, depth - 1)})"
    if depth and kind < 0.42:
        return f"not ({condition(chance, entity, depth - 1)})"
    if kind < 0.6 and navigations(entity.logical_name):
        navigation, target = pick_navigation(chance, entity)
        if not navigation.is_collection:
            return comparison(chance, target, f"{navigation.name}/")
        inner = comparison(chance, target, "o/")
        return f"{navigation.name}/" + chance.choice(("any()", f"any(o:{inner})", f"all(o:{inner})"))
    return function(chance, entity) if kind < 0.7 else comparison(chance, entity)


def order(chance: Random, entity: type[Entity]) -> str:
    parts = [
        pick_property(chance, entity) + chance.choice(("", " asc", " desc", " DESC"))
        for _ in range(chance.randint(1, 3))
    ]
    return ",".join(parts)


def selection(chance: Random, entity: type[Entity]) -> str:
    return ",".join(pick_property(chance, entity) for _ in range(chance.randint(1, 4)))


def expansion(chance: Random, entity: type[Entity], depth: int = 2) -> str:
    """What may stand in `$expand`."""
    parts = {}
    for _ in range(chance.choice((1, 1, 2))):
        navigation, target = pick_navigation(chance, entity)
        options: list[str] = []
        if chance.random() < 0.6:
            options.append(f"$select={selection(chance, target)}")
        if navigation.is_collection and chance.random() < 0.4:
            options.append(f"$filter={condition(chance, target, 1)}")
        if navigation.is_collection and depth == 2 and chance.random() < 0.4:
            options.append(chance.choice((f"$orderby={order(chance, target)}", "$top=1", "$top=3", "$top=-1")))
        if depth and navigations(target.logical_name) and chance.random() < 0.2:
            options.append(f"$expand={expansion(chance, target, depth - 1)}")
        parts[navigation.name] = f"({';'.join(options)})" if options else ""
    return ",".join(f"{name}{given}" for name, given in parts.items())


def aggregation(chance: Random, entity: type[Entity]) -> str:
    """What may stand in `$apply`."""
    sums = [
        chance.choice(("$count as n", f"{pick_property(chance, entity)} with {way} as a{number}"))
        for number, way in enumerate(chance.choices(("sum", "average", "min", "max", "countdistinct"), k=2))
    ]
    aggregate = f"aggregate({','.join(sums[: chance.randint(1, 2)])})"
    groups = ",".join(pick_property(chance, entity) for _ in range(chance.randint(1, 2)))
    grouped = chance.choice((aggregate, f"groupby(({groups}))", f"groupby(({groups}),{aggregate})"))
    return f"filter({condition(chance, entity, 1)})/{grouped}" if chance.random() < 0.4 else grouped


OPTIONS: dict[str, Callable[[Random, type[Entity]], str]] = {
    "$filter": condition,
    "$select": selection,
    "$orderby": order,
    "$expand": expansion,
    "$count": lambda chance, entity: "true",
    "$top": lambda chance, entity: chance.choice(("1", "3", "5000")),
}
ODD: dict[str, tuple[str, ...]] = {
    "$top": ("0", "-1", "", "9" * 30),
    "$count": ("1", "TRUE"),
    "@p1": ("5", "'Acme'", "null", "@p1", "("),
    "$skiptoken": GARBAGE,
    "$search": ("x",),
}


def options(chance: Random, entity: type[Entity], allowed: tuple[str, ...]) -> dict[str, str]:
    """Some options of a query, by name, of those that are allowed; now and then others. One in twelve is damaged."""
    if "$apply" in allowed and chance.random() < 0.2:
        return {"$apply": damaged(chance, aggregation(chance, entity))}
    names = [name for name in (OPTIONS if chance.random() < NEVER else allowed) if name != "$apply"]
    if not navigations(entity.logical_name):
        names = [name for name in names if name != "$expand"]
    given = {name: damaged(chance, OPTIONS[name](chance, entity)) for name in names if chance.random() < 0.4}
    if chance.random() < 2 * NEVER:
        odd = chance.choice(list(ODD))
        given[odd] = chance.choice(ODD[odd])
    return given


def damaged(chance: Random, text: str) -> str:
    """The text, or one time in twelve with something cut, doubled or put in."""
    if chance.random() > 1 / 12:
        return text
    place = chance.randint(0, len(text))
    return chance.choice((text[:place], text[:place] + chance.choice(GARBAGE) + text[place:], text[place:], text * 2))
