"""The file that names the sinks (`LEADFLOW_SINKS_FILE`): what it may say, and what is wrong with it."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic import model_validator as check_whole

from activities.publishing import EVENT_TYPES
from leadflow.config_files import read_config

FOR_OWNERS = ["lead.assigned", "lead.sla_missed"]
LONGEST_TIMEOUT = 30


def _event_type(text: str) -> str:
    if text not in EVENT_TYPES:
        close = get_close_matches(text, EVENT_TYPES, n=1)
        meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(EVENT_TYPES)}"
        raise ValueError(f"there are no events of type '{text}'{meant}")
    return text


def _seconds(value: object) -> float:
    found = re.fullmatch(r"(\d{1,3}) seconds?", value) if isinstance(value, str) else None
    if not found or not 1 <= int(found[1]) <= LONGEST_TIMEOUT:
        raise ValueError(f"write a time such as '10 seconds', from 1 to {LONGEST_TIMEOUT}")
    return float(found[1])


def _recipients(value: object) -> object:
    if value == "owner" or (isinstance(value, list) and value and all(_is_address(each) for each in value)):
        return value
    raise ValueError("write 'owner', or a list of addresses, such as [sales@ours.example]")


def _is_address(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", value) is not None


def _address(text: str) -> str:
    if not _is_address(text):
        raise ValueError("write one address, such as leads@ours.example")
    return text


SinkName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
EventTypes = Annotated[list[Annotated[str, AfterValidator(_event_type)]], Field(min_length=1)]
Seconds = Annotated[float, BeforeValidator(_seconds)]


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class WebhookConfig(_Config):
    """An HTTP address that gets each event as a signed POST. `secret_env` names the variable with the secret."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]
    secret_env: VariableName
    events: EventTypes = list(EVENT_TYPES)
    timeout: Seconds = 10.0


class EmailConfig(_Config):
    """A mail server, and who gets a message: the owner of the lead (or each member of the team), or fixed addresses."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username_env: VariableName | None = None
    password_env: VariableName | None = None
    sender: Annotated[str, AfterValidator(_address)] = Field(alias="from")
    to: Annotated[Literal["owner"] | list[str], BeforeValidator(_recipients)]
    events: EventTypes = FOR_OWNERS
    timeout: Seconds = 10.0

    @check_whole(mode="after")
    def _login_is_whole_and_secret(self) -> "EmailConfig":
        if (self.username_env is None) != (self.password_env is None):
            raise ValueError("give both username_env and password_env, or neither")
        if self.password_env and self.encryption == "none":
            raise ValueError("a password needs encryption; write encryption: starttls or tls")
        return self


class LogConfig(_Config):
    """The worker's own log: one line of JSON an event."""

    events: EventTypes = list(EVENT_TYPES)


class SinkConfig(_Config):
    """One sink, of one kind."""

    webhook: WebhookConfig | None = None
    email: EmailConfig | None = None
    log: LogConfig | None = None

    @check_whole(mode="after")
    def _one_kind(self) -> "SinkConfig":
        if sum(kind is not None for kind in (self.webhook, self.email, self.log)) != 1:
            raise ValueError("give exactly one of webhook, email and log; a log without options is log: {}")
        return self

    @property
    def kind(self) -> WebhookConfig | EmailConfig | LogConfig:
        found = self.webhook or self.email or self.log
        assert found is not None
        return found


_SINKS = TypeAdapter(dict[SinkName, SinkConfig])


def read_sinks(file: Path) -> dict[str, SinkConfig]:
    """The sinks by name. Raises Misconfigured, naming the file, the key and the remedy."""
    return read_config(file, _SINKS, "sinks_file")
