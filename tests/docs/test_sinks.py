"""What docs/sinks.md shows: a file of sinks that opens, the payload that receivers get, and code that verifies it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from activities.publishing import EVENT_TYPES
from crm.store.database import Database
from crm.views import LeadView, Owner
from leadflow.sinks.config import EmailConfig, LogConfig, WebhookConfig, read_sinks
from leadflow.sinks.retrying import TRIES, TRIES_WHEN_REFUSED
from tests.docs.test_docs import FENCE, first_cells, text_of
from tests.leadflow.sinks.conftest import SECRET, Receiver, Request, new_event, sinks_of
from tests.leadflow.sinks.conftest import idle_database as idle_database
from tests.leadflow.sinks.conftest import receiver as receiver

PAGE = text_of("docs/sinks.md")
NODE = shutil.which("node")


def block(language: str) -> str:
    """The page's one block in this language, without the indent of a list."""
    (body,) = [body for info, body in FENCE.findall(re.sub(r"^   ", "", PAGE, flags=re.MULTILINE)) if info == language]
    return str(body)


@pytest.fixture
def request_(receiver: Receiver, idle_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """What a receiver gets."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    text = f"crm: {{webhook: {{url: '{receiver.url}', secret_env: HOOK_SECRET}}}}"
    owner = Owner(type="systemuser", id=uuid4(), key="anna", name="Anna Berg")
    sinks_of(text, tmp_path, idle_database)["crm"].deliver(new_event(owner=owner))
    (request,) = receiver.requests
    return request


def test_the_file_opens_and_every_key_is_explained(tmp_path: Path) -> None:
    (tmp_path / "sinks.yaml").write_text(block("yaml"), encoding="utf-8")
    kinds = {name: config.kind for name, config in read_sinks(tmp_path / "sinks.yaml").items()}
    assert {type(kind) for kind in kinds.values()} == {WebhookConfig, EmailConfig, LogConfig}
    explained = {name for cell in first_cells(PAGE) for name in re.findall(r"[a-z_]+", cell)}
    for config in (WebhookConfig, EmailConfig, LogConfig):
        assert {field.alias or name for name, field in config.model_fields.items()} <= explained


def test_every_type_of_event_is_explained_and_no_other() -> None:
    assert {cell for cell in first_cells(PAGE) if cell.startswith("lead.")} == set(EVENT_TYPES)


def test_the_payload_has_the_fields_that_receivers_get(request_: Request) -> None:
    shown: dict[str, Any] = json.loads(block("json"))
    real: dict[str, Any] = json.loads(request_.body)
    assert list(shown) == list(real) and list(shown["lead"]) == list(real["lead"])
    assert list(shown["lead"]["owner"]) == list(real["lead"]["owner"])
    assert shown["type"] in EVENT_TYPES and LeadView.model_validate(shown["lead"])


def test_the_python_verifies_what_is_sent(request_: Request) -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    verified = names["verified"]
    assert verified(request_.body, request_.headers, SECRET) == json.loads(request_.body)
    with pytest.raises(Exception, match="No matching signature"):
        verified(request_.body + b" ", request_.headers, SECRET)


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_the_javascript_verifies_what_is_sent(request_: Request, tmp_path: Path) -> None:
    assert NODE is not None
    given = json.dumps([request_.body.decode(), dict(request_.headers), SECRET])
    program = f"""
        {block("js")}
        const [body, headers, secret] = {given};
        console.log(verified(body, headers, secret).type);
        try {{ verified(body + " ", headers, secret); }} catch (error) {{ console.log(error.message); }}
        headers["webhook-timestamp"] -= 301;
        try {{ verified(body, headers, secret); }} catch (error) {{ console.log(error.message); }}
    """
    file = tmp_path / "verify.mjs"
    file.write_text(program, encoding="utf-8")
    done = subprocess.run([NODE, str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["lead.assigned", "not signed by leadflow", "too old, or too new"], done.stderr


def test_the_tries_are_those_of_the_code() -> None:
    assert re.findall(r"\| (\d) times", PAGE) == [str(TRIES), str(TRIES_WHEN_REFUSED)]
