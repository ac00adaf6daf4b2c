"""A running service for clients that others wrote: its address, a token, https in front of it, and their packages."""

import fcntl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from leadflow.api.files import ApiFiles
from tests.clients.relay import tls_relay
from tests.service import BIN, Service, run

NODE = Path(__file__).with_name("node")


@dataclass(frozen=True)
class Live:
    """The Web API of a running `leadflow up`, and a token of an administrator."""

    url: str
    token: str

    @property
    def base(self) -> str:
        return f"{self.url}/api/data/v9.2/"

    def session(self) -> requests.Session:
        """A session that sends the token."""
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session


@pytest.fixture(scope="session")
def live(service: Service) -> Live:
    origin = ApiFiles.of(service.state).origin()
    assert origin is not None
    printed = run("leadflow", "token", env=service.env)
    assert printed.code == 0, printed.err
    return Live(origin, printed.out.strip())


@pytest.fixture(scope="session")
def https(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The same service behind a proxy that speaks https, with a certificate that `requests` trusts."""
    with (
        tls_relay(live.url, tmp_path_factory.mktemp("relay")) as (url, authority),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        yield Live(url, live.token)


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """The folder with the scenarios for node, and the packages that they need as package-lock.json pins them."""
    with (NODE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come here at once
        installed = NODE / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < (NODE / "package-lock.json").stat().st_mtime:
            command = [str(BIN / "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=170, check=False)
            assert done.returncode == 0, done.stderr
    return NODE
