"""The public keys that tokens are checked with: from a JWKS document, in a file or at a URL."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from crm.errors import Misconfigured, Unavailable

KEEP_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
STALE_SECONDS = 86_400.0
FETCH_SECONDS = 5.0
ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""What a key may be used with, by its type. Nothing with a shared secret is here, and no 'none'."""
_log = logging.getLogger("leadflow.api")

JwkSet = Mapping[tuple[str | None, str], PyJWK]
"""Keys by id and algorithm."""


class PublishedKeys:
    """The keys at `source`, a path or an http(s) URL.

    They are read again every hour, and at once (but at most every `again_seconds`) where a token names one that is not
    among them: an issuer that changes its keys needs nobody here. Keys that were last seen a day ago count no longer.
    """

    def __init__(self, source: str, again_seconds: float = AGAIN_SECONDS) -> None:
        self._source = source
        self._again_seconds = again_seconds
        self._keys: JwkSet = {}
        self._read_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key with this id that may be used with the algorithm; without an id, the only such key.

        Raises Unavailable where there are no keys at all and none can be fetched.
        """
        if self._is_due(kid):
            async with self._lock:
                if self._is_due(kid):
                    await self._read()
        if kid is None:
            fitting = [key for (_, name), key in self._keys.items() if name == algorithm]
            return fitting[0] if len(fitting) == 1 else None
        return self._keys.get((kid, algorithm))

    def _is_due(self, kid: str | None) -> bool:
        now = time.monotonic()
        is_missing = kid is not None and all(known != kid for known, _ in self._keys)
        return (is_missing or now > self._read_at + KEEP_SECONDS) and now >= self._tried_at + self._again_seconds

    async def _read(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._keys = read_jwks(await self._fetch())
            self._read_at = self._tried_at
        except (httpx.HTTPError, OSError, ValueError, TypeError) as error:
            if self._tried_at > self._read_at + STALE_SECONDS:
                self._keys = {}
            _log.error("the keys of LEADFLOW_TOKEN_JWKS cannot be read: %s", error)
            if not self._keys:
                raise Unavailable("The keys that tokens are checked with cannot be read. Try again later.") from error

    async def _fetch(self) -> Any:
        if not self._source.startswith(("http://", "https://")):
            return json.loads(await asyncio.to_thread(Path(self._source).read_bytes))
        async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
            response = await client.get(self._source, headers={"Accept": "application/json"})
            return response.raise_for_status().json()


def read_jwks(document: Any) -> JwkSet:
    """The usable keys of a JWKS document. Secrets, keys for encryption and unknown kinds are passed over.

    Raises ValueError where the document is none, or has no key of use.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("the document is no JSON Web Key Set")
    keys = {}
    for jwk in listed:
        for algorithm in _algorithms(jwk):
            try:
                keys[jwk.get("kid"), algorithm] = PyJWK(jwk, algorithm)
            except PyJWTError:
                _log.warning("a key of LEADFLOW_TOKEN_JWKS cannot be used")
    if not keys:
        raise ValueError("there is no key for signatures among the keys")
    return keys


def _algorithms(jwk: Any) -> tuple[str, ...]:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return ()
    fitting = ALGORITHMS.get(str(jwk.get("kty")), ())
    return tuple(name for name in fitting if name == jwk.get("alg", name))


class OneKey:
    """The key of this installation, for the tokens of `leadflow token`."""

    def __init__(self, key: PyJWK) -> None:
        self._key = key

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        return self._key if algorithm == self._key.algorithm_name else None


def require_file(source: str) -> None:
    """Raises Misconfigured where `source` is a file that holds no keys, so that a service does not start in vain."""
    if source.startswith(("http://", "https://")):
        return
    try:
        read_jwks(json.loads(Path(source).read_bytes()))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"LEADFLOW_TOKEN_JWKS={source} cannot be used: {error}. Correct the file.") from None
