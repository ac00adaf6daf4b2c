"""The file of sources: what is wrong with it is told with the file, the key and the remedy, before anything runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm.errors import Misconfigured
from crm.store.database import Database
from leadflow.intake.web.sources import open_sources
from leadflow.settings import Settings
from tests.leadflow.intake.web.conftest import API_KEY, SOURCES, Sources

SITE = "site: {api_key_env: WEBSITE_KEY"
Opened = Callable[[str], Sources]


def test_no_file_means_no_sources(workflow_database: Database) -> None:
    assert open_sources(Settings(), workflow_database) == {}


def test_an_empty_file_means_no_sources(sources_of: Opened) -> None:
    assert sources_of("# none yet\n") == {}


def test_sources_are_what_the_file_says(sources_of: Opened) -> None:
    found = sources_of(SOURCES)
    assert found["partner"].config.fixed == {"channel_partner": "contoso"}
    assert found["hooks"].config.fixed == {"business_unit": "north", "urgency": "hot"}
    assert found["website"].config.mapping["csrf"] == ""
    assert str(found["slow"].config.limit) == "2 per 1 hour"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site: [", "is no YAML"),
        ("[site]", "intake.yaml: the file: Input should be a valid dictionary"),
        (SITE.replace("site", "Site") + "}", "Site: String should match pattern"),
        ("site: {}", "site: give exactly one of api_key_env, webhook_secret_env, signature_secret_env and"),
        (SITE + ", public: true}", "site: give exactly one of"),
        ("site: {public: false}", "site.public: Input should be True"),
        ("site: {public: true}", "site: a public source needs origins"),
        (SITE + ", color: red}", "site.color: Extra inputs are not permitted"),
        (SITE + ", origins: [www.ours.example]}", "site.origins.0: write an origin without a path, such as https://"),
        (SITE + ", origins: ['https://ours.example/']}", "site.origins.0: write an origin"),
        (SITE + ", origins: ['https://*.example']}", "site.origins.0: write an origin"),
        (SITE + ", limit: often}", "site.limit: write a limit such as '60 per minute'"),
        (SITE + ", limit: 60}", "site.limit: write a limit such as"),
        (SITE + ", limit: 1 per second; 2 per hour}", "site.limit: write a limit such as"),
        (SITE + ", invalid: ignore}", "site.invalid: Input should be 'refuse' or 'quarantine'"),
        (SITE + ", urgency: soon}", "site.urgency: Input should be 'hot', 'normal' or 'bulk'"),
        (SITE + ", redirect: /thanks}", "site.redirect: String should match pattern"),
        (SITE + ", fields: [Mail]}", "site.fields: write lines of field: attribute"),
        (SITE + ", fields: {Mail: emailadress1}}", "site.fields: column 'Mail': 'emailadress1' is no attribute of a "
            "lead; did you mean 'emailaddress1'?"),
        (SITE + ", fields: {a: lastname, b: lastname}}", "site.fields: columns 'a' and 'b' are mapped to 'lastname'"),
        (SITE + ", fields: {feed: source}}", "site.fields: column 'feed': a field cannot say the source"),
        (SITE + ", fields: {external_id: lastname}}", "site: 'external_id' is the external id; do not map it"),
        (SITE + ", fields: {Nr: externalid}}", "site: name the field of the external id as external_id"),
        (SITE + ", honeypot: telephone1}", "site: the honeypot 'telephone1' is a field that leads have"),
        (SITE + ", honeypot: Surname}", "site: the honeypot 'Surname' is a field that leads have"),
        (SITE + ", business_unit: nowhere}", "site.business_unit: 'nowhere' is not in the directory"),
        (SITE + ", channel_partner: north}", "site.channel_partner: 'north' is not in the directory"),
        (SITE + ", campaign: nothing}", "site.campaign: 'nothing' is not in the directory"),
        (SITE.replace("WEBSITE_KEY", API_KEY) + "}", "site.api_key_env: String should match pattern"),
        (SITE.replace("WEBSITE_KEY", "NO_KEY") + "}", "site.api_key_env: the variable NO_KEY is not set. Set it in"),
        (SITE.replace("WEBSITE_KEY", "SHORT") + "}", "site.api_key_env: SHORT is too weak a secret"),
        ("site: {signature_secret_env: SHORT}", "site.signature_secret_env: SHORT is too weak a secret"),
        ("site: {webhook_secret_env: WEBSITE_KEY}", "site.webhook_secret_env: WEBSITE_KEY is no signing secret"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    text: str, says: str, sources_of: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "short")
    with pytest.raises(Misconfigured) as caught:
        sources_of(text)
    assert str(caught.value).startswith(f"{tmp_path / 'intake.yaml'}") and says in str(caught.value)
    assert API_KEY not in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_with_the_setting(workflow_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nothing\.yaml cannot be read: .* Correct LEADFLOW_INTAKE_FILE"):
        open_sources(Settings(intake_file=tmp_path / "nothing.yaml"), workflow_database)
