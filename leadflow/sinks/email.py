"""E-mail: owners hear of the leads they get, and of time limits that they missed."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from crm.store.database import Database
from crm.store.people import addresses
from crm.store.sinks.outbox import Event
from leadflow.sinks.config import EmailConfig
from leadflow.sinks.retrying import TRIES, TRIES_WHEN_REFUSED, NotDelivered
from leadflow.sinks.trial import TEST

_SUBJECTS = {
    TEST: "Test of leadflow's e-mail",
    "lead.assigned": "New lead",
    "lead.sla_missed": "Lead not answered in time",
}
_LINES = {
    "source": "From",
    "business_unit": "Unit",
    "channel_partner": "Partner",
    "priority": "Priority",
    "accept_by": "Accept by",
    "contact_by": "Contact by",
}


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    password: str


class EmailSink:
    """Sends through one mail server. `link` gives the page of a lead's run by its workflow id, where there is one."""

    def __init__(
        self, name: str, config: EmailConfig, login: Login | None, database: Database, link: Callable[[str], str | None]
    ) -> None:
        self.name = name
        self._config = config
        self._login = login
        self._database = database
        self._link = link

    def wants(self, event: str) -> bool:
        return event in self._config.events

    def deliver(self, event: Event) -> str:
        """Send one message to all who are concerned. Raises NotDelivered where none of them could be written to."""
        to = self._recipients(event)
        if not to:
            return "nobody to write to"
        try:
            with self._server() as server:
                refused = server.send_message(self._message(event, to))
        except (OSError, smtplib.SMTPException) as error:
            raise _failure(self._config.host, error) from error
        return f"sent to {len(to) - len(refused)} of {len(to)}"

    def _recipients(self, event: Event) -> Sequence[str]:
        if self._config.to != "owner":
            return self._config.to
        if event.event == TEST:
            return [self._config.sender]
        owner = event.payload["lead"]["owner"]
        if owner is None:
            return []
        with self._database.reading() as connection:
            return addresses.of_owner(connection, owner["type"], UUID(owner["id"]))

    def _server(self) -> smtplib.SMTP:
        config = self._config
        if config.encryption == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, timeout=config.timeout, context=context)
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=config.timeout)
        try:
            if config.encryption == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._login:
                server.login(self._login.username, self._login.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, event: Event, to: Sequence[str]) -> EmailMessage:
        """The message's id follows from the event: a mail program shows a second copy of it once."""
        message = EmailMessage()
        message["From"] = self._config.sender
        message["To"] = ", ".join(to)
        message["Subject"] = self._subject(event)
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{event.id}.{self.name}@{self._config.sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Leadflow-Event"] = event.event
        message.set_content(self._text(event))
        return message

    def _subject(self, event: Event) -> str:
        lead = event.payload["lead"]
        what = _SUBJECTS.get(event.event, f"Lead {event.event.removeprefix('lead.').replace('_', ' ')}")
        due = f", accept by {_shown(lead['accept_by'])}" if lead["accept_by"] else ""
        return f"{what} ({str(event.leadid)[:8]}){due}"

    def _text(self, event: Event) -> str:
        lead = event.payload["lead"]
        given = {"Lead": str(event.leadid), "When": _shown(event.payload["timestamp"])}
        given |= {label: _shown(lead[name]) for name, label in _LINES.items() if lead[name]}
        if (workflow_id := lead["workflow_id"]) and (url := self._link(workflow_id)):
            given["Open it"] = url
        lines = [f"{label + ':':<12} {value}" for label, value in given.items()]
        return "\n".join([event.payload["event"], "", *lines])


def _shown(value: Any) -> str:
    """A time as people read it; any other value as it stands."""
    try:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return str(value)


def _failure(host: str, error: Exception) -> NotDelivered:
    """A 5xx is a refusal; a 4xx of SMTP, or no answer, means: later."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = min(code for code, _ in error.recipients.values())
            said = f"{code} every address is refused"
        case smtplib.SMTPResponseException():
            code = error.smtp_code
            text = error.smtp_error
            said = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        case _:
            code, said = 0, f"{type(error).__name__}: {error}"
    return NotDelivered(f"{host}: {said}", tries=TRIES_WHEN_REFUSED if code >= 500 else TRIES)
