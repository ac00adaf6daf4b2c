"""Yes or no, options by label or number, and references by GUID."""

import re
from difflib import get_close_matches
from uuid import UUID

from crm.choices import OptionSet
from crm.errors import ErrorCode
from crm.normalise.reading import SHOWN_LENGTH, Reading, unreadable
from crm.normalise.texts import clean_line

_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ALLOWED = {"allow": True, "do not allow": False}
_GUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_LONGEST_LABEL = 200


def read_boolean(value: object, reading: Reading) -> bool | None:
    """true, yes or 1; false, no or 0. Allow and Do Not Allow stand for what the attribute's name says."""
    if isinstance(value, bool):
        return value
    text = _text(value)
    if not text:
        return None
    word = text.casefold()
    if word in _ALLOWED:
        return _ALLOWED[word] is not reading.name.startswith("donot")
    if word not in _YES_OR_NO:
        raise unreadable("is yes or no; write true or false")
    return _YES_OR_NO[word]


def read_option(value: object, reading: Reading) -> int | None:
    """The number of an option that is given by its number or its label."""
    text = _text(value)
    if not text:
        return None
    options = reading.choices[reading.attribute.option_set or ""]
    option = options.find(text) if len(text) <= _LONGEST_LABEL else None
    if option is None:
        message = f"is no option of {options.name}; {_nearest(text, options)}"
        raise unreadable(message, ErrorCode.INVALID_OPTION)
    return option.value


def read_guid(value: object, reading: Reading) -> UUID | None:
    """A GUID, with or without braces and hyphens."""
    if isinstance(value, UUID):
        return value
    text = _text(value)
    if not text:
        return None
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if not _GUID.fullmatch(bare):
        raise unreadable("is no GUID; give the record's id, such as 6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
    return UUID(bare)


def _text(value: object) -> str | None:
    """The cleaned text of a text or small whole number; None for any other thing, which then fails as text would."""
    if isinstance(value, str):
        return clean_line(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
        return str(value)
    raise unreadable("takes one value; give a text or a whole number", ErrorCode.CANNOT_PARSE)


def _nearest(text: str, options: OptionSet) -> str:
    labels = {option.label.casefold(): option.label for option in options.options}
    near = get_close_matches(text[:SHOWN_LENGTH].casefold(), labels, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{labels[near[0]]}'?"
    some = ", ".join(f"'{option.label}'" for option in options.options[:5])
    return f"choose one of {some}{' ...' if len(options.options) > 5 else ''}"
