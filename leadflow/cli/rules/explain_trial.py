"""Leads to try, from the command line or a file, read as intake reads them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from activities.submissions import KEYED, RESERVED
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.requests import LeadSubmission
from leadflow.cli.output import attribute_pair
from leadflow.cli.rules.explanation import Explanation, explained
from leadflow.intake.importing import explain as explain_error
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.reading import STDIN, read_rows
from leadflow.intake.rows import Reject, Row
from leadflow.intake.submissions import submission_from_row
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.rules_engine import RulesEngine
from rules.strategies.simulation import Roster

FILE_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
MAX_PROBLEMS = 10
_KEYS = tuple(name for name, _, _ in KEYED)
# What routing finds out about a stored lead, and a lead to try may say of itself.
_SAID = tuple(name for name in RoutingContext.model_fields if name not in _KEYS)


@dataclass(frozen=True, slots=True)
class Trial:
    """A lead to try: raw attributes, its feed and keys as in a submission, and what it says of itself (see _SAID)."""

    name: str
    lead: Mapping[str, Any]
    beside: Mapping[str, Any]
    said: Mapping[str, Any]


def is_file(subject: str) -> bool:
    """Whether this names a file of leads, or stdin."""
    return subject == str(STDIN) or subject.lower().endswith(FILE_ENDINGS) or Path(subject).is_file()


def explain_pairs(engine: RulesEngine, pairs: Iterable[str], country: str) -> Explanation:
    """The lead that these `field=value` pairs make. Raises InvalidInput, naming what does not fit."""
    values: dict[str, Any] = dict(attribute_pair(pair) for pair in pairs)
    said = _taken(values, _SAID)
    beside = _taken(values, ("source", *_KEYS))
    return _explanation(engine, Trial("the values given", values, beside, said), country)


def explain_file(engine: RulesEngine, path: Path, country: str) -> tuple[list[Explanation], list[str]]:
    """Every lead of a file (JSON, JSON Lines or CSV; `-` is stdin), and the columns that had no place.

    Raises InvalidInput, naming the line of each that cannot be read: then none is explained.
    """
    mapping = ColumnMapping()
    found: list[Explanation] = []
    problems: list[str] = []
    for row in read_rows(path):
        name = f"{'stdin' if path == STDIN else path}, line {row.line}"
        try:
            found.append(_explanation(engine, _trial(name, row, mapping), country))
        except InvalidInput as error:
            problems.append(f"{name}: {error}")
    if problems:
        more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        raise InvalidInput("\n".join((*problems[:MAX_PROBLEMS], *more)))
    if not found:
        raise InvalidInput(f"{path} holds no lead")
    return found, mapping.unmapped


def _trial(name: str, row: Row | Reject, mapping: ColumnMapping) -> Trial:
    """A row as `leadflow leads import` reads it, without what it says of itself."""
    if isinstance(row, Reject):
        raise InvalidInput(row.reason)
    values = dict(row.values)
    said = _taken(values, _SAID)
    try:
        read = LeadSubmission.model_validate(submission_from_row(Row(row.line, values), mapping))
    except ValidationError as error:
        raise InvalidInput(explain_error(error)) from None
    beside = read.model_dump(include={"source", "received_on", *_KEYS}, exclude_none=True)
    return Trial(name, read.lead, beside, said)


def _taken(values: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: values.pop(name) for name in list(values) if name in names}


def _explanation(engine: RulesEngine, trial: Trial, country: str) -> Explanation:
    context = _context(engine, trial)
    facts = lead_facts(_lead(engine, trial, country), context)
    return Explanation(trial.name, now=explained(engine, facts, context.now, Roster()))


def _lead(engine: RulesEngine, trial: Trial, country: str) -> Lead:
    read = normalise_lead(trial.lead, engine.book.choices, default_country=country)
    reserved = [f"{name} is not set here; {remedy}" for name, remedy in RESERVED.items() if trial.lead.get(name)]
    if read.problems or reserved:
        raise InvalidInput("; ".join((*reserved, *map(str, read.problems))))
    own = {"lf_source": trial.beside.get("source"), "overriddencreatedon": trial.beside.get("received_on")}
    return Lead.model_validate(read.values | {name: value for name, value in own.items() if value is not None})


def _context(engine: RulesEngine, trial: Trial) -> RoutingContext:
    keys = {name: trial.beside[name] for name in _KEYS if name in trial.beside}
    for problem in _unknown(engine, keys):
        raise InvalidInput(problem)
    try:
        return RoutingContext.model_validate({"now": datetime.now(UTC), **keys, **trial.said})
    except ValidationError as error:
        raise InvalidInput(explain_error(error)) from None


def _unknown(engine: RulesEngine, keys: Mapping[str, str]) -> Iterator[str]:
    """Keys that a real lead would be quarantined for."""
    for name, key in keys.items():
        known: Collection[str] = getattr(engine.directory, f"{name}s")
        if key not in known:
            yield f"{name} '{key}' is not in the directory; known are: {', '.join(sorted(known)) or 'none'}"
