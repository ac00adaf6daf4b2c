"""A real server on a socket: where it listens, what it believes of proxies, and what it does not wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from crm.errors import Misconfigured
from crm.security import Caller
from leadflow.api import protocol
from leadflow.api.app import WebApi, asked_origin, build_app
from leadflow.api.files import ApiFiles
from leadflow.api.protocol import LARGEST_HEAD
from leadflow.api.serving import listen, origin_of, serving
from tests.leadflow.dataverse.conftest import ADMINISTRATOR

ANY_PORT = "127.0.0.1:0"


@asynccontextmanager
async def served(app: ASGIApp, trusted: str = "127.0.0.1") -> AsyncIterator[str]:
    with listen(ANY_PORT) as listener:
        async with serving(app, listener, trusted):
            yield origin_of(listener)


async def seen(request: Request) -> Response:
    """What the application takes a request for."""
    return JSONResponse([asked_origin(request), request.client.host if request.client else None])


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "crm.example, inner.example",
    "X-Forwarded-For": "203.0.113.9",
}
BESIDE = Starlette(routes=[Route("/", seen)])


async def test_a_trusted_proxy_says_what_the_client_asked() -> None:
    async with served(BESIDE) as origin, httpx.AsyncClient() as client:
        assert (await client.get(origin)).json() == [origin, "127.0.0.1"]
        assert (await client.get(origin, headers=FORWARDED)).json() == ["https://crm.example", "203.0.113.9"]
        for bad in ("evil/path", "a b", '"><script>', ""):
            answer = await client.get(origin, headers={**FORWARDED, "X-Forwarded-Host": bad})
            assert answer.json()[0] == origin.replace("http:", "https:")


async def test_nobody_else_is_believed() -> None:
    async with served(BESIDE, "10.0.0.0/8") as origin, httpx.AsyncClient() as client:
        assert (await client.get(origin, headers=FORWARDED)).json() == [origin, "127.0.0.1"]


async def test_requests_in_hand_are_answered_at_the_end() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request) -> Response:
        begun.set()
        await go_on.wait()
        return Response("done")

    async with httpx.AsyncClient() as client:
        async with served(Starlette(routes=[Route("/", slow)])) as origin:
            asking = asyncio.create_task(client.get(origin))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.2, go_on.set)
        assert (await asking).text == "done"
        with pytest.raises(httpx.ConnectError):
            await client.get(origin)


def test_a_taken_address_is_named_or_the_next_one_taken() -> None:
    with listen(ANY_PORT) as first:
        port = first.getsockname()[1]
        with pytest.raises(Misconfigured, match="LEADFLOW_API_ADDRESS"):
            listen(f"127.0.0.1:{port}")
        with listen(f"127.0.0.1:{port}", attempts=50) as second:
            assert port < second.getsockname()[1] < port + 50
    with pytest.raises(Misconfigured, match="LEADFLOW_API_ADDRESS"):
        listen("192.0.2.1:80")


def test_the_address_is_published_while_it_is_served(tmp_path: Path) -> None:
    files = ApiFiles.of(tmp_path)
    with files.published("http://127.0.0.1:2"):
        with files.published("http://127.0.0.1:1"):
            assert files.origin() == "http://127.0.0.1:1"
        assert files.origin() is None
        with files.published("http://127.0.0.1:3"):
            pass
    assert files.origin() is None


class OpenDoor:
    """A guard that lets everybody in, and knows how many are inside."""

    def __init__(self) -> None:
        self.inside = 0

    async def admit(self, request: Request) -> Caller:
        self.inside += 1
        return ADMINISTRATOR

    def charge(self, caller: Caller, requests: int) -> None:
        pass

    def release(self, caller: Caller, seconds: float) -> dict[str, str]:
        self.inside -= 1
        return {}


def web_api(door: OpenDoor, body_seconds: float) -> Starlette:
    """The application, as far as it goes without a database."""
    app = build_app(None, door)  # type: ignore[arg-type]
    route = app.routes[0]
    assert isinstance(route, Route) and isinstance(route.app, WebApi)
    route.app = replace(route.app, body_seconds=body_seconds)
    return app


async def exchange(origin: str, *parts: bytes) -> bytes:
    """All that the server answers to these bytes until it ends the connection."""
    host, port = origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    finally:
        writer.close()


POST = b"POST /api/data/v9.2/leads HTTP/1.1\r\nHost: crm.example\r\nContent-Length: 100\r\n\r\n{"


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    door = OpenDoor()
    async with served(web_api(door, 0.2)) as origin:
        answer = await exchange(origin, POST)
    assert answer.startswith(b"HTTP/1.1 408 ") and b"did not come in whole" in answer and door.inside == 0


async def test_a_client_that_leaves_frees_its_place() -> None:
    door = OpenDoor()
    async with served(web_api(door, 30)) as origin:
        host, port = origin.removeprefix("http://").split(":")
        _reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(POST)
        await writer.drain()
        while not door.inside:
            await asyncio.sleep(0.01)
        writer.close()
        while door.inside:
            await asyncio.sleep(0.01)


async def test_a_head_is_bounded_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    head = b"GET / HTTP/1.1\r\nHost: crm.example\r\n"
    async with served(BESIDE) as origin:
        endless = (b"X-Long: " + b"a" * 1000 + b"\r\n" for _ in range(LARGEST_HEAD // 1000 + 10))
        assert (await exchange(origin, head, *endless)).startswith(b"HTTP/1.1 431 ")
        assert (await exchange(origin, head)).startswith(b"HTTP/1.1 408 ")
        assert (await exchange(origin)).startswith(b"HTTP/1.1 408 ")
        assert (await exchange(origin, b"\x00\x01nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        whole = await exchange(origin, head + b"Connection: close\r\n\r\n")
        assert whole.startswith(b"HTTP/1.1 200 ")
