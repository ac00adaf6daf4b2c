"""Conditional requests: If-Match and If-None-Match on a write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_VERSION = re.compile(r'(?:W/)?"(\d{1,18})"')
_NO_VERSION = -1


@dataclass(frozen=True, slots=True)
class Conditions:
    """`must_exist` forbids to create, `must_be_new` to change; a record that exists must be at `version`."""

    must_exist: bool = False
    must_be_new: bool = False
    version: int | None = None


def read_conditions(headers: Mapping[str, str]) -> Conditions:
    """The conditions of a write. An entity tag that is none of ours fits no record; many clients send the word null."""
    match, none_match = (headers.get(name, "").strip() for name in ("if-match", "if-none-match"))
    if match in ("", "null"):
        return Conditions(must_be_new=none_match == "*")
    if match == "*":
        return Conditions(must_exist=True)
    tag = _VERSION.fullmatch(match)
    return Conditions(must_exist=True, version=int(tag[1]) if tag else _NO_VERSION)
