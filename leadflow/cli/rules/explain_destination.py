"""What becomes of an explained lead, for people: one sentence, and the facts about who gets it and by when."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from leadflow.cli.output import shown
from leadflow.cli.rules.explanation import Contact, Explained, Recipient, Sla
from rules.engine.decision import Assign, Disqualify, Hold, Offer, Outcome, Qualify, Requirements
from rules.engine.outcome_words import requirement_words, step_words
from rules.engine.values import duration_text

SHORT = 12
STATES = {
    "running": "nobody has accepted yet",
    "ended": "over before anybody accepted: the lead went on, or was closed",
}


class Tense(Enum):
    """What is told: a past decision, today's about a stored lead, or one about a lead that was made up."""

    THEN = "then"
    NOW = "now"
    TRIAL = "trial"


def headline(explained: Explained, tense: Tense) -> str:
    """What becomes of the lead, in one sentence."""
    outcome, recipient = explained.decision.outcome, explained.recipient
    goes, was, waits = {
        Tense.THEN: ("went", "was", "waited"),
        Tense.NOW: ("would go", "would be", "would wait"),
        Tense.TRIAL: ("goes", "is", "waits"),
    }[tense]
    match outcome:
        case Assign() | Offer() if recipient and recipient.waits:
            return f"The lead {waits} with {_who(recipient)} {_until(recipient)}."
        case Offer() if recipient and recipient.partner:
            return f"The lead {was} offered to partner {recipient.partner}."
        case Offer() if recipient is None or tense is Tense.THEN:
            return f"The lead {was} {outcome.destination}."
        case Assign() | Offer():
            return f"The lead {goes} to {_destination(outcome, recipient)}."
        case Qualify():
            return f"The lead {was} qualified at once."
        case Disqualify():
            why = f": {outcome.reason}" if outcome.reason else ""
            return f"The lead {was} disqualified as {outcome.status_label}{why}."
        case Hold():
            return f"The lead {was} held until somebody looks at it: {outcome.reason}."


def _destination(outcome: Assign | Offer, recipient: Recipient | None) -> str:
    if recipient is None:
        return outcome.destination
    who = _who(recipient)
    if recipient.queue:
        return f"queue {recipient.queue}, there to {who}{_passed(recipient)}"
    if isinstance(outcome, Assign) and outcome.to == "partner":
        return f"{outcome.destination}, there to {who}"
    if recipient.kind == "user":
        return f"team {recipient.team}, there to {who}{_passed(recipient)}" if recipient.team else who
    if recipient.eligible:
        return f"{who}, to whoever in it accepts first{_passed(recipient)}"
    return f"{who}, for nobody in it could get it"


def _who(recipient: Recipient) -> str:
    key = f"{recipient.kind} {recipient.key}"
    return f"{recipient.name} ({key})" if recipient.name else key


def _passed(recipient: Recipient) -> str:
    return f", for nobody in team {' or team '.join(recipient.passed)} could get it" if recipient.passed else ""


def _until(recipient: Recipient) -> str:
    until = f"until {moment(recipient.waits_until)}" if recipient.waits_until else "until somebody has room for it"
    return f"{until}, for nobody may get it before"


def facts(explained: Explained, tense: Tense) -> Iterator[tuple[str, str]]:
    """The rest, each with its title."""
    decision, outcome = explained.decision, explained.decision.outcome
    yield "Why", decision.reason
    asked = "decided" if tense is Tense.THEN else "asked"
    yield "Rules", f"{explained.digest[:SHORT]}, {asked} {moment(explained.decidedon)}"
    if decision.engine_disagreement:
        yield "Engine", "durable-rules and the check of each decision differed; the check's answer was taken"
    yield "Priority", outcome.priority
    yield from _more(outcome)
    if explained.recipient:
        yield from _pool(explained.recipient, tense)
    if explained.sla:
        yield "Accept", _promise(explained.sla, tense)
        if isinstance(outcome, Assign):
            yield "If missed", ", then ".join(explained.sla.steps) or "nothing more happens"
    if explained.contact:
        yield "Contact", _limit(explained.contact)


def _more(outcome: Outcome) -> Iterator[tuple[str, str]]:
    if isinstance(outcome, Qualify):
        made = {
            "an account": outcome.create_account,
            "a contact": outcome.create_contact,
            "an opportunity": outcome.create_opportunity,
        }
        yield "Makes", ", ".join(name for name, wanted in made.items() if wanted) or "no records"
    if isinstance(outcome, Assign) and outcome.requires != Requirements():
        yield "Requires", requirement_words(outcome.requires)
    if isinstance(outcome, Offer):
        yield "Offered", _order(outcome)
        if outcome.registered_for:
            yield "Registered", f"{duration_text(outcome.registered_for)} for the partner who accepts"
    if isinstance(outcome, Assign | Offer) and outcome.if_nobody:
        yield "If nobody", step_words(outcome.if_nobody).replace(", ", ", then ")


def _order(outcome: Offer) -> str:
    if outcome.by == "weight":
        return f"by weight: {', '.join(f'{to.partner} {to.weight}' for to in outcome.partners)}"
    return ", then ".join(to.partner for to in outcome.partners)


def _pool(recipient: Recipient, tense: Tense) -> Iterator[tuple[str, str]]:
    if recipient.strategy:
        turn = f", turn {recipient.turn}" if recipient.turn else ""
        state = {Tense.THEN: turn, Tense.NOW: ", as the team stands now", Tense.TRIAL: ", as if all were new in it"}
        yield "Chosen by", f"{recipient.strategy} in team {recipient.team or recipient.key}{state[tense]}"
    if recipient.eligible is not None and recipient.strategy:
        yield "Could get it", ", ".join(recipient.eligible) or "nobody"
    if recipient.skipped:
        yield "Skipped", "; ".join(recipient.skipped)
    if recipient.endedon:
        yield "Had it until", f"{moment(recipient.endedon)}: {recipient.endreason}"


def _promise(sla: Sla, tense: Tense) -> str:
    limit = _limit(sla)
    if tense is not Tense.THEN:
        return limit
    events = [f"missed {moment(on)}" for on in sla.missedon]
    if sla.acceptedon:
        events.append(f"accepted {moment(sla.acceptedon)}" + (", in time" if sla.state == "kept" else ""))
    return f"{limit}: {'; '.join(events) or STATES[sla.state]}"


def _limit(limit: Sla | Contact) -> str:
    within = f"within {duration_text(limit.within)}{' by the clock' if limit.clock else ' of working time'}"
    return f"{within}, by {moment(limit.due)}" if limit.due else within


def moment(at: datetime) -> str:
    """A point of time with its day of the week."""
    return f"{at:%a} {shown(at)} UTC"
