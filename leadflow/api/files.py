"""What the Web API keeps in the state folder: the key of its own tokens, the secret of its pages, and its address."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from crm.errors import Misconfigured

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiFiles:
    """The files of one installation. Secrets are made at the first call, whoever makes it, and only their owner can
    read them. Raises Misconfigured where the folder cannot be used."""

    folder: Path

    @classmethod
    def of(cls, state_dir: Path) -> "ApiFiles":
        return cls(state_dir / "api")

    def signing_key(self) -> EllipticCurvePrivateKey:
        """The key that signs tokens where no identity provider is configured."""
        pem = self._made_once("signing-key.pem", _new_key)
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise Misconfigured(f"{self.folder}/signing-key.pem holds no P-256 key. Delete it, and it is made anew.")
        return key

    def secret(self) -> bytes:
        """What signs links from page to page."""
        return self._made_once("secret", lambda: token_bytes(SECRET_BYTES))

    @contextmanager
    def published(self, origin: str) -> Iterator[None]:
        """Inside, other programs find the service's address here."""
        file = self.folder / "address"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.folder / f"address.{os.getpid()}"
            draft.write_text(origin)
            draft.replace(file)  # nobody ever reads half of it
        except OSError as error:
            raise self._unusable(error) from None
        try:
            yield
        finally:
            if self.origin() == origin:  # another program of this installation may have come since
                file.unlink(missing_ok=True)

    def origin(self) -> str | None:
        """The address of the service that runs with this folder: `http://127.0.0.1:8000`."""
        with suppress(FileNotFoundError):
            return (self.folder / "address").read_text()
        return None

    def _made_once(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The file's content. Several programs may begin at once: the first whole file stays, all use it."""
        file = self.folder / name
        try:
            if not file.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with NamedTemporaryFile(dir=self.folder) as draft:  # readable by its owner only
                    draft.write(make())
                    draft.flush()
                    with suppress(FileExistsError):
                        os.link(draft.name, file)
            return file.read_bytes()
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> Misconfigured:
        return Misconfigured(
            f"The folder {self.folder.absolute()} for the Web API's keys cannot be used ({error.strerror}); make it "
            "writable, or set LEADFLOW_STATE_DIR to another folder."
        )


def _new_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
