"""E-mail: owners get one message an event, that a mail program knows again; a server that refuses is told apart."""

import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from activities.publishing import Sink
from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from crm.views import Owner
from leadflow.sinks.retrying import TRIES, TRIES_WHEN_REFUSED, NotDelivered
from leadflow.sinks.trial import trial_event
from tests.e2e.test_worker import free_port
from tests.leadflow.sinks.conftest import NOW, new_event, sinks_of
from tests.rulebook import small_rules

CERTIFICATE = Path(__file__).with_name("localhost.pem")
OPEN = "host: 127.0.0.1, port: {port}, encryption: none, from: leads@ours.example"
SAFE = "host: localhost, port: {port}, from: leads@ours.example, username_env: MAIL_USER, password_env: MAIL_PASSWORD"


class Mailbox:
    """A mail server that keeps what it gets. `refused` are addresses, `answer` is its word on a message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.answer = "250 taken"

    async def handle_RCPT(self, _server: Any, _session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
            message["X-Written-To"] = ", ".join(envelope.rcpt_tos)
            self.messages.append(message)
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def safe_server(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """One that wants encryption and a password, with a certificate that this process trusts."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"leadflow", b"right"), handled=False)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=check,
        auth_required=True,
    )
    controller.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("MAIL_USER", "leadflow")
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    yield controller
    controller.stop()


Opened = Callable[..., Sink]


@pytest.fixture
def mail(sqlite_database: Database, tmp_path: Path) -> Opened:
    with sqlite_database.transaction() as connection:
        apply_directory(connection, small_rules().current().directory, now=NOW)

    def opened(port: int, to: str = "owner", form: str = OPEN, **settings: Any) -> Sink:
        text = f"owners: {{email: {{{form.format(port=port)}, to: {to}, timeout: 2 seconds}}}}"
        return sinks_of(text, tmp_path, sqlite_database, **settings)["owners"]

    return opened


def owner(entity: str, key: str) -> Owner:
    return Owner(type=entity, id=record_id(entity, key), key=key, name=key.title())


def failure(sink: Sink) -> NotDelivered:
    with pytest.raises(NotDelivered) as raised:
        sink.deliver(new_event(owner=owner("systemuser", "anna")))
    return raised.value


def test_the_owner_hears_of_a_new_lead(mail: Opened, server: Controller, mailbox: Mailbox) -> None:
    event = new_event(owner=owner("systemuser", "anna"))
    sink = mail(server.port, ui_url="https://temporal.ours.example/", temporal_namespace="leads")
    assert sink.deliver(event) == "sent to 1 of 1"
    (message,) = mailbox.messages
    lead = str(event.leadid)
    assert message["To"] == message["X-Written-To"] == "anna@ours.example"
    assert message["From"] == "leads@ours.example"
    assert message["Subject"] == f"New lead ({lead[:8]}), accept by 2026-03-02 10:30 UTC"
    assert (message["Auto-Submitted"], message["X-Leadflow-Event"]) == ("auto-generated", "lead.assigned")
    assert message["Message-ID"] == f"<{event.id}.owners@ours.example>"
    assert message.get_content().splitlines() == [
        "Assigned to Anna Berg (round_robin, turn 1): large ones; new lead",
        "",
        f"Lead:        {lead}",
        "When:        2026-03-02 09:00 UTC",
        "From:        web",
        "Unit:        north",
        "Priority:    normal",
        "Accept by:   2026-03-02 10:30 UTC",
        f"Open it:     https://temporal.ours.example/namespaces/leads/workflows/lead-{lead}",
    ]


def test_a_second_copy_has_the_same_id(mail: Opened, server: Controller, mailbox: Mailbox) -> None:
    event, sink = new_event(owner=owner("systemuser", "anna")), mail(server.port)
    sink.deliver(event)
    sink.deliver(event)
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1 < len(mailbox.messages)


def test_a_team_that_owns_a_lead_hears_of_it_but_not_who_has_left(
    mail: Opened, server: Controller, mailbox: Mailbox
) -> None:
    event = new_event(name="lead.sla_missed", owner=owner("team", "desk"))
    assert mail(server.port).deliver(event) == "sent to 3 of 3"
    (message,) = mailbox.messages
    assert message["To"] == "anna@ours.example, ben@ours.example, dora@ours.example"
    assert message["Subject"].startswith("Lead not answered in time (")


def test_a_lead_without_an_owner_is_nobody_s_mail(mail: Opened, server: Controller, mailbox: Mailbox) -> None:
    sink = mail(server.port)
    assert sink.deliver(new_event()) == sink.deliver(new_event(owner=owner("team", "away"))) == "nobody to write to"
    assert mailbox.messages == []


def test_fixed_addresses_and_a_test(mail: Opened, server: Controller, mailbox: Mailbox) -> None:
    fixed = mail(server.port, to="[boss@ours.example, sales@ours.example]")
    assert fixed.deliver(new_event(name="lead.qualified")) == "sent to 2 of 2"
    mail(server.port).deliver(trial_event("owners"))
    written = [(message["To"], message["Subject"].partition(" (")[0]) for message in mailbox.messages]
    assert written == [
        ("boss@ours.example, sales@ours.example", "Lead qualified"),
        ("leads@ours.example", "Test of leadflow's e-mail"),
    ]


def test_one_address_that_is_refused_keeps_no_other_from_its_mail(
    mail: Opened, server: Controller, mailbox: Mailbox
) -> None:
    mailbox.refused = {"ben@ours.example": "550 unknown"}
    assert mail(server.port).deliver(new_event(owner=owner("team", "desk"))) == "sent to 2 of 3"
    assert mailbox.messages[0]["X-Written-To"] == "anna@ours.example, dora@ours.example"


@pytest.mark.parametrize(
    ("refused", "answer", "says", "tries"),
    [
        ("550 unknown", "250", "550 every address is refused", TRIES_WHEN_REFUSED),
        ("451 later", "250", "451 every address is refused", TRIES),
        ("", "552 too much", "552 too much", TRIES_WHEN_REFUSED),
        ("", "452 no space", "452 no space", TRIES),
    ],
)
def test_a_server_that_refuses(
    mail: Opened, server: Controller, mailbox: Mailbox, refused: str, answer: str, says: str, tries: int
) -> None:
    mailbox.refused, mailbox.answer = ({"anna@ours.example": refused} if refused else {}), answer
    failed = failure(mail(server.port))
    assert (str(failed), failed.tries) == (f"127.0.0.1: {says}", tries)


def test_nobody_there(mail: Opened) -> None:
    failed = failure(mail(free_port()))
    assert str(failed).startswith("127.0.0.1: ConnectionRefusedError") and failed.tries == TRIES


def test_a_server_with_encryption_and_password(mail: Opened, safe_server: Controller, mailbox: Mailbox) -> None:
    assert mail(safe_server.port, form=SAFE).deliver(new_event(owner=owner("systemuser", "ben"))) == "sent to 1 of 1"
    assert mailbox.messages[0]["To"] == "ben@ours.example"


def test_a_wrong_password_is_told_without_it(
    mail: Opened, safe_server: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-one")
    failed = failure(mail(safe_server.port, form=SAFE))
    assert "535" in str(failed) and "wrong-one" not in str(failed) and failed.tries == TRIES_WHEN_REFUSED


def test_a_server_that_is_not_who_it_says_gets_no_mail(
    mail: Opened, safe_server: Controller, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "CERTIFICATE_VERIFY_FAILED" in str(failure(mail(safe_server.port, form=SAFE)))
    assert mailbox.messages == []


@pytest.mark.usefixtures("safe_server")
def test_a_server_without_encryption_gets_no_password(mail: Opened, server: Controller) -> None:
    assert "STARTTLS" in str(failure(mail(server.port, form=SAFE.replace("localhost", "127.0.0.1"))))
