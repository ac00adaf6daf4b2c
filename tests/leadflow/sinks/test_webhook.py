"""A webhook: signed, with an id that stays the same, and told apart by what the receiver answers."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from activities.publishing import Sink
from crm.store.database import Database
from leadflow.sinks.retrying import TRIES, TRIES_WHEN_REFUSED, NotDelivered
from tests.e2e.test_worker import free_port
from tests.leadflow.sinks.conftest import SECRET, Receiver, Reply, new_event, sinks_of


def hook_to(url: str, folder: Path, database: Database) -> Sink:
    text = f"crm: {{webhook: {{url: '{url}', secret_env: HOOK_SECRET, timeout: 1 second}}}}"
    return sinks_of(text, folder, database)["crm"]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


@pytest.fixture
def hook(receiver: Receiver, idle_database: Database, tmp_path: Path) -> Sink:
    return hook_to(receiver.url, tmp_path, idle_database)


def failure(hook: Sink, receiver: Receiver, reply: Reply) -> NotDelivered:
    receiver.replies.append(reply)
    with pytest.raises(NotDelivered) as raised:
        hook.deliver(new_event())
    return raised.value


def test_the_receiver_can_verify_what_it_gets_and_knows_it_again(hook: Sink, receiver: Receiver) -> None:
    event = new_event()
    assert [hook.deliver(event) for _ in range(2)] == ["HTTP 200", "HTTP 200"]
    first, second = receiver.requests
    for request in (first, second):
        assert Webhook(SECRET).verify(request.body, dict(request.headers)) == event.payload
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(event.id) == json.loads(first.body)["id"]
    assert first.path == "/hooks/leads" and first.headers["content-type"] == "application/json"
    assert first.headers["user-agent"].startswith("leadflow/")


def test_another_secret_does_not_verify(hook: Sink, receiver: Receiver) -> None:
    hook.deliver(new_event())
    (request,) = receiver.requests
    with pytest.raises(Exception, match="No matching signature"):
        Webhook("whsec_" + "A" * 32).verify(request.body, dict(request.headers))


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_means_that_the_receiver_has_it(hook: Sink, receiver: Receiver, status: int) -> None:
    receiver.replies.append(Reply(status, body=b""))
    assert hook.deliver(new_event()) == f"HTTP {status}"


@pytest.mark.parametrize(
    ("status", "tries"),
    [
        (500, TRIES), (502, TRIES), (503, TRIES), (408, TRIES), (425, TRIES), (429, TRIES),
        (400, TRIES_WHEN_REFUSED), (401, TRIES_WHEN_REFUSED), (404, TRIES_WHEN_REFUSED), (304, TRIES_WHEN_REFUSED),
        (410, 1),
    ],
)  # fmt: skip
def test_how_often_it_is_worth_while(hook: Sink, receiver: Receiver, status: int, tries: int) -> None:
    failed = failure(hook, receiver, Reply(status, body=b"not\n now" if status != 304 else b""))
    assert failed.tries == tries and failed.wait is None
    assert str(failed).startswith(f"HTTP {status}: {'not now' if status != 304 else ''}")


def test_a_redirect_is_not_followed(hook: Sink, receiver: Receiver) -> None:
    failed = failure(hook, receiver, Reply(307, {"location": receiver.url}))
    assert "put the new address into the file" in str(failed) and failed.tries == TRIES_WHEN_REFUSED
    assert len(receiver.requests) == 1


def test_retry_after_is_read_in_both_forms(hook: Sink, receiver: Receiver) -> None:
    assert failure(hook, receiver, Reply(503, {"retry-after": "120"})).wait == timedelta(seconds=120)
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=False)
    wait = failure(hook, receiver, Reply(429, {"retry-after": date})).wait
    assert wait is not None and timedelta(minutes=59) < wait <= timedelta(hours=1)


@pytest.mark.parametrize("given", ["soon", "-5", "0", "9" * 30, "Mon, 02 Mar 2020 09:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_ignored(hook: Sink, receiver: Receiver, given: str) -> None:
    assert failure(hook, receiver, Reply(503, {"retry-after": given})).wait is None


def test_a_long_answer_is_kept_in_part_and_an_endless_one_not_awaited(hook: Sink, receiver: Receiver) -> None:
    assert len(str(failure(hook, receiver, Reply(500, body=b"x" * 100_000)))) < 600
    assert str(failure(hook, receiver, Reply(500, body=b"sorry ", endless=True))).startswith("HTTP 500: sorry x")
    receiver.replies.append(Reply(200, endless=True))
    assert hook.deliver(new_event()) == "HTTP 200"


def test_a_receiver_that_does_not_answer_is_left_after_the_time_limit(hook: Sink, receiver: Receiver) -> None:
    start = time.monotonic()
    failed = failure(hook, receiver, Reply(late=True))
    assert "ReadTimeout" in str(failed) and failed.tries == TRIES
    assert time.monotonic() - start < 10


def test_nobody_there(idle_database: Database, tmp_path: Path) -> None:
    nowhere = hook_to(f"http://127.0.0.1:{free_port()}/", tmp_path, idle_database)
    with pytest.raises(NotDelivered, match=r"127\.0\.0\.1: ConnectError") as raised:
        nowhere.deliver(new_event())
    assert raised.value.tries == TRIES
