"""The file attached to a note: what follows from its content, which is kept in Base64."""

import base64
from typing import Any

from crm.errors import InvalidInput


def size_of(documentbody: str | None) -> int | None:
    """The size of the file in bytes, None without a file. Raises InvalidInput for what is no Base64."""
    if documentbody is None:
        return None
    try:
        return len(base64.b64decode(documentbody, validate=True))
    except ValueError:  # binascii.Error, or characters that are not ASCII
        raise InvalidInput("documentbody is not Base64; encode the file's bytes as Base64") from None


def complete_attachment(values: dict[str, Any]) -> None:
    """Put a note's file size, and that it has a file, beside a `documentbody` in `values`. Raises as `size_of` does."""
    if "documentbody" in values:
        size = size_of(values["documentbody"])
        values.update(filesize=size, isdocument=size is not None)
