"""Bearer tokens: what a valid one is, whom it names, and how the embedded installation makes its own."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import jwt
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm

from crm.errors import Misconfigured
from leadflow.api.files import ApiFiles
from leadflow.api.keys import ALGORITHMS, OneKey, PublishedKeys, require_file
from leadflow.dataverse.errors import Unauthenticated
from leadflow.settings import Settings

OWN_NAME = "leadflow"
OWN_ALGORITHM = "ES256"
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16_384
KEEP_SECONDS = 60.0
MOST_KEPT = 1000
_KNOWN = frozenset(name for names in ALGORITHMS.values() for name in names)


class Keys(Protocol):
    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None: ...


@dataclass(frozen=True, slots=True)
class _Valid:
    """A token that was checked: whom it names, until when (seconds since 1970) that counts, and by which key."""

    user: str
    until: float
    kid: str | None
    algorithm: str
    key: PyJWK


@dataclass(frozen=True, slots=True)
class Tokens:
    """Checks tokens: an asymmetric signature by one of `keys`, `issuer`, `audience`, expiry and not-before.

    `user_claim` is the claim that names the user. `authorization_uri` tells clients where to get a token. A token that
    was found valid is so for a minute more, unless it expires or its key is withdrawn: to check a signature costs as
    much as a small query.
    """

    keys: Keys
    issuer: str
    audience: str
    user_claim: str = "sub"
    authorization_uri: str | None = None
    _valid: OrderedDict[str, "_Valid"] = field(default_factory=OrderedDict, init=False, repr=False)

    async def user_of(self, authorization: str | None) -> str:
        """Whom the header's token names. Raises Unauthenticated, saying what is wrong with it; or Unavailable."""
        if not authorization:
            raise self.refusal("This service needs a token: send it as 'Authorization: Bearer <token>'.", None)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise self.refusal("Authorization must be 'Bearer <token>'.", "invalid_request")
        return await self._user_of(token.strip())

    async def _user_of(self, token: str) -> str:
        valid = self._valid.get(token)
        if valid and time.time() < valid.until and await self.keys.find(valid.kid, valid.algorithm) is valid.key:
            return valid.user
        try:
            kid, algorithm, key = await self._key(token)
            claims = self._claims(token, key)
        except jwt.PyJWTError as error:
            raise self.refusal(_explained(error, self), "invalid_token") from None
        valid = _Valid(
            str(claims[self.user_claim]), min(claims["exp"], time.time() + KEEP_SECONDS), kid, algorithm, key
        )
        self._valid[token] = valid
        if len(self._valid) > MOST_KEPT:
            self._valid.popitem(last=False)
        return valid.user

    def _claims(self, token: str, key: PyJWK) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=sorted(_KNOWN),
            issuer=self.issuer,
            audience=self.audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", self.user_claim]},
        )

    async def _key(self, token: str) -> tuple[str | None, str, PyJWK]:
        """The key's id, the algorithm, and the key that the token says it is signed with."""
        if len(token) > LONGEST_TOKEN:
            raise jwt.InvalidTokenError("longer than any token")
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in _KNOWN:
            raise jwt.InvalidAlgorithmError("not asymmetric")
        key = await self.keys.find(kid, algorithm)
        if key is None:
            raise jwt.InvalidKeyError("unknown")
        return kid, algorithm, key

    def refusal(self, message: str, error: str | None, code: str | None = None) -> Unauthenticated:
        """What a caller is told who cannot be let in. Messages hold no quotes: they travel in a header, too."""
        said = {"authorization_uri": self.authorization_uri, "error": error, "error_description": error and message}
        parameters = ", ".join(f'{name}="{value}"' for name, value in said.items() if value)
        return Unauthenticated(message, code=code, challenge=f"Bearer {parameters}".strip())


def _explained(error: jwt.PyJWTError, tokens: Tokens) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "The token has expired. Get a new one."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet."
        case jwt.InvalidAudienceError():
            return f"The token is not for this service; its audience (aud) must be {tokens.audience}."
        case jwt.InvalidIssuerError():
            return f"The token does not come from {tokens.issuer} (iss)."
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"The token lacks the claim {claim}."
        case jwt.InvalidAlgorithmError():
            return f"The token must be signed with one of {', '.join(sorted(_KNOWN))}."
        case jwt.InvalidKeyError():
            return "The token is signed with a key that its issuer does not publish."
        case jwt.InvalidSignatureError():
            return "The signature of the token is not valid."
        case _:
            return "The token cannot be read; it must be a JSON Web Token."


def open_tokens(settings: Settings) -> Tokens:
    """Tokens as the installation is configured: of an identity provider, or its own. Raises Misconfigured."""
    if settings.token_jwks is None:
        key = PyJWK(ECAlgorithm.to_jwk(ApiFiles.of(settings.state_dir).signing_key().public_key(), as_dict=True))
        return Tokens(OneKey(key), *_own_names(settings), settings.token_user_claim)
    if settings.token_issuer is None or settings.token_audience is None:
        raise Misconfigured(
            "LEADFLOW_TOKEN_JWKS needs LEADFLOW_TOKEN_ISSUER and LEADFLOW_TOKEN_AUDIENCE beside it: tokens of other "
            "issuers, or for other services, must not open this one."
        )
    require_file(settings.token_jwks)
    return Tokens(
        PublishedKeys(settings.token_jwks),
        settings.token_issuer,
        settings.token_audience,
        settings.token_user_claim,
        authorization_uri=settings.token_issuer,
    )


def new_token(settings: Settings, user: str, lasting: timedelta) -> str:
    """A token of this installation for a user. Raises Misconfigured where an identity provider makes the tokens."""
    if settings.token_jwks is not None:
        raise Misconfigured(
            f"Tokens come from {settings.token_issuer or 'the issuer of LEADFLOW_TOKEN_JWKS'}; get one there."
        )
    issuer, audience = _own_names(settings)
    now = datetime.now(UTC)
    claims = {"iss": issuer, "aud": audience, "iat": now, "exp": now + lasting, settings.token_user_claim: user}
    return jwt.encode(claims, ApiFiles.of(settings.state_dir).signing_key(), OWN_ALGORITHM)


def _own_names(settings: Settings) -> tuple[str, str]:
    return settings.token_issuer or OWN_NAME, settings.token_audience or OWN_NAME
