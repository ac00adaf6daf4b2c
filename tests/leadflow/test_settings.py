"""Settings come from the environment and from .env; a wrong one names its variable and the remedy."""

import re
from pathlib import Path

import pytest

from crm.errors import Misconfigured
from leadflow.settings import Settings, load_settings, variable_of


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and no setting in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_defaults_need_nothing() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///.leadflow/leadflow.db"
    assert settings.temporal_address is None
    assert (settings.temporal_namespace, settings.task_queue) == ("default", "leads")


def test_the_default_database_follows_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADFLOW_STATE_DIR", "/var/lib/leadflow")
    assert load_settings().database_url == "sqlite:////var/lib/leadflow/leadflow.db"


def test_the_environment_wins_over_the_file(clean_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean_place / ".env").write_text(
        "LEADFLOW_TASK_QUEUE=from-file\nLEADFLOW_DEFAULT_COUNTRY=DE\nPOSTGRES_PASSWORD=x\n"
    )
    monkeypatch.setenv("LEADFLOW_TASK_QUEUE", "from-environment")
    settings = load_settings()
    assert (settings.task_queue, settings.default_country) == ("from-environment", "DE")


def test_temporals_own_variables_count_unless_ours_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "theirs:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "crm")
    assert (load_settings().temporal_address, load_settings().temporal_namespace) == ("theirs:7233", "crm")
    monkeypatch.setenv("LEADFLOW_TEMPORAL_ADDRESS", "ours:7233")
    assert load_settings().temporal_address == "ours:7233"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADFLOW_TEMPORAL_ADDRESS", "")
    monkeypatch.setenv("LEADFLOW_MAX_CONCURRENT_ACTIVITIES", "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LEADFLOW_DATABASE_URL", "mysql://localhost/leads"),
        ("LEADFLOW_DEFAULT_COUNTRY", "Germany"),
        ("LEADFLOW_EMBEDDED_PORT", "70000"),
        ("LEADFLOW_MAX_CONCURRENT_ACTIVITIES", "0"),
        ("LEADFLOW_METRICS_ADDRESS", "9090"),
        ("LEADFLOW_TEMPORAL_ADDRESS", "http://temporal:7233"),
        ("LEADFLOW_WORKFLOW_SANDBOX", "perhaps"),
        ("TEMPORAL_ADDRESS", "temporal"),
    ],
)
def test_a_wrong_value_names_its_variable_and_the_remedy(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Misconfigured) as caught:
        load_settings()
    assert f"{variable}={value}: " in caught.value.message
    assert "Correct it in the environment or in .env." in caught.value.message


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADFLOW_DATABASE_URL", "mysql://leadflow:s3cret@db/leads")
    with pytest.raises(Misconfigured, match=re.escape("mysql://leadflow:***@db/leads")):
        load_settings()


def test_a_misspelt_variable_is_refused_with_the_right_name(clean_place: Path) -> None:
    (clean_place / ".env").write_text("LEADFLOW_DATABSE_URL=postgresql+psycopg://db/leads\n")
    with pytest.raises(Misconfigured, match=r"LEADFLOW_DATABSE_URL .* did you mean LEADFLOW_DATABASE_URL\?"):
        load_settings()


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().task_queue = "other"


def test_code_can_name_fields_directly() -> None:
    assert Settings(temporal_address="127.0.0.1:7300").temporal_address == "127.0.0.1:7300"
