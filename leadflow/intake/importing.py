"""Importing a file of leads: a workflow is started for each row; bad rows are put aside."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from crm.choices import ChoiceBook
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.requests import LeadSubmission
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.rows import Reject, Row
from leadflow.intake.submissions import flat, submission_from_row
from leadflow.starter import Leads

REST = 0.5  # as a part of the time that the start took


@dataclass(slots=True)
class ImportSummary:
    """How many leads were started, were known already, and could not be used."""

    started: int = 0
    known: int = 0
    rejected: int = 0
    unmapped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """How a row becomes a submission. With `quarantine`, rows whose values do not validate are submitted all the same,
    and wait in quarantine; without it they are rejected."""

    mapping: ColumnMapping
    choices: ChoiceBook
    defaults: Mapping[str, object]
    keep_unmapped: bool = False
    quarantine: bool = False

    def read(self, row: Row) -> LeadSubmission:
        """Raises InvalidInput, naming each attribute that does not fit."""
        values = submission_from_row(row, self.mapping, self.defaults, keep_unmapped=self.keep_unmapped)
        try:
            submission = LeadSubmission.model_validate(values)
        except ValidationError as error:
            raise InvalidInput(explain(error)) from None
        if not submission.lead:
            raise InvalidInput("the row has no attribute of a lead; check the column mapping")
        if not self.quarantine:
            problems = normalise_lead(submission.lead, self.choices).problems
            if problems:
                raise InvalidInput("; ".join(str(problem) for problem in problems))
        return submission


async def import_leads(
    leads: Leads,
    rows: Iterable[Row | Reject],
    reader: Reader,
    *,
    on_reject: Callable[[Reject], None],
    on_row: Callable[[ImportSummary], None] = lambda _: None,
) -> ImportSummary:
    """Start a workflow for each row, in the order of the file. A row that is known already changes nothing.

    One start at a time, and a rest after each: the leads wait in Temporal, where others go first, and hold nobody up on
    their way there. The slower Temporal answers, the longer the rest.
    Raises InvalidInput for a file that cannot be read, Unavailable when Temporal goes away; what was started stays.
    """
    summary = ImportSummary()
    for row in rows:
        try:
            submission = reader.read(_row(row))
        except InvalidInput as error:
            summary.rejected += 1
            on_reject(_rejected(row, str(error)))
        else:
            began = time.monotonic()
            is_new = await leads.enqueue(submission)
            summary.started += is_new
            summary.known += not is_new
            await asyncio.sleep((time.monotonic() - began) * REST)
        on_row(summary)
    summary.unmapped = reader.mapping.unmapped
    return summary


def _row(row: Row | Reject) -> Row:
    if isinstance(row, Reject):
        raise InvalidInput(row.reason)
    return row


def _rejected(row: Row | Reject, reason: str) -> Reject:
    return row if isinstance(row, Reject) else Reject(row.line, reason, values=flat(row.values))


def explain(error: ValidationError) -> str:
    """pydantic's findings in one line: field, and what is wrong with it."""
    return "; ".join(
        ": ".join(filter(None, (".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, "))))
        for item in error.errors()
    )
