"""Which TCP ports the embedded server takes."""

import logging
import socket

from crm.errors import Misconfigured
from leadflow.dev.temporal_command import HOST
from leadflow.settings import Settings, variable_of

DEFAULT_PORT = 7233
DEFAULT_UI_PORT = 8233
ATTEMPTS = 200

log = logging.getLogger(__name__)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_ports(settings: Settings) -> tuple[int, int]:
    """The ports of the server and of its Web UI: those asked for, else the usual ones, else the next that are free."""
    return (
        _choose("Temporal", "embedded_port", settings.embedded_port, DEFAULT_PORT),
        _choose("Temporal's Web UI", "embedded_ui_port", settings.embedded_ui_port, DEFAULT_UI_PORT),
    )


def _choose(what: str, field: str, wanted: int | None, usual: int) -> int:
    if wanted is not None:
        return _insist(what, field, wanted)
    port = next((port for port in range(usual, usual + ATTEMPTS) if is_free(port)), None)
    if port is None:
        raise Misconfigured(
            f"{what} found no free port from {usual} to {usual + ATTEMPTS - 1}; name one with {variable_of(field)}."
        )
    if port != usual:
        log.warning("Port %s is taken by another program, so %s listens on %s.", usual, what, port)
    return port


def _insist(what: str, field: str, port: int) -> int:
    if is_free(port):
        return port
    raise Misconfigured(
        f"Port {port} for {what} is taken by another program; stop it, or set {variable_of(field)} to a free port "
        f"(or to nothing, and leadflow finds one)."
    )
