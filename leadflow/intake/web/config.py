"""The file that names the sources (`LEADFLOW_INTAKE_FILE`): what it may say, and what is wrong with it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from limits import RateLimitItem, parse
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic import model_validator as check_whole

from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.requests import Key, Urgency
from leadflow.config_files import read_config
from leadflow.intake.mapping import LEFT_OUT, SPECIAL_TARGETS, ColumnMapping, automatic_target

# What the configuration or the request's own headers say, never a field of the body.
FIXED_TARGETS = ("source", "leadid")


def _limit(text: object) -> RateLimitItem:
    try:
        if isinstance(text, str) and ";" not in text:
            return parse(text)
    except ValueError:
        pass
    raise ValueError("write a limit such as '60 per minute' or '1000 per hour'")


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/*]+", text):
        raise ValueError("write an origin without a path, such as https://www.ours.example")
    return text


def _mapping(fields: object) -> object:
    """Checks the targets; an empty value, as YAML writes it, leaves a field out."""
    if not isinstance(fields, dict) or not all(
        isinstance(name, str) and isinstance(target, str | None) for name, target in fields.items()
    ):
        raise ValueError("write lines of field: attribute; an empty attribute leaves the field out")
    given = {name: target or LEFT_OUT for name, target in fields.items()}
    try:
        ColumnMapping(given)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    for name, target in given.items():
        if target in FIXED_TARGETS:
            raise ValueError(f"column '{name}': a field cannot say the {target}; leave the field out")
    return given


SourceKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Limit = Annotated[RateLimitItem, BeforeValidator(_limit)]
Origins = tuple[Annotated[str, AfterValidator(_origin)], ...]
FieldMapping = Annotated[Mapping[str, str], BeforeValidator(_mapping)]


class SourceConfig(BaseModel):
    """One source of leads.

    Exactly one of `api_key_env`, `webhook_secret_env`, `signature_secret_env` and `public` says how it proves who it
    is; the first three name a variable with the secret. What is fixed here (`business_unit` and the like) is not taken
    from the body. `fields` maps the body's names to attributes. `honeypot` is a field that people do not see.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    api_key_env: VariableName | None = None
    webhook_secret_env: VariableName | None = None
    signature_secret_env: VariableName | None = None
    public: Literal[True] | None = None
    business_unit: Key | None = None
    channel_partner: Key | None = None
    campaign: Key | None = None
    urgency: Urgency | None = None
    fields: FieldMapping = {}
    external_id: Annotated[str, Field(min_length=1, max_length=200)] = "external_id"
    invalid: Literal["refuse", "quarantine"] = "refuse"
    origins: Annotated[Origins, Field(strict=False)] = ()
    honeypot: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    redirect: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    limit: Limit = parse("600 per minute")
    limit_per_address: Limit = parse("60 per minute")

    @property
    def fixed(self) -> dict[str, str]:
        """The fields of a submission that are the same for each lead of this source."""
        named = ("business_unit", "channel_partner", "campaign", "urgency")
        return {name: value for name in named if (value := getattr(self, name)) is not None}

    @property
    def mapping(self) -> dict[str, str]:
        """The targets of the body's fields, with that of the external id."""
        return {self.external_id: "externalid", **self.fields}

    @check_whole(mode="after")
    def _one_way_to_prove_who_it_is(self) -> "SourceConfig":
        ways = (self.api_key_env, self.webhook_secret_env, self.signature_secret_env, self.public)
        if sum(way is not None for way in ways) != 1:
            raise ValueError(
                "give exactly one of api_key_env, webhook_secret_env, signature_secret_env and public: true"
            )
        if self.public and not self.origins:
            raise ValueError("a public source needs origins: the pages whose forms may send to it")
        return self

    @check_whole(mode="after")
    def _fields_do_not_clash(self) -> "SourceConfig":
        if self.fields.get(self.external_id, "externalid") != "externalid":
            raise ValueError(f"'{self.external_id}' is the external id; do not map it to an attribute as well")
        if self.external_id not in self.fields and "externalid" in self.fields.values():
            raise ValueError("name the field of the external id as external_id, not in fields")
        if self.honeypot in (*self.mapping, *Lead.attributes(), *SPECIAL_TARGETS) or (
            self.honeypot and automatic_target(self.honeypot)
        ):
            raise ValueError(f"the honeypot '{self.honeypot}' is a field that leads have; give it a name of its own")
        return self


_SOURCES = TypeAdapter(dict[SourceKey, SourceConfig])


def read_sources(file: Path) -> dict[str, SourceConfig]:
    """The sources by key. Raises Misconfigured, naming the file, the key and the remedy."""
    return read_config(file, _SOURCES, "intake_file")
