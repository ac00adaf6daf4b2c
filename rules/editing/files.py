"""Writing files that a worker may be reading, or an editor holds open: a file is replaced as a whole, or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from crm.errors import Misconfigured


def write_file(path: Path, text: str) -> None:
    """Writes the file anew, where there is one with its permissions and behind its links. Raises Misconfigured."""
    try:
        _replace(path.resolve(), text.encode())
    except OSError as error:
        raise Misconfigured(f"cannot write {path}: {error.strerror}; it is as it was") from None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", suffix=".new", delete=False) as file:
        file.write(content)
    try:
        Path(file.name).chmod(path.stat().st_mode if path.exists() else 0o644)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
