"""The file with an installation's own security roles (`LEADFLOW_ROLES_FILE`), with lines for its faults."""

from pathlib import Path

import yaml

from crm.errors import Misconfigured
from crm.roles import RoleProblem, Roles, standard_roles, with_roles
from leadflow.config_files import read_yaml


def open_roles(file: Path | None) -> Roles:
    """The standard roles, and those of the file. Raises Misconfigured, naming file, line and key."""
    if file is None:
        return standard_roles()
    text, given = read_yaml(file, "roles_file")
    try:
        return with_roles(given)
    except RoleProblem as problem:
        raise Misconfigured(f"{file}, line {_line_of(text, problem.place)}: {problem}") from None


def _line_of(text: str, place: tuple[str | int, ...]) -> int:
    """Where the keys lead, as far as the file has them."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode):
            found = next(((item, item) for at, item in enumerate(node.value) if part in (at, item.value)), None)
        else:
            break
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
