"""Option sets as definitions: choices are global, states and status reasons belong to their entity."""

from collections.abc import Iterable
from typing import Any

from crm.choices import ChoiceBook, Option, OptionSet
from leadflow.dataverse.metadata.definition import Definition, Definitions, label, managed, metadata_id
from leadflow.dataverse.metadata.names import attribute_display_name
from leadflow.dataverse.target import NAMESPACE


def global_option_sets(names: Iterable[str], choices: ChoiceBook) -> Definitions:
    """Those sets that attributes of the type Picklist use, by name."""
    return Definitions("OptionSetMetadataBase", tuple(choice_set(choices[name]) for name in sorted(set(names))))


def choice_set(options: OptionSet) -> Definition:
    return _option_set(options.name, "Picklist", [_option(option) for option in options.options])


def state_set(states: OptionSet, reasons: OptionSet | None) -> Definition:
    """The states of an entity; each names its default status reason, the first one listed, where it has one."""
    described = [
        {
            "@odata.type": f"#{NAMESPACE}.StateOptionMetadata",
            **_option(state),
            "DefaultStatus": next((one.value for one in _options(reasons) if one.state == state.value), None),
            "InvariantName": state.label.replace(" ", ""),
        }
        for state in states.options
    ]
    return _option_set(states.name, "State", described)


def status_set(reasons: OptionSet) -> Definition:
    """The status reasons of an entity; each names its state."""
    described = [
        {
            "@odata.type": f"#{NAMESPACE}.StatusOptionMetadata",
            **_option(reason),
            "State": reason.state,
            "TransitionData": None,
        }
        for reason in reasons.options
    ]
    return _option_set(reasons.name, "Status", described)


def boolean_set(name: str, labels: tuple[str, str]) -> Definition:
    """The two values of a Boolean, with their labels."""
    no, yes = (_option(Option(value, text)) for value, text in enumerate(labels))
    return Definition(
        "BooleanOptionSetMetadata", {**_base(name, "Boolean", is_global=False), "TrueOption": yes, "FalseOption": no}
    )


def _options(options: OptionSet | None) -> tuple[Option, ...]:
    return options.options if options else ()


def _option_set(name: str, kind: str, options: list[dict[str, Any]]) -> Definition:
    values = {**_base(name, kind, is_global=kind == "Picklist"), "ParentOptionSetName": None, "Options": options}
    return Definition("OptionSetMetadata", values)


def _base(name: str, kind: str, *, is_global: bool) -> dict[str, Any]:
    return {
        "Name": name,
        "OptionSetType": kind,
        "IsGlobal": is_global,
        "IsCustomOptionSet": name.startswith("lf_"),
        "IsManaged": True,
        "IntroducedVersion": None,
        "ExternalTypeName": "",
        "MetadataId": metadata_id("optionset", name),
        "HasChanged": None,
        "Description": label(None),
        "DisplayName": label(attribute_display_name(name)),
        "IsCustomizable": managed(False, "iscustomizable"),
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "Value": option.value,
        "Label": label(option.label),
        "Description": label(None),
        "Color": None,
        "ExternalValue": "",
        "ParentValues": [],
        "Tag": None,
        "IsHidden": False,
        "IsManaged": True,
        "MetadataId": None,
        "HasChanged": None,
    }
