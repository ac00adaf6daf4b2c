"""From the columns of a file to the attributes of a lead: by order of the caller, by logical name, by usual header."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from crm.entities.lead import Lead
from crm.errors import InvalidInput
from leadflow.intake.headers import target_of_header
from rules.engine.findings import Findings
from rules.engine.loader import load_text
from rules.engine.shape import plain

# An empty value, as YAML and JSON may also write it.
NOTHING = ("", "~", "null")
# Fields of a submission that are no attributes of the lead, by the names that a file or the command line uses.
SPECIAL_TARGETS = {
    "externalid": "external_id",
    "source": "source",
    "business_unit": "business_unit",
    "channel_partner": "channel_partner",
    "campaign": "campaign",
    "received_on": "received_on",
    "leadid": "leadid",
    "urgency": "urgency",
}
# The attributes that a submission's own fields fill.
_FILLED_BY_SPECIAL = {"lf_externalid": "externalid", "lf_source": "source"}
LEFT_OUT = ""


class ColumnMapping:
    """Which attribute or special target each column fills.

    `explicit` is the caller's word, with an empty target for a column to leave out. Other columns are mapped by
    themselves where that is safe. `unmapped` collects the rest as rows are read, in order of appearance.
    """

    def __init__(self, explicit: Mapping[str, str] | None = None) -> None:
        self._explicit = {column: _known(column, target) for column, target in (explicit or {}).items()}
        self._given = [target for target in self._explicit.values() if target != LEFT_OUT]
        self.unmapped: list[str] = []
        for target in self._given:
            columns = [f"'{column}'" for column, other in self._explicit.items() if other == target]
            if len(columns) > 1:
                raise InvalidInput(f"columns {' and '.join(columns)} are mapped to '{target}'; map one of them")

    def check(self, columns: Iterable[str]) -> None:
        """Refuse a mapping that names a column which the file does not have."""
        known = list(columns)
        for column in self._explicit:
            if column not in known:
                near = get_close_matches(column, known, n=1)
                remedy = f"did you mean '{near[0]}'?" if near else f"its columns are {', '.join(known)}"
                raise InvalidInput(f"the file has no column '{column}'; {remedy}")

    def target(self, column: str) -> str | None:
        """The attribute or special target of a column; None for one that is left out or that nothing fits."""
        if column in self._explicit:
            return self._explicit[column] or None
        target = automatic_target(column)
        return None if target in self._given else target

    def mark_unmapped(self, column: str) -> bool:
        """Note that `column` had no place in a row. False for one that the caller left out."""
        if column in self._explicit and self._explicit[column] == LEFT_OUT:
            return False
        if column not in self.unmapped:
            self.unmapped.append(column)
        return True


def automatic_target(column: str) -> str | None:
    """The target of a column that the caller said nothing about: a name as it is, or a usual header."""
    if column in SPECIAL_TARGETS or column in _FILLED_BY_SPECIAL:
        return _FILLED_BY_SPECIAL.get(column, column)
    attribute = Lead.attributes().get(column)
    if attribute is not None:
        return column if attribute.create else None
    return target_of_header(column)


def parse_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """`Column=attribute` as typed on a command line; `Column=` leaves the column out."""
    mapping = {}
    for pair in pairs:
        column, equals, target = pair.rpartition("=")
        if not equals or not column.strip():
            raise InvalidInput(f"'{pair}' is not of the form Column=attribute")
        mapping[column.strip()] = target.strip()
    return mapping


def read_mapping_file(path: Path) -> dict[str, str]:
    """A YAML or JSON file of `Column: attribute` lines; an empty value leaves the column out."""
    findings = Findings()
    try:
        content = load_text(path.read_text(encoding="utf-8-sig"), path.name, findings)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read as a mapping ({error}); write lines of Column: attribute") from None
    if content is None or findings.has_errors:
        problem = next(iter(findings))
        raise InvalidInput(f"{path}: line {problem.line}: {problem.message}; write lines of Column: attribute")
    targets = plain(content)
    if not all(isinstance(target, str) for target in targets.values()):
        raise InvalidInput(f"{path}: is not a mapping; write lines of Column: attribute")
    return {column: "" if target in NOTHING else target for column, target in targets.items()}


def _known(column: str, target: str) -> str:
    target = _FILLED_BY_SPECIAL.get(target, target)
    attribute = Lead.attributes().get(target)
    if target in SPECIAL_TARGETS or target == LEFT_OUT or (attribute is not None and attribute.create):
        return target
    if attribute is not None:
        raise InvalidInput(f"column '{column}': '{target}' is written by the service only; map it to another attribute")
    settable = [name for name, known in Lead.attributes().items() if known.create]
    near = get_close_matches(target.casefold(), [*SPECIAL_TARGETS, *settable], n=1, cutoff=0.7)
    remedy = f"did you mean '{near[0]}'?" if near else "use a logical name of the lead, such as emailaddress1"
    raise InvalidInput(f"column '{column}': '{target}' is no attribute of a lead; {remedy}")
