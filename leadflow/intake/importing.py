"""Importing a file of leads: a workflow is started for each row; bad rows are put aside."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import ValidationError

from crm.choices import ChoiceBook
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.requests import LeadSubmission
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.rows import Reject, Row
from leadflow.intake.submissions import flat, submission_from_row
from leadflow.starter import Leads

UNDER_WAY = 2  # leads of an import that Temporal has and no worker has stored yet
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 2.0


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

    A few leads are under way at a time: what a worker has begun shares its processor with everybody, however urgent
    others are. Where no worker takes them, they wait in Temporal, and the import goes on.
    Raises InvalidInput for a file that cannot be read, Unavailable when Temporal goes away; what was started stays.
    """
    summary, pace = ImportSummary(), _Pace(leads)
    for row in rows:
        try:
            submission = reader.read(_row(row))
        except InvalidInput as error:
            summary.rejected += 1
            on_reject(_rejected(row, str(error)))
        else:
            leadid = await leads.enqueue(submission)
            summary.started += leadid is not None
            summary.known += leadid is None
            if leadid is not None:
                await pace.keep(leadid)
        on_row(summary)
    summary.unmapped = reader.mapping.unmapped
    return summary


class _Pace:
    """Holds an import back while as many of its leads are under way as may be."""

    def __init__(self, leads: Leads) -> None:
        self._leads = leads
        self._under_way: deque[UUID] = deque()
        self._patience = PATIENCE_SECONDS

    async def keep(self, started: UUID) -> None:
        """Wait until there is room for another lead after this one."""
        self._under_way.append(started)
        if len(self._under_way) < UNDER_WAY:
            return
        oldest = self._under_way.popleft()
        until = time.monotonic() + self._patience
        while not (taken_in := await self._leads.is_taken_in(oldest)) and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
        # Whoever has waited in vain once does not wait for every row, until a worker answers again.
        self._patience = PATIENCE_SECONDS if taken_in else 0.0


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
