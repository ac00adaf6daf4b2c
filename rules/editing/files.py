"""Writing files that a worker may be reading, or an editor holds open: a file is replaced as a whole, or not at all."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace_text(path: Path, text: str) -> None:
    """Writes the file anew, where there is one with its permissions and behind its links. Raises OSError."""
    path = path.resolve()
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", suffix=".new", delete=False) as file:
        file.write(text.encode())
    try:
        if path.exists():
            shutil.copymode(path, file.name)
        else:
            os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
