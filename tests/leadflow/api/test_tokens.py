"""Only tokens that are whole, in time, for this service and of its issuer let anybody in."""

import base64
import hmac
import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crm.errors import Misconfigured, Unavailable
from leadflow.api import tokens as tokens_module
from leadflow.api.files import ApiFiles
from leadflow.api.keys import PublishedKeys
from leadflow.api.tokens import KEEP_SECONDS, Tokens, new_token, open_tokens
from leadflow.dataverse.errors import Unauthenticated, headers_of
from leadflow.settings import Settings
from tests.leadflow.api.issuer import AUDIENCE, ISSUER, jwk, jwks, new_key, signed

RSA, EC, OKP, FOREIGN = new_key("RSA"), new_key("EC"), new_key("OKP"), new_key("RSA")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    file = tmp_path / "jwks.json"
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    encryption = jwk(RSA, "encryption", use="enc")
    file.write_text(jwks(jwk(RSA, "one"), jwk(EC, "two", alg="ES256"), jwk(OKP, "three"), secret, encryption))
    return of(str(file))


def of(source: str) -> Tokens:
    return Tokens(PublishedKeys(source), ISSUER, AUDIENCE, "sub", ISSUER)


async def refused(tokens: Tokens, authorization: str | None) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        await tokens.user_of(authorization)
    return caught.value


@pytest.mark.parametrize(
    ("key", "kid", "algorithm"),
    [(RSA, "one", "RS256"), (RSA, "one", "PS512"), (EC, "two", "ES256"), (OKP, "three", "EdDSA"), (EC, None, "ES256")],
)
async def test_each_kind_of_key_signs(tokens: Tokens, key: Any, kid: str | None, algorithm: str) -> None:
    assert await tokens.user_of(f"Bearer {signed(key, kid, algorithm)}") == "anna"
    assert await tokens.user_of(f"bearer  {signed(key, kid, algorithm, aud=['else', AUDIENCE])}") == "anna"


NOW = datetime.now(UTC)
BAD_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": NOW - timedelta(minutes=5)}, "expired"),
    "without expiry": ({"exp": None}, "exp"),
    "not yet": ({"nbf": NOW + timedelta(days=1)}, "not valid yet"),
    "for another service": ({"aud": "api://other"}, AUDIENCE),
    "without audience": ({"aud": None}, "aud"),
    "of another issuer": ({"iss": "https://evil.example"}, ISSUER),
    "without issuer": ({"iss": None}, "iss"),
    "for nobody": ({"sub": None}, "sub"),
}


@pytest.mark.parametrize("case", BAD_CLAIMS)
async def test_a_token_with_wrong_claims_is_refused(tokens: Tokens, case: str) -> None:
    changes, said = BAD_CLAIMS[case]
    error = await refused(tokens, f"Bearer {signed(RSA, **changes)}")
    assert said in error.message
    challenge = headers_of(error)["WWW-Authenticate"]
    assert challenge.startswith(f'Bearer authorization_uri="{ISSUER}", error="invalid_token", error_description="')


async def test_clocks_may_differ_a_little(tokens: Tokens) -> None:
    assert await tokens.user_of(f"Bearer {signed(RSA, exp=datetime.now(UTC) - timedelta(seconds=5))}") == "anna"


def unsigned(algorithm: str) -> str:
    """A token that claims an algorithm, with an empty signature."""
    claims = jwt.decode(signed(RSA), options={"verify_signature": False})
    parts = ({"alg": algorithm, "kid": "one", "typ": "JWT"}, claims)
    return ".".join(base64url(json.dumps(part).encode()) for part in parts) + "."


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def signed_with_the_public_key() -> str:
    """The old confusion: the public key used as a shared secret."""
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = unsigned("HS256")
    return token + base64url(hmac.digest(public, token.rstrip(".").encode(), "sha256"))


FORGED: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "no signature": lambda: unsigned("RS256"),
    "public key as secret": signed_with_the_public_key,
    "published secret": lambda: signed(b"secret-secret-secret-secret-secret", "secret", "HS256"),
    "foreign key": lambda: signed(FOREIGN),
    "unknown key": lambda: signed(FOREIGN, "nine"),
    "key for encryption": lambda: signed(RSA, "encryption"),
    "another algorithm than the key's": lambda: signed(RSA, "two", "RS256"),
    "changed payload": lambda: ".".join([*signed(RSA).split(".")[:1], signed(RSA, sub="eve").split(".")[1], "AAAA"]),
    "no token": lambda: "abc",
    "two dots": lambda: "..",
    "far too long": lambda: "a." * 20_000,
    "not ASCII": lambda: "tökén",
}


@pytest.mark.parametrize("case", FORGED)
async def test_a_forged_token_is_refused(tokens: Tokens, case: str) -> None:
    error = await refused(tokens, f"Bearer {FORGED[case]()}")
    assert 'error="invalid_token"' in error.challenge


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "Bearer", "Bearer ", "token"])
async def test_without_a_token_the_challenge_says_how(tokens: Tokens, authorization: str | None) -> None:
    error = await refused(tokens, authorization)
    assert error.challenge.startswith(f'Bearer authorization_uri="{ISSUER}"')
    assert "Bearer" in error.message


class Provider:
    """Publishes keys over HTTP. `asked` counts how often; without `document` it fails."""

    def __init__(self) -> None:
        self.document: str | None = None
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                self.send_response(200 if provider.document else 503)
                self.end_headers()
                self.wfile.write((provider.document or "").encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with _serving(Provider()) as running:
        yield running


@contextmanager
def _serving(provider: Provider) -> Iterator[Provider]:
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


async def test_an_issuer_changes_its_keys_and_nobody_here_is_needed(provider: Provider) -> None:
    tokens = Tokens(PublishedKeys(provider.url, again_seconds=0), ISSUER, AUDIENCE)
    provider.document = jwks(jwk(RSA, "one"))
    for _ in range(3):
        assert await tokens.user_of(f"Bearer {signed(RSA)}") == "anna"
    assert provider.asked == 1
    provider.document = jwks(jwk(FOREIGN, "new"))
    assert await tokens.user_of(f"Bearer {signed(FOREIGN, 'new')}") == "anna"
    assert provider.asked == 2
    await refused(tokens, f"Bearer {signed(RSA)}")  # the old key is withdrawn


async def test_unknown_keys_do_not_make_us_ask_the_issuer_again_and_again(provider: Provider) -> None:
    tokens = of(provider.url)
    provider.document = jwks(jwk(RSA, "one"))
    for number in range(20):
        await refused(tokens, f"Bearer {signed(FOREIGN, f'invented{number}')}")
    assert provider.asked == 1
    assert await tokens.user_of(f"Bearer {signed(RSA)}") == "anna"


async def test_known_keys_stay_while_the_issuer_does_not_answer(provider: Provider) -> None:
    tokens = Tokens(PublishedKeys(provider.url, again_seconds=0), ISSUER, AUDIENCE)
    with pytest.raises(Unavailable):
        await tokens.user_of(f"Bearer {signed(RSA)}")
    provider.document = jwks(jwk(RSA, "one"))
    assert await tokens.user_of(f"Bearer {signed(RSA)}") == "anna"
    provider.document = None
    await refused(tokens, f"Bearer {signed(FOREIGN, 'unknown')}")
    assert await tokens.user_of(f"Bearer {signed(RSA)}") == "anna"


async def test_the_installation_signs_its_own_tokens(tmp_path: Path) -> None:
    settings, other = Settings(state_dir=tmp_path / "one"), Settings(state_dir=tmp_path / "other")
    token = new_token(settings, "anna", timedelta(hours=1))
    assert await open_tokens(settings).user_of(f"Bearer {token}") == "anna"
    await refused(open_tokens(other), f"Bearer {token}")
    await refused(open_tokens(settings), f"Bearer {new_token(settings, 'anna', timedelta(hours=-1))}")


def test_a_token_of_ours_is_refused_where_an_issuer_makes_them(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, token_jwks="https://login.example/keys", token_issuer=ISSUER)
    with pytest.raises(Misconfigured, match=ISSUER):
        new_token(settings, "anna", timedelta(hours=1))
    with pytest.raises(Misconfigured, match="LEADFLOW_TOKEN_AUDIENCE"):
        open_tokens(settings)


def test_a_file_without_keys_is_named_at_the_start(tmp_path: Path) -> None:
    for content in ("{}", "[", '{"keys": []}', jwks({"kty": "oct", "k": "AAAA"})):
        (tmp_path / "jwks.json").write_text(content)
        settings = Settings(token_jwks=str(tmp_path / "jwks.json"), token_issuer=ISSUER, token_audience=AUDIENCE)
        with pytest.raises(Misconfigured, match="LEADFLOW_TOKEN_JWKS"):
            open_tokens(settings)


def test_secrets_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    files = [ApiFiles.of(tmp_path / "state") for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(ApiFiles.secret, files))
        keys = {key.private_numbers().private_value for key in threads.map(ApiFiles.signing_key, files)}
    assert len(secrets) == len(keys) == 1
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state" / "api").iterdir()}
    assert modes == {"secret": 0o600, "signing-key.pem": 0o600}


def test_a_state_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "api").write_text("a file")
    with pytest.raises(Misconfigured, match="LEADFLOW_STATE_DIR"):
        ApiFiles.of(tmp_path).secret()
    (tmp_path / "other" / "api").mkdir(parents=True)
    (tmp_path / "other" / "api" / "signing-key.pem").write_text("no key")
    with pytest.raises(Misconfigured, match="signing-key"):
        ApiFiles.of(tmp_path / "other").signing_key()


async def test_a_valid_token_is_checked_again_after_a_minute_or_its_expiry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured, began = Settings(state_dir=tmp_path), time.time()
    ours, token = open_tokens(configured), new_token(configured, "anna", timedelta(seconds=90))
    checked: list[str] = []

    def decode(given: str, *arguments: Any, **more: Any) -> Any:
        checked.append(given)
        return jwt_decode(given, *arguments, **more)

    jwt_decode = jwt.decode
    monkeypatch.setattr(jwt, "decode", decode)
    for later, times in ((0, 1), (KEEP_SECONDS - 5, 1), (KEEP_SECONDS + 5, 2), (85, 2), (95, 3)):
        monkeypatch.setattr(tokens_module, "time", SimpleNamespace(time=lambda now=began + later: now))
        assert await ours.user_of(f"Bearer {token}") == "anna"
        assert checked == [token] * times


async def test_another_token_gains_nothing_from_one_that_was_valid(tmp_path: Path) -> None:
    configured = Settings(state_dir=tmp_path)
    ours, token = open_tokens(configured), new_token(configured, "anna", timedelta(hours=1))
    assert await ours.user_of(f"Bearer {token}") == "anna"
    with pytest.raises(Unauthenticated):
        await ours.user_of(f"Bearer {token[:-2]}AA")
