"""A client that costs little: requests as bytes over connections that stay open, answers read by their length.

A full client takes longer for a request than the service does; then it would be the client that is measured.
"""

import asyncio
import re
from types import TracebackType

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Connections:
    """Some connections to one service; `send` takes one that is free. Use it with `async with`."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._number = number
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()

    async def __aenter__(self) -> "Connections":
        for _ in range(self._number):
            self._free.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while not self._free.empty():
            self._free.get_nowait()[1].close()

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises ValueError, with the answer, where the status is not 2xx."""
        reader, writer = await self._free.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        self._free.put_nowait((reader, writer))
        if not head.startswith(b"HTTP/1.1 2"):
            raise ValueError((head + body).decode(errors="replace"))
        return body


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
