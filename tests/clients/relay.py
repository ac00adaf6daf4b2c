"""A proxy that speaks https and forwards to a service that speaks http, as one in front of it would."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


@contextmanager
def tls_relay(upstream: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The relay's address while it runs, and the file with the certificate of its authority."""
    authority, certificate = folder / "authority.pem", folder / "relay.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    issuer.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(_app(upstream), ssl_certfile=certificate, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}", authority
    finally:
        server.should_exit = True
        thread.join()


def _app(upstream: str) -> Starlette:
    client = httpx.AsyncClient(timeout=60)
    origin = httpx.URL(upstream)

    async def relay(request: Request) -> Response:
        """Passes the request on as it came, with the headers that say how the client asked."""
        raw = request.scope["raw_path"] + (
            b"?" + request.scope["query_string"] if request.scope["query_string"] else b""
        )
        headers = [(name, value) for name, value in request.headers.items() if name not in HOP_BY_HOP]
        headers += [("x-forwarded-proto", "https"), ("x-forwarded-host", request.headers["host"])]
        url = origin.copy_with(raw_path=raw)
        answer = await client.request(request.method, url, headers=headers, content=await request.body())
        response = Response(answer.content, answer.status_code)
        response.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower().decode() not in HOP_BY_HOP
        ]
        if answer.content or request.method != "HEAD":
            response.headers["content-length"] = str(len(answer.content))
        return response

    return Starlette(routes=[Route("/{path:path}", relay, methods=METHODS)])
