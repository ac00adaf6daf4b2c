"""One row as the submission of a lead, in the shape of `crm.requests.LeadSubmission`."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from crm.choices import standard_choices
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from leadflow.intake.mapping import SPECIAL_TARGETS, ColumnMapping
from leadflow.intake.rejects import REJECT_COLUMNS
from leadflow.intake.rows import Row


def submission_from_row(
    row: Row, mapping: ColumnMapping, defaults: Mapping[str, object] | None = None, *, keep_unmapped: bool = False
) -> dict[str, object]:
    """`{"lead": {raw attributes}, "source": ..., "external_id": ...}` with the fields that the row or `defaults` fill.

    `defaults` has the keys of a submission; the row wins over it. `received_on` is an aware time. A row without an
    external id gets a hash of its content, so that importing it again gives the same lead. With `keep_unmapped`, what
    has no attribute is added to the description. Raises InvalidInput for a special target that cannot be read.
    """
    values = dict(_content(row))
    lead: dict[str, object] = {}
    special: dict[str, object] = {}
    kept: list[str] = []
    for column, value in values.items():
        target = mapping.target(column)
        place, name = (special, SPECIAL_TARGETS[target]) if target in SPECIAL_TARGETS else (lead, target or "")
        if target and name not in place:
            place[name] = value
        elif mapping.mark_unmapped(column):
            kept.append(f"{column}: {_shown(value)}")
    if keep_unmapped and kept:
        lead["description"] = "\n".join([*([_shown(lead["description"])] if "description" in lead else []), *kept])
    submission = {
        **(defaults or {}),
        **{name: special_value(name, value) for name, value in special.items()},
        "lead": lead,
    }
    if "external_id" not in submission and "leadid" not in submission:
        submission["external_id"] = _content_hash(values)
    return submission


def flat(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a row; of one in the shape of a submission, as if its `lead` were flat."""
    nested = values.get("lead")
    if not isinstance(nested, dict):
        return dict(values)
    return {**{column: value for column, value in values.items() if column != "lead"}, **nested}


def _content(row: Row) -> Iterator[tuple[str, object]]:
    """The columns that hold something."""
    for column, value in flat(row.values).items():
        if column in REJECT_COLUMNS:
            continue
        stripped = value.strip() if isinstance(value, str) else value
        if stripped not in (None, ""):
            yield column, stripped


def special_value(name: str, value: object) -> object:
    """The value of a submission's own field, such as `received_on`. Raises InvalidInput where it cannot be read."""
    if name == "received_on":
        return _received_on(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidInput(f"{name} is a text; put the value in quotes")


def _received_on(value: object) -> datetime:
    """The time in UTC, read as Dataverse's attribute of the same meaning is read."""
    read = normalise_lead({"overriddencreatedon": value}, standard_choices())
    moment = read.values.get("overriddencreatedon")
    if not isinstance(moment, datetime):
        raise InvalidInput("; ".join(f"received_on {problem.message}" for problem in read.problems))
    return moment


def _content_hash(values: Mapping[str, object]) -> str:
    """Blind to the order of the columns and to empty ones."""
    return "sha256:" + hashlib.sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
