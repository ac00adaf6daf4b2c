"""The settings of one installation: environment variables `LEADFLOW_<NAME>`, or the same names in a file `.env`.

The environment wins over the file. `.env.example` lists every variable with its meaning. `TEMPORAL_ADDRESS` and
`TEMPORAL_NAMESPACE`, which Temporal's own tools read, count too where leadflow's own variable is not set.
"""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, PositiveInt, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from crm.errors import Misconfigured

PREFIX = "LEADFLOW_"
ENV_FILE = ".env"

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")

HostAndPort = Annotated[str, StringConstraints(pattern=r"^[^\s:/]+:\d{1,5}$")]
Port = Annotated[int, Field(ge=1, le=65535)]


def _sqlite_in(data: Mapping[str, Any]) -> str:
    return f"sqlite:///{data.get('state_dir', '.leadflow')}/leadflow.db"


class Settings(BaseSettings):
    """Everything an installation can choose. Paths are relative to the folder that leadflow runs in."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    # Where things are
    state_dir: Path = Path(".leadflow")
    database_url: str = Field(default_factory=_sqlite_in)
    rules_dir: Path = Path("rules")
    sinks_file: Path | None = None
    sinks_keep_days: PositiveInt = 30

    # Temporal; without an address, leadflow runs a development server of its own
    temporal_address: HostAndPort | None = Field(
        default=None, validation_alias=AliasChoices("LEADFLOW_TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS")
    )
    temporal_namespace: str = Field(
        default="default", validation_alias=AliasChoices("LEADFLOW_TEMPORAL_NAMESPACE", "TEMPORAL_NAMESPACE")
    )
    task_queue: str = "leads"
    ui_url: str | None = None
    embedded_port: Port | None = None
    embedded_ui_port: Port | None = None

    # The worker
    max_concurrent_workflow_tasks: Annotated[int, Field(ge=2)] = 50
    max_concurrent_activities: PositiveInt = 50
    max_concurrent_local_activities: PositiveInt = 50
    max_cached_workflows: PositiveInt = 1000
    workflow_sandbox: bool = False
    metrics_address: HostAndPort | None = None
    deployment_name: str = "leadflow"
    build_id: str | None = None

    # The Web API and intake over HTTP
    api_address: HostAndPort = "127.0.0.1:8000"
    trusted_proxies: str = "127.0.0.1"
    api_secret: SecretStr | None = None
    token_issuer: str | None = None
    token_audience: str | None = None
    token_jwks: str | None = None
    token_user_claim: str = "sub"
    roles_file: Path | None = None
    intake_file: Path | None = None
    limit_requests: PositiveInt = 6000
    limit_seconds: PositiveInt = 1200
    limit_concurrency: PositiveInt = 52

    # Leads
    default_country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("expected sqlite:///<file> or postgresql+psycopg://<user>@<host>/<database>")
        return url


def load_settings() -> Settings:
    """The settings of this process; raises Misconfigured, naming the variable and the remedy."""
    known = [variable_of(name) for name in Settings.model_fields]
    _refuse_misspelt({*os.environ, *dotenv_values(ENV_FILE)}, known)
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured(_explain(error)) from None


def variable_of(field: str) -> str:
    """The environment variable of a field: `state_dir` -> `LEADFLOW_STATE_DIR`."""
    return PREFIX + field.upper()


def variable(name: str) -> str | None:
    """A variable that is no setting, such as a secret that a file names: from the environment, else from `.env`."""
    return os.environ.get(name) or dotenv_values(ENV_FILE).get(name)


def _refuse_misspelt(given: Iterable[str], known: list[str]) -> None:
    """A misspelt variable would silently leave the default in force, say SQLite where PostgreSQL was meant."""
    for name in sorted(given):
        close = (
            get_close_matches(name, known, n=1, cutoff=0.93) if name.startswith(PREFIX) and name not in known else []
        )
        if close:
            raise Misconfigured(f"{name} is not a setting; did you mean {close[0]}? See .env.example for all of them.")


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        place = str(problem["loc"][0])
        variable = place if place.isupper() else variable_of(place)
        reason = problem["msg"].removeprefix("Value error, ")
        value = _PASSWORD.sub("***", str(problem["input"]))
        lines.append(f"{variable}={value}: {reason}. Correct it in the environment or in {ENV_FILE}.")
    return "\n".join(lines)
