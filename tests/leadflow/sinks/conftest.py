"""Sinks against real sockets: a receiver of webhooks, a mail server, and events that a lead's life might have."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from activities.publishing import Sink, payload_of
from crm.lifecycle import LeadStage
from crm.store.database import Database, open_database
from crm.store.life.journal import Entry
from crm.store.sinks.outbox import Event
from crm.views import LeadView, Owner
from leadflow.settings import Settings
from leadflow.sinks import courier, retrying
from leadflow.sinks.opening import open_sinks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """What a receiver got."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What a receiver answers; an endless one goes on sending, a late one waits until the receiver is told to."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    endless: bool = False
    late: bool = False


class Receiver:
    """A server that keeps what it gets. `replies` come first, then 200."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.replies: deque[Reply] = deque()
        self.go_on = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/leads"

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                reply = receiver.replies.popleft() if receiver.replies else Reply()
                receiver.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if reply.late:
                    receiver.go_on.wait(30)
                try:
                    self._answer(reply)
                except OSError:
                    self.close_connection = True

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(10**9 if reply.endless else len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                while reply.endless and not receiver.go_on.wait(0.01):
                    self.wfile.write(b"x" * 100)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Couriers look often, and try again at once."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(retrying, "FIRST_WAIT", timedelta(milliseconds=1))
    monkeypatch.setattr(retrying, "FACTOR", 1)
    monkeypatch.setattr(retrying, "LONGEST_PAUSE", timedelta(milliseconds=10))


@pytest.fixture(scope="session")
def idle_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database without a schema, for sinks that need none."""
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('idle') / 'leadflow.db'}")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def new_event(
    lead: UUID | None = None, number: int = 2, name: str = "lead.assigned", owner: Owner | None = None
) -> Event:
    """An event of a lead of the small organisation."""
    leadid = lead or uuid4()
    id = uuid5(leadid, str(number))
    view = LeadView(
        leadid=leadid,
        stage=LeadStage.ASSIGNED,
        source="web",
        external_id="42",
        business_unit="north",
        owner=owner,
        accept_by=datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
        workflow_id=f"lead-{leadid}",
    )
    entry = Entry(NOW, "route", "Assigned to Anna Berg (round_robin, turn 1): large ones; new lead", None)
    return Event(id, leadid, number, name, payload_of(id, number, name, entry, view), NOW)


def sinks_of(text: str, folder: Path, database: Database, **settings: Any) -> dict[str, Sink]:
    """The sinks of a file with this text, by name."""
    file = folder / "sinks.yaml"
    file.write_text(text, encoding="utf-8")
    opened = open_sinks(Settings(sinks_file=file, state_dir=folder, **settings), database)
    return {sink.name: sink for sink in opened}
