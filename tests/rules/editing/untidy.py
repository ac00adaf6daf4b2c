"""Rule files as people write them: any order, any layout, with comments and blank lines everywhere."""

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

SPECIAL = ",:#[]{}&*!|>'\"%@`?-"
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"address1_country": ["DE", "AT", "NO"]},
    {"address1_country": "GB"},
    {"numberofemployees": {"at_least": "500", "below": "2000"}},
    {"revenue": {"between": ["1", "1000000"]}},
    {"companyname": {"contains": ["Rival, Inc", "Straße: 1", "#1 Ltd"]}},
    {"jobtitle": {"starts_with": [f"Chief Officer of Department {number}" for number in range(9)]}},
    {"createdon": {"within_last": "30 days"}},
    {"any": [{"lastname": "o'Neil"}, {"industrycode": ["Insurance", "Legal Services"], "is_duplicate": "yes"}]},
    {"none": [{"all": [{"source": "sdr"}, {"email_is_free": "no"}]}]},
)
OUTCOMES: tuple[dict[str, Any], ...] = (
    {"assign_to": {"team": "desk", "strategy": "least_open"}, "accept_within": "1 day", "if_missed": ["remind"]},
    {"assign_to": {"user": "ann"}, "priority": "hot"},
    {"assign_to": {"queue": "inbox"}},
    {"disqualify": {"status": "Lost", "reason": "why: because, as ever"}},
    {"hold": {"reason": "look at # this"}, "priority": "bulk"},
    {"qualify": {"create_contact": "no"}, "priority": "normal"},
    {
        "assign_to": {"team": "desk", "strategy": "sticky", "fallback": "weighted", "requires": {"skills": ["a, b"]}},
        "contact_within": "2 days clock",
        "if_nobody": ["wait", {"queue": "inbox"}],
    },
    {"offer_to": {"contoso": "3"}, "accept_within": "1 day", "registered_for": "9 days", "if_nobody": {"next": "desk"}},
    {
        "assign_to": {"team": "desk"},
        "accept_within": "4 hours",
        "if_missed": ["remind", "re-route", {"escalate": "desk"}],
    },
)
FREE_ORDER = {"otherwise", "rules", "examples", "then", "id", "lead", "expect", "assign_to", "rule", "status"}
"""A mapping with one of these keys means the same in any order."""


def rule_file(random: Random) -> dict[str, Any]:
    """The content of a default.yaml that fits the directory of tests.rules.books."""
    rules = [_rule(random, number) for number in range(random.randint(0, 4))]
    ids = [rule["id"] for rule in rules]
    examples = [
        {
            "name": f"example {number}: of {random.choice(['one', 'some, few'])}",
            "lead": {"lastname": "Smith", "numberofemployees": str(random.randint(1, 3000))},
            "expect": {"rule": random.choice([*ids, "otherwise"]), "owner": {"team": "desk"}, "priority": "hot"},
        }
        for number in range(random.randint(0, 3))
    ]
    file: dict[str, Any] = {"description": "All, of them", "otherwise": random.choice(OUTCOMES)}
    return file | ({"rules": rules} if rules else {}) | ({"examples": examples} if examples else {})


def _rule(random: Random, number: int) -> dict[str, Any]:
    when: dict[str, Any] = {}
    for condition in random.sample(CONDITIONS, random.randint(1, 3)):
        when |= condition
    return {"id": f"rule-{number}", "when": when, "then": random.choice(OUTCOMES), "description": "Why: so"}


class Untidy:
    """Writes a tree of dictionaries, lists and texts; `comments` are the comments that were put in."""

    def __init__(self, random: Random, *, remarks: bool) -> None:
        self._random = random
        self._remarks = remarks
        self._numbers = count()
        self.comments: list[str] = []

    def text(self, tree: dict[str, Any]) -> str:
        lines = [*self._between(0), *self._mapping(tree, 0), *self._between(0)]
        break_ = self._random.choice(["\n", "\r\n"])
        return self._random.choice(["", "\ufeff"]) + break_.join(lines) + self._random.choice(["", break_])

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _comment(self) -> str:
        comment = f"# remark {next(self._numbers)}: [a, {{b"
        self.comments.append(comment)
        return comment

    def _between(self, indent: int) -> Iterator[str]:
        """Comments and blank lines above an entry."""
        while self._remarks and self._chance(15):
            remark = " " * max(0, indent + self._random.randint(-1, 3)) + self._comment() if self._chance(60) else ""
            yield remark

    def _beside(self) -> str:
        return f"{' ' * self._random.randint(1, 4)}{self._comment()}" if self._remarks and self._chance(10) else ""

    def _mapping(self, tree: dict[str, Any], indent: int) -> Iterator[str]:
        for key, value in self._entries(tree):
            yield from self._between(indent)
            yield from self._valued(f"{' ' * indent}{key}:", value, indent)

    def _entries(self, tree: dict[str, Any]) -> Sequence[tuple[str, Any]]:
        entries = list(tree.items())
        return self._random.sample(entries, len(entries)) if FREE_ORDER & set(tree) else entries

    def _list(self, items: list[Any], indent: int) -> Iterator[str]:
        for item in items:
            yield from self._between(indent)
            dash = f"{' ' * indent}-"
            if isinstance(item, dict) and self._chance(70):
                first, *others = self._mapping(item, indent + 2) if not self._remarks else self._bare(item, indent + 2)
                yield f"{dash} {first.lstrip()}"
                yield from others
            else:
                yield from self._valued(dash, item, indent)

    def _bare(self, tree: dict[str, Any], indent: int) -> Iterator[str]:
        """A mapping without anything above its first key, which stands beside a dash."""
        lines = list(self._mapping(tree, indent))
        start = next(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
        return iter([lines[start], *lines[:start], *lines[start + 1 :]])

    def _valued(self, start: str, value: Any, indent: int) -> Iterator[str]:
        if isinstance(value, str):
            yield f"{start}{' ' * self._random.randint(1, 3)}{self._scalar(value)}{self._beside()}"
        elif self._chance(40):
            yield f"{start} {self._in_brackets(value, indent)}{self._beside()}"
        else:
            yield f"{start}{self._beside()}"
            step = self._random.choice([1, 2, 4])
            write = self._mapping if isinstance(value, dict) else self._list
            yield from write(value, indent + step)

    def _in_brackets(self, value: Any, indent: int) -> str:
        if isinstance(value, str):
            return self._scalar(value)
        if isinstance(value, list):
            return f"[{self._joined([self._in_brackets(item, indent) for item in value], indent)}]"
        parts = [f"{key}: {self._in_brackets(item, indent)}" for key, item in self._entries(value)]
        return f"{{{self._joined(parts, indent)}}}"

    def _joined(self, parts: list[str], indent: int) -> str:
        text = ""
        for part in parts[:-1]:
            text += f"{part}, "
            if self._chance(30):
                text += f"{self._beside()}\n{' ' * (indent + self._random.randint(1, 5))}"
        return text + "".join(parts[-1:])

    def _scalar(self, text: str) -> str:
        return f'"{text}"' if set(text) & set(SPECIAL) else text
