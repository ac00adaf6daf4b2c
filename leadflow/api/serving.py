"""The HTTP server inside a program's own event loop: where it listens, and from when to when."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import ASGIApp
from uvicorn import Config, Server

from crm.errors import Misconfigured
from leadflow.api.forwarded import behind_proxies
from leadflow.api.protocol import BoundedProtocol

BACKLOG = 1024
GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 75  # longer than what clients and proxies wait, so that they close first


def listen(address: str, attempts: int = 1) -> socket.socket:
    """A socket that listens at `host:port` (port 0: any free one), or at one of the next ports where it is taken.

    Raises Misconfigured, naming the remedy, where it cannot.
    """
    host, _, port = address.rpartition(":")
    for number in range(int(port), int(port) + attempts):
        try:
            return _listen(host, number)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Misconfigured(
                    f"The Web API cannot listen at {host}:{number} ({error.strerror}). Correct LEADFLOW_API_ADDRESS."
                ) from None
    raise Misconfigured(
        f"The address {address} for the Web API is taken by another program; stop it, or set LEADFLOW_API_ADDRESS "
        "to another."
    )


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. An answer is two writes, head and body; the second must not wait until the client
        # has acknowledged the first, which it may put off for 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # at once: two programs may both bind a port, only one can listen
    except BaseException:
        listener.close()
        raise
    return listener


def origin_of(listener: socket.socket) -> str:
    """Where a client on this machine finds it: `http://127.0.0.1:8000`."""
    host, port = listener.getsockname()[:2]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket, trusted_proxies: str) -> AsyncIterator[None]:
    """Answer requests inside this block. At its end no more are taken, and those in hand are answered (20 s at most).

    `trusted_proxies` are addresses and networks, separated by commas, whose forwarded headers are believed.
    """
    server = _Server(
        Config(
            behind_proxies(app, trusted_proxies),
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="warning",
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not running.done():
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await running


class _Server(Server):
    """Signals are the program's own business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
