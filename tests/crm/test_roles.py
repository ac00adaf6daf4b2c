"""Roles are data: what each standard role grants, and what is wrong with a file of one's own."""

from pathlib import Path

import pytest

from crm.entities import ENTITIES
from crm.errors import Misconfigured
from crm.roles import ADMINISTRATOR, CHANNEL_PARTNER, DEFAULT_ROLE, standard_roles, united, with_roles
from crm.security import Depth, Privilege
from leadflow.api.roles import open_roles


def test_an_administrator_may_do_everything_and_a_reader_read() -> None:
    roles = standard_roles()
    for entity in ENTITIES:
        assert set(roles[ADMINISTRATOR].grants[entity].values()) == {Depth.ORGANISATION}
        assert set(roles[ADMINISTRATOR].grants[entity]) == set(Privilege)
        assert roles["reader"].grants[entity] == {Privilege.READ: Depth.ORGANISATION}


def test_only_administrators_and_managers_delete_leads_and_partners_reach_their_own() -> None:
    roles = standard_roles()
    deleting = {key for key, role in roles.items() if role.grants["lead"].get(Privilege.DELETE)}
    assert deleting == {ADMINISTRATOR, "sales-manager"}
    assert [key for key, role in roles.items() if role.partner_only] == [CHANNEL_PARTNER]
    assert not any(roles[CHANNEL_PARTNER].grants["lf_routingdecision"].values())
    assert not any(roles[CHANNEL_PARTNER].grants["incident"].values())
    assert roles[DEFAULT_ROLE].grants["lead"][Privilege.READ] is Depth.BUSINESS_UNIT


def test_an_own_role_names_entities_groups_and_all() -> None:
    role = with_roles(
        {
            "groups": {"papers": ["annotation"]},
            "roles": {
                "clerk": {
                    "name": "Clerk",
                    "privileges": {
                        "all": {"Read": "user"},
                        "activities": {"Read": "business-unit", "Write": "user"},
                        "papers": {"Read": "parent-child"},
                        "task": {"Read": "none"},
                        "lead": "organisation",
                    },
                }
            },
        }
    )["clerk"]
    assert role.grants["account"] == {Privilege.READ: Depth.USER}
    assert role.grants["email"] == {Privilege.READ: Depth.BUSINESS_UNIT, Privilege.WRITE: Depth.USER}
    assert role.grants["annotation"][Privilege.READ] is Depth.PARENT_CHILD
    assert role.grants["task"] == {Privilege.READ: Depth.NONE, Privilege.WRITE: Depth.USER}
    assert set(role.grants["lead"].values()) == {Depth.ORGANISATION}
    assert united([role, standard_roles()["reader"]])["task"][Privilege.READ] is Depth.ORGANISATION


FAULTS = {
    "roles:\n  clerk:\n    name: Clerk\n    privileges:\n      leed: user\n": (5, "'leed'"),
    "roles:\n  clerk:\n    name: Clerk\n    privileges:\n      lead: {Read: everywhere}\n": (5, "a depth is one of"),
    "roles:\n  clerk:\n    name: Clerk\n    privileges:\n      lead:\n        Read: user\n        Reed: user\n": (
        7,
        "Create",
    ),
    "roles:\n  clerk:\n    nam: Clerk\n": (2, "required"),
    "roles:\n  clerk:\n    name: Clerk\n    partner_onli: yes\n": (4, "not permitted"),
    "groups:\n  papers:\n    - task\n    - paper\n": (4, "'paper'"),
    "roles:\n  Clerk: {name: Clerk}\n": (2, "pattern"),
    "- roles\n": (1, "dictionary"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_in_the_file_is_named_with_its_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "roles.yaml"
    file.write_text(text)
    line, said = FAULTS[text]
    with pytest.raises(Misconfigured) as caught:
        open_roles(file)
    assert caught.value.message.startswith(f"{file}, line {line}: ") and said in caught.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="LEADFLOW_ROLES_FILE"):
        open_roles(tmp_path / "missing.yaml")
    (tmp_path / "roles.yaml").write_text("roles: [")
    with pytest.raises(Misconfigured, match="no YAML"):
        open_roles(tmp_path / "roles.yaml")
    (tmp_path / "empty.yaml").write_text("")
    assert open_roles(tmp_path / "empty.yaml") == standard_roles()
