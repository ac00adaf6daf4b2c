"""The headers that change how a request is answered: what the client prefers, and what is not to be had."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from crm.errors import InvalidInput
from leadflow.dataverse.errors import bad_query

LARGEST_PAGE = 5000
IMPERSONATION = ("mscrmcallerid", "callerobjectid")
_PREFERENCE = re.compile(r"""\s*([\w.-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^,;]*))?\s*(?:;[^,]*)?(?:,|$)""")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`annotations` are patterns of the annotations to include; `page_size` is None where the client names none."""

    representation: bool = False
    annotations: tuple[str, ...] = ()
    page_size: int | None = None
    continue_on_error: bool = False

    def includes(self, annotation: str) -> bool:
        """Whether an annotation is wanted: `OData.Community.Display.V1.FormattedValue`. The most specific pattern wins;
        one that begins with a minus excludes."""
        fitting = [one for one in self.annotations if fnmatchcase(annotation, one.removeprefix("-"))]
        return bool(fitting) and not max(fitting, key=len).startswith("-")


@lru_cache(256)
def read_preferences(header: str) -> Preferences:
    """The preferences in a header. Unknown ones are passed over, as the standard says.

    Raises InvalidInput for a page size that is no positive number.
    """
    given = {name.lower(): (value or "").strip().strip('"') for name, value in _PREFERENCE.findall(header[:4000])}
    size = given.get("odata.maxpagesize", given.get("maxpagesize"))
    return Preferences(
        representation=given.get("return") == "representation",
        annotations=tuple(
            part.strip()
            for part in given.get("odata.include-annotations", given.get("include-annotations", "")).split(",")
            if part.strip()
        ),
        page_size=None if size is None else _size(size),
        continue_on_error="odata.continue-on-error" in given or "continue-on-error" in given,
    )


def _size(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise bad_query(f"odata.maxpagesize must be a number from 1 to {LARGEST_PAGE}, not '{text[:20]}'.")
    return min(int(text), LARGEST_PAGE)


def refuse_impersonation(headers: Mapping[str, str]) -> None:
    """Raises InvalidInput where a request is to be answered as if another user had sent it."""
    if any(headers.get(name) for name in IMPERSONATION):
        raise InvalidInput("Acting for another user is not supported. Send the request with that user's token.")
