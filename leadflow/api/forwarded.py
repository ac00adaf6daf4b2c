"""What a proxy in front says of a request: the client's address, its scheme, and the host that it asked."""

import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

HOST = re.compile(rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
"""A host that links may be made of: a name or an address, with or without a port."""


@dataclass(frozen=True)
class ForwardedHost:
    """Puts the host that the client asked (X-Forwarded-Host) in the place of the proxy's, as `forwarded` does for the
    scheme and the address (X-Forwarded-Proto, X-Forwarded-For). Only proxies that it trusts are believed."""

    forwarded: ProxyHeadersMiddleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client and client[0] in self.forwarded.trusted_hosts:
            asked = next((value for name, value in scope["headers"] if name == b"x-forwarded-host"), b"")
            first = asked.partition(b",")[0].strip()
            if HOST.fullmatch(first):
                others = [(name, value) for name, value in scope["headers"] if name != b"host"]
                scope = {**scope, "headers": [(b"host", first), *others]}
        await self.forwarded(scope, receive, send)  # type: ignore[arg-type]


def behind_proxies(app: ASGIApp, trusted: str) -> ASGIApp:
    """The application as it is behind proxies with these addresses or networks, separated by commas."""
    return ForwardedHost(ProxyHeadersMiddleware(app, trusted))  # type: ignore[arg-type]
