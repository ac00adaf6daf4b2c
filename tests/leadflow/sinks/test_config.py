"""The file of sinks: what is wrong with it is told with the file, the key and the remedy, before anything runs."""

from pathlib import Path

import pytest

from activities.publishing import EVENT_TYPES
from crm.errors import Misconfigured
from crm.store.database import Database
from leadflow.settings import Settings
from leadflow.sinks.opening import open_sinks
from tests.leadflow.sinks.conftest import SECRET, sinks_of

HOOK = "crm: {webhook: {url: 'https://crm.example/hooks', secret_env: HOOK_SECRET"
MAIL = "owners: {email: {host: mail.example, from: leads@ours.example, to: owner"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def test_no_file_means_no_sinks(idle_database: Database) -> None:
    assert open_sinks(Settings(), idle_database) == ()


def test_an_empty_file_means_no_sinks(idle_database: Database, tmp_path: Path) -> None:
    assert sinks_of("# none yet\n", tmp_path, idle_database) == {}


def test_sinks_want_what_the_file_says(idle_database: Database, tmp_path: Path) -> None:
    text = f"{HOOK}, events: [lead.assigned, lead.qualified]}}}}\n{MAIL}}}}}\naudit: {{log: {{}}}}\n"
    sinks = sinks_of(text, tmp_path, idle_database)
    wanted = {name: {each for each in EVENT_TYPES if sink.wants(each)} for name, sink in sinks.items()}
    assert wanted == {
        "crm": {"lead.assigned", "lead.qualified"},
        "owners": {"lead.assigned", "lead.sla_missed"},
        "audit": set(EVENT_TYPES),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("crm: [", "is no YAML"),
        ("[crm]", "sinks.yaml: the file: Input should be a valid dictionary"),
        ("CRM: {log: {}}", "CRM: String should match pattern"),
        ("crm: {}", "crm: give exactly one of webhook, email and log; a log without options is log: {}"),
        ("crm: {log: }", "crm: give exactly one of"),
        ("crm: {slack: {}}", "crm.slack: Extra inputs are not permitted"),
        ("crm: {webhook: {url: https://crm.example}}", "crm.webhook.secret_env: Field required"),
        (HOOK.replace("https", "ftp") + "}}", "crm.webhook.url: String should match pattern"),
        (HOOK.replace("HOOK_SECRET", SECRET) + "}}", "crm.webhook.secret_env: String should match pattern"),
        (HOOK + ", events: [lead.asigned]}}", "crm.webhook.events.0: there are no events of type 'lead.asigned'; "
            "did you mean lead.assigned?"),
        (HOOK + ", events: []}}", "crm.webhook.events: List should have at least 1 item"),
        (HOOK + ", timeout: 10}}", "crm.webhook.timeout: write a time such as '10 seconds', from 1 to 30"),
        (HOOK + ", timeout: 90 seconds}}", "crm.webhook.timeout: write a time such as '10 seconds', from 1 to 30"),
        (MAIL + ", port: '25'}}", "owners.email.port: Input should be a valid integer"),
        (MAIL.replace("to: owner", "to: me") + "}}", "owners.email.to: write 'owner', or a list of addresses"),
        (MAIL.replace("to: owner", "to: [me]") + "}}", "owners.email.to: write 'owner', or a list of addresses"),
        (MAIL.replace("leads@ours.example", "leads") + "}}", "owners.email.from: write one address"),
        (MAIL + ", username_env: U}}", "owners.email: give both username_env and password_env, or neither"),
        (MAIL + ", username_env: U, password_env: P, encryption: none}}", "owners.email: a password needs encryption"),
        (MAIL + ", username_env: U, password_env: P}}", "owners.email.username_env: the variable U is not set"),
        (HOOK.replace("HOOK_SECRET", "NO_SECRET") + "}}", "crm.webhook.secret_env: the variable NO_SECRET is not set. "
            "Set it in the environment or in .env."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, says: str, idle_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        sinks_of(text, tmp_path, idle_database)
    assert str(caught.value).startswith(f"{tmp_path / 'sinks.yaml'}") and says in str(caught.value)
    assert SECRET not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("secret", ["a password", "whsec_short", SECRET.removeprefix("whsec_"), "whsec_ä"])
def test_a_weak_secret_is_refused_and_not_shown(
    secret: str, idle_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", secret)
    with pytest.raises(Misconfigured, match="HOOK_SECRET is no signing secret") as caught:
        sinks_of(HOOK + "}}", tmp_path, idle_database)
    assert secret not in str(caught.value)


def test_a_secret_may_stand_in_the_file_of_settings(
    idle_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    (tmp_path / ".env").write_text(f"HOOK_SECRET={SECRET}\n")
    assert list(sinks_of(HOOK + "}}", tmp_path, idle_database)) == ["crm"]


def test_a_file_that_is_not_there_is_told_with_the_setting(idle_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nothing\.yaml cannot be read: .* Correct LEADFLOW_SINKS_FILE"):
        open_sinks(Settings(sinks_file=tmp_path / "nothing.yaml"), idle_database)
