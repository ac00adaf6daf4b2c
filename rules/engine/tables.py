"""Rule tables and the rule files that name them: `- table: us.territories.csv` stands for the rows as rules."""

from rules.engine.findings import Code, Findings, Place, suggestion
from rules.engine.loader import Table, file_text
from rules.engine.rows import RowReader, put
from rules.engine.schema import TableSpec
from rules.engine.shape import read_as
from rules.engine.sources import TABLE_ENDING, RuleSources


class TableReader:
    """Reads the tables of one rule book; what is wrong goes to `findings`."""

    def __init__(self, sources: RuleSources, findings: Findings) -> None:
        self._sources = sources
        self._findings = findings
        self._tables = [name for name in (*sources.files, *sources.unreadable) if name.endswith(TABLE_ENDING)]
        self._named: dict[str, Place] = {}

    def rules(self, entry: Table, owner: str) -> list[Table | None]:
        """The rows of the table that `entry` of the rule file `owner` names; None for each that cannot be read."""
        spec = read_as(TableSpec, entry, self._findings)
        name = self._name(spec.table, entry.entries["table"].at, owner) if spec else None
        text = file_text(self._sources, name, self._findings) if name else None
        if name is None or text is None:
            return [None]
        rows = RowReader(name, self._findings).read(text)
        if rank := entry.entries.get("rank"):
            for row in filter(None, rows):
                put(row, ["rank"], rank, rank.at)
        return rows

    def report_unnamed(self) -> None:
        """A table that no rule file names has no effect. It must be text all the same: it is kept with the others."""
        for name in self._tables:
            if name not in self._named and file_text(self._sources, name, self._findings) is not None:
                file = name.rpartition("/")[2]
                remedy = f"Write `- table: {file}` under `rules:` of the file that it belongs to, or remove it"
                message = "no rule file names this table, so its rows decide nothing"
                self._findings.warning(Code.UNNAMED_TABLE, Place(name), message, remedy)

    def _name(self, given: str, at: Place, owner: str) -> str | None:
        """The table's path in the rule book, or None after a finding."""
        start = owner.removesuffix("yaml")
        name = owner[: owner.rfind("/") + 1] + given
        own = start.rpartition("/")[2]
        is_named_after = given.startswith(own) and given.endswith(TABLE_ENDING)
        if not (is_named_after and len(given) > len(own + TABLE_ENDING)) or "/" in given:
            remedy = f"Put it beside {owner} under a name such as {own}territories{TABLE_ENDING}"
            self._findings.error(Code.WRONG_PLACE, at, f"'{given}' is no table of this file", remedy)
            return None
        if name not in self._tables:
            beside = [table.rpartition("/")[2] for table in self._tables if table.startswith(start)]
            remedy = suggestion(given, beside) if beside else f"Save it beside {owner}, or remove this entry"
            self._findings.error(Code.MISSING_TABLE, at, f"there is no table '{given}'", remedy)
            return None
        if name in self._named:
            message = f"table '{given}' is named here and at {self._named[name]}"
            self._findings.error(Code.DUPLICATE_KEY, at, message, "Keep one of the two")
            return None
        self._named[name] = at
        return name
