"""`leadflow up`, asked over HTTP with the tokens of `leadflow token`."""

import httpx
import jwt
import pytest

from crm.store.people.organisation import record_id
from leadflow.api.files import ApiFiles
from leadflow.api.serving import listen
from tests.command import Cli, enter
from tests.service import Service


@pytest.fixture
def cli(service: Service, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with the running service."""
    enter(service.env, monkeypatch)
    return Cli(monkeypatch)


def who_am_i(service: Service, token: str) -> httpx.Response:
    origin = ApiFiles.of(service.state).origin()
    return httpx.get(f"{origin}/api/data/v9.2/WhoAmI", headers={"Authorization": f"Bearer {token}"})


def test_a_token_lets_its_user_in(service: Service, cli: Cli) -> None:
    names = {None: "clara.moreau", "amelia.ward": "amelia.ward", "Grace.Kim@leadflow.example": "grace.kim"}
    for user, key in names.items():
        token = cli.text("token", *([user] if user else []), "--hours", "1").strip()
        answer = who_am_i(service, token)
        assert answer.status_code == 200 and answer.json()["UserId"] == str(record_id("systemuser", key))
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == 3600


def test_everybody_may_do_what_their_roles_say(service: Service, cli: Cli) -> None:
    origin = ApiFiles.of(service.state).origin()
    nothing = record_id("account", "none")
    for user, status in {"clara.moreau": 404, "amelia.ward": 403}.items():
        headers = {"Authorization": f"Bearer {cli.text('token', user).strip()}"}
        answer = httpx.delete(f"{origin}/api/data/v9.2/accounts({nothing})", headers=headers)
        assert answer.status_code == status, user


@pytest.mark.parametrize("user", ["nobody.at.all", "nobody@leadflow.example"])
def test_a_token_for_nobody_is_not_made(cli: Cli, user: str) -> None:
    made = cli.answer("token", user)
    assert made.code != 0 and user in made.err and not made.out


def test_a_token_is_not_made_where_an_issuer_makes_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADFLOW_TOKEN_JWKS", "https://login.example/keys")
    monkeypatch.setenv("LEADFLOW_TOKEN_ISSUER", "https://login.example")
    made = cli.answer("token")
    assert made.code != 0 and "https://login.example" in made.err and not made.out


def test_the_web_api_alone_needs_its_address(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1:0") as taken:
        address = "{}:{}".format(*taken.getsockname())
        monkeypatch.setenv("LEADFLOW_API_ADDRESS", address)
        ended = cli.answer("api")
    assert ended.code != 0 and address in ended.err and "LEADFLOW_API_ADDRESS" in ended.err
