"""Links to records, as bodies and query options have them: `contacts(<guid>)`, with or without the service's root."""

import re
from uuid import UUID

from sqlalchemy import Connection

from crm.entities import Entity
from crm.errors import NotFound
from crm.security import Caller
from leadflow.dataverse.errors import bad_body
from leadflow.dataverse.keys import resolve_key
from leadflow.dataverse.path import Segment, parse_path
from leadflow.dataverse.shapes import shape_of
from leadflow.dataverse.target import Records, resolve

_ROOT = re.compile(r"(?:https?://[^/?#]*)?/api/data/v9\.\d/", re.IGNORECASE)


def read_reference(
    connection: Connection, caller: Caller, link: object, *targets: str, where: str
) -> tuple[type[Entity], UUID]:
    """The record that a link names, of one of the entities `targets` (logical names), whether or not it exists.

    `where` names the link's place in messages. Raises InvalidInput for what is no such link, NotFound where an
    alternate key leads to nothing.
    """
    found = _record(link, *targets, where=where)
    return found.entity, resolve_key(connection, caller, found.entity, _key(found))


def read_link(link: object, *targets: str, where: str) -> Segment:
    """The key in a link to a record of one of these entities. Raises InvalidInput for what is no such link."""
    return _key(_record(link, *targets, where=where))


def _record(link: object, *targets: str, where: str) -> Records:
    found = _target(link)
    if found is None:
        raise bad_body(f"{where} must be a link to one record, such as contacts(00000000-0000-0000-0000-000000000000).")
    if found.entity.logical_name not in targets:
        raise bad_body(f"{where} must link to a record of {' or '.join(targets)}, not of {found.entity.logical_name}.")
    return found


def _key(found: Records) -> Segment:
    assert found.key is not None
    return found.key


def _target(link: object) -> Records | None:
    """What a link addresses, if that is a record."""
    if not isinstance(link, str):
        return None
    root = _ROOT.match(link)
    try:
        target = resolve(parse_path(link[root.end() :] if root else link.removeprefix("/")))
    except NotFound:
        return None
    return target if isinstance(target, Records) and shape_of(target) == "record" else None
