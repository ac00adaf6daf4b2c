"""State and status reason together: a status reason belongs to one state, and each state has a default one."""

from typing import Any

from crm.choices import ChoiceBook
from crm.entities.base import Entity
from crm.errors import ErrorCode, InvalidInput


def complete_status(
    entity: type[Entity], values: dict[str, Any], choices: ChoiceBook, current: Entity | None = None
) -> None:
    """Put the state's default status into `values` (typed) where they change the state alone.

    `current` is the record that is changed, None for a new one. Raises InvalidInput where the status belongs to another
    state.
    """
    attributes = entity.attributes()
    if "statecode" not in attributes or values.keys().isdisjoint({"statecode", "statuscode"}):
        return
    before = attributes["statecode"].default if current is None else vars(current)["statecode"]
    state = values.get("statecode", before)
    reasons = choices[attributes["statuscode"].option_set or ""]
    if "statuscode" not in values:
        if state != before:
            values["statuscode"] = reasons.default_for_state(state).value
        return
    option = reasons.find(values["statuscode"])
    if option is None or option.state != state:
        valid = ", ".join(f"{one.value} {one.label}" for one in reasons.options if one.state == state)
        raise InvalidInput(
            f"{values['statuscode']} is not a valid status code for state {state} of {entity.logical_name}. "
            f"Valid are: {valid}.",
            code=ErrorCode.INVALID_STATUS_FOR_STATE,
        )
