"""Text that was not UTF-8: found by the surrogates that decoding put in the place of foreign bytes."""

import re

_FOREIGN = re.compile("[\udc80-\udcff]")


def encoding_fault(text: str) -> str | None:
    """What is wrong with the encoding of `text` and the remedy, or None."""
    foreign = _FOREIGN.search(text)
    if foreign is None:
        return None
    byte = ord(foreign[0]) - 0xDC00
    return f"is not UTF-8 (byte 0x{byte:02X} at character {foreign.start() + 1}); save the file as UTF-8"


def printable(text: str) -> str:
    """`text` with foreign bytes written as `\\xNN`."""
    return _FOREIGN.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
