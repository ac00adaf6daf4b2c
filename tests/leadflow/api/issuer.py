"""An identity provider for tests: keys that it publishes, and tokens that it signs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://login.example/tenant"
AUDIENCE = "api://leadflow"


def new_key(kind: str) -> Any:
    match kind:
        case "EC":
            return ec.generate_private_key(ec.SECP256R1())
        case "OKP":
            return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    """The public half of a key, as a provider publishes it."""
    public = key.public_key()
    algorithm = next(
        kind
        for base, kind in (
            (rsa.RSAPublicKey, RSAAlgorithm),
            (ec.EllipticCurvePublicKey, ECAlgorithm),
            (ed25519.Ed25519PublicKey, OKPAlgorithm),
        )
        if isinstance(public, base)
    )
    return {**algorithm.to_jwk(public, as_dict=True), "kid": kid, **more}


def jwks(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": keys})


def signed(key: Any, kid: str | None = "one", algorithm: str = "RS256", **changes: Any) -> str:
    """A token for `anna`, good for an hour, with `changes` to its claims (None takes one away)."""
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "iat": now, "exp": now + timedelta(hours=1)} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)
