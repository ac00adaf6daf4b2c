"""From the fields of a request to a submission, or to what is wrong with each field, by the sender's own names."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import orjson
from pydantic import ValidationError

from activities.submissions import RESERVED
from crm.attributes import AttributeType
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.normalise.reading import shown
from crm.requests import LeadSubmission
from crm.store.people import named
from leadflow.dataverse.call import Services
from leadflow.intake.mapping import LEFT_OUT, SPECIAL_TARGETS, ColumnMapping
from leadflow.intake.submissions import flat, special_value
from leadflow.intake.web.config import FIXED_TARGETS, SourceConfig
from leadflow.intake.web.problems import FieldProblem, bad_fields
from leadflow.intake.web.sources import Source

HONEYPOT = "honeypot"  # no attribute of a lead: a submission that has it goes to quarantine
_LINKS = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)
_NOT_THEIRS = "is not for the sender to set; leave it out"


@dataclass(slots=True)
class _Read:
    """What the fields say so far: raw attributes, the submission's own fields, and which field said each."""

    lead: dict[str, object] = field(default_factory=dict)
    own: dict[str, object] = field(default_factory=dict)
    said_by: dict[str, str] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)

    def blame(self, place: str, problem: str) -> None:
        """Add a problem of an attribute or own field, under the name of the field that said it."""
        self.problems.append(FieldProblem(shown(self.said_by.get(place, place)), problem))


async def submission_of(
    source: Source, fields: Mapping[str, object], key: str | None, services: Services
) -> LeadSubmission:
    """The submission that a source's request makes. `key` is its idempotency key, for a body without an external id.

    Raises Refused (422), naming each field that cannot be used and what to do. A source that quarantines refuses only
    what would be no submission at all: one without attributes, or with links to other records.
    """
    read = _Read()
    for name, value in _content(fields):
        _take(read, source.config, name, value)
    submission = _submission(read, source, key)
    if source.config.invalid == "refuse":
        _check_values(read, services)
        await _check_keys(read, services)
    if read.problems or submission is None:
        raise bad_fields(read.problems)
    return submission


def digest(submission: LeadSubmission) -> str:
    """What tells one lead from another under the same key; blind to the order of the fields, and to those left out."""
    content = submission.model_dump(mode="json", exclude={"leadid"})
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _content(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The fields that hold something."""
    for name, value in flat(fields).items():
        stripped = value.strip() if isinstance(value, str) else value
        if stripped not in (None, ""):
            yield name, stripped


def _take(read: _Read, config: SourceConfig, name: str, value: object) -> None:
    """Put a field where it belongs. One that nothing fits stays among the attributes: normalisation says so."""
    if config.mapping.get(name) == LEFT_OUT:
        return
    if name == config.honeypot:
        read.lead[HONEYPOT] = value
        return
    target = ColumnMapping(config.mapping).target(name) or name
    own = SPECIAL_TARGETS.get(target)
    place = own or target
    if place in read.said_by:
        read.problems.append(FieldProblem(shown(name), f"says the same as '{shown(read.said_by[place])}'; send one"))
        return
    read.said_by[place] = name
    if target in FIXED_TARGETS or target in RESERVED or own in config.fixed or _is_link(target):
        read.blame(place, _NOT_THEIRS)
    elif own:
        _take_own(read, own, value)
    else:
        read.lead[target] = value


def _is_link(target: str) -> bool:
    attribute = Lead.attributes().get(target)
    return attribute is not None and attribute.type in _LINKS


def _take_own(read: _Read, own: str, value: object) -> None:
    if isinstance(value, str) and not value.isprintable():
        read.blame(own, "has characters that cannot be printed; take them out")
        return
    try:
        read.own[own] = special_value(own, value)
    except InvalidInput as error:
        read.blame(own, error.message.removeprefix(f"{own} "))


def _submission(read: _Read, source: Source, key: str | None) -> LeadSubmission | None:
    """The submission; None, with the problems, where the fields make none."""
    identity: dict[str, object] = {"external_id": key} if key else {"leadid": uuid4()}
    if "external_id" in read.own:
        identity = {}
    if not read.lead and not read.problems:
        read.blame("lead", "has no attribute; send some, such as lastname and emailaddress1")
    try:
        given = {"source": source.key, **source.config.fixed, **identity, **read.own, "lead": read.lead}
        return LeadSubmission.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            if item["loc"][0] != "lead":
                read.blame(str(item["loc"][0]), f"{item['msg'].lower()}; correct it or leave it out")
    return None


def _check_values(read: _Read, services: Services) -> None:
    found = normalise_lead(read.lead, services.choices(), default_country=services.default_country)
    for problem in found.problems:
        if problem.attribute != HONEYPOT:
            read.blame(problem.attribute, problem.message)


async def _check_keys(read: _Read, services: Services) -> None:
    given = {name: str(value) for name, value in read.own.items() if name in named.NAMED}
    if given:
        for name in await services.read(lambda connection: named.unknown(connection, given)):
            read.blame(name, "is not in the organisation's directory; correct its key or leave it out")
