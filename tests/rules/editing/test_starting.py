"""Starters: they pass the check in any rule book, and nothing that exists is lost."""

from pathlib import Path

import pytest

from crm.errors import InvalidInput, Misconfigured
from rules.editing.directory_entry import titled, with_entry
from rules.editing.formatting import layouts
from rules.editing.starting import Wanted, starter_files
from rules.engine.check import check_rules
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import FileKind, RuleSources
from tests.rules.books import DIRECTORY, SHIPPED, write_book

TEMPLATE = (SHIPPED / "_template.yaml").read_text(encoding="utf-8")
UNIT: FileKind = "business_unit"
PARTNER: FileKind = "channel_partner"


def started(sources: RuleSources, *wanted: Wanted) -> RuleSources:
    """The rule book with these starters, which must be sound and in order."""
    for one in wanted:
        files = starter_files(sources, one, TEMPLATE)
        assert list(files)[-1] == one.path
        sources = RuleSources.from_files({**sources.files, **{name: text.encode() for name, text in files.items()}})
        assert not [layout.name for layout in layouts(sources) if layout.name == one.path and layout.differs]
    assert check_rules(sources).findings == ()
    engine = RulesEngine.of(sources, "the starters")
    results = run_examples(engine)
    engine.close()
    assert len(results) > 3 and [result for result in results if not result.passed] == []
    return sources


def small(tmp_path: Path, **files: str) -> RuleSources:
    return RuleSources.from_folder(write_book(tmp_path, {f"{name}.yaml": text for name, text in files.items()}))


def test_every_unit_and_partner_of_a_directory_can_start(tmp_path: Path) -> None:
    units = [Wanted(key, UNIT, None) for key in ("emea", "uk", "us")]
    book = started(small(tmp_path), *units, Wanted("contoso", PARTNER, None))
    partner = book.files["channel_partners/contoso.yaml"].decode()
    assert partner.startswith("# yaml-language-server: $schema=../rule-file.schema.json\n# The key of the partner")
    assert "\nchannel_partner: contoso\ndescription: Leads for Contoso\n" in partner
    assert (
        "my-" not in partner and "starts from" not in partner and "business_unit: " not in partner.partition("\n#")[0]
    )


@pytest.mark.parametrize("path", [*SHIPPED.glob("business_units/*.yaml"), *SHIPPED.glob("channel_partners/*.yaml")])
def test_the_shipped_units_and_partners_could_start_again(path: Path) -> None:
    files = dict(RuleSources.from_folder(SHIPPED).files)
    own = [name for name in files if name.startswith(f"{path.parent.name}/{path.stem}.")]
    kept = {name: content for name, content in files.items() if name not in own}
    kind = UNIT if path.parent.name == "business_units" else PARTNER
    written = starter_files(RuleSources(kept, {}), Wanted(path.stem, kind, None), TEMPLATE)
    assert list(written) == [f"{path.parent.name}/{path.name}"]


@pytest.mark.parametrize(
    ("key", "kind", "unit"), [("north-america", UNIT, "north-america"), ("acme.co", PARTNER, "main")]
)
def test_an_empty_folder_becomes_a_rule_book(key: str, kind: FileKind, unit: str) -> None:
    book = started(RuleSources({}, {}), Wanted(key, kind, None))
    assert set(book.files) == {"directory.yaml", "default.yaml", Wanted(key, kind, None).path}
    directory = book.files["directory.yaml"].decode()
    assert f"\n  {unit}: {{name: {titled(unit)}}}\n" in directory and f"\n  {unit}-team:\n" in directory
    named = started(RuleSources({}, {}), Wanted(key, kind, "sellers"))
    assert "\n  sellers:\n    name: Sellers\n" in named.files["directory.yaml"].decode()


def test_a_team_is_chosen_near_the_unit(tmp_path: Path) -> None:
    more = DIRECTORY.replace("queues:", "  near: {name: Near, business_unit: us, members: [bob]}\nqueues:")
    sources = small(tmp_path, directory=more)
    texts = {
        key: starter_files(sources, Wanted(key, UNIT, None), TEMPLATE)[f"business_units/{key}.yaml"]
        for key in ("uk", "us")
    }
    assert "team: desk" in texts["uk"] and "otherwise: {assign_to: {queue: inbox}}" in texts["uk"]
    assert "team: near" in texts["us"] and "otherwise: {assign_to: {team: near}}" in texts["us"]
    asked = starter_files(sources, Wanted("us", UNIT, "desk"), TEMPLATE)["business_units/us.yaml"]
    assert "team: near" not in asked and "owner: {queue: inbox}" in asked


def test_ids_are_new_in_the_book(tmp_path: Path) -> None:
    partner = DIRECTORY.replace("contoso: {", "uk: {name: UK, team: desk}\n  u.k: {name: UK, team: desk}\n  contoso: {")
    book = started(
        small(tmp_path, directory=partner),
        Wanted("uk", UNIT, None),
        Wanted("uk", PARTNER, None),
        Wanted("u.k", PARTNER, None),
    )
    for path, prefix in {
        "business_units/uk": "uk",
        "channel_partners/uk": "uk-2",
        "channel_partners/u.k": "u-k",
    }.items():
        assert f"id: {prefix}-large-accounts\n" in book.files[f"{path}.yaml"].decode()


def test_with_a_team_a_new_one_is_added_to_the_directory(tmp_path: Path) -> None:
    sources = small(tmp_path, directory=DIRECTORY + "# the end\n")
    book = started(sources, Wanted("fr", UNIT, "desk"), Wanted("acme", PARTNER, "desk"))
    wanted = DIRECTORY.replace("  us: {name: United States}\n", "  us: {name: United States}\n  fr: {name: FR}\n")
    wanted = wanted.replace("team: desk}\ncampaigns", "team: desk}\n  acme: {name: Acme, team: desk}\ncampaigns")
    assert book.files["directory.yaml"].decode() == wanted + "# the end\n"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted("fr", UNIT, None), "Add it under `business_units:`, as `  fr: {name: FR}`; or name the team"),
        (Wanted("acme", PARTNER, None), "under `channel_partners:`, as `  acme: {name: Acme, team: <team>}`"),
        (Wanted("acme", PARTNER, "desc"), "unknown team 'desc'. Did you mean 'desk'?"),
        (Wanted("uk", UNIT, "desc"), "unknown team 'desc'. Did you mean 'desk'?"),
        (Wanted("UK", UNIT, None), "'UK' is no key"),
        (Wanted("../uk", UNIT, None), "'../uk' is no key"),
        (Wanted("k" * 65, UNIT, None), "is no key"),
        (Wanted("us", UNIT, None), "business_units/us.yaml exists already"),
    ],
)
def test_what_cannot_start(tmp_path: Path, wanted: Wanted, reason: str) -> None:
    write_book(tmp_path, {"business_units/us.yaml": "business_unit: us\notherwise: {use: parent}\n"})
    with pytest.raises(InvalidInput) as error:
        starter_files(RuleSources.from_folder(tmp_path), wanted, TEMPLATE)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("files", "template", "reason"),
    [
        ({"directory": "teams: [\n"}, TEMPLATE, "has to be mended first:\ndirectory.yaml:"),
        ({"directory": "business_units: {uk: {name: UK}}\n"}, TEMPLATE, "no team that could get leads"),
        ({}, TEMPLATE.replace("strategy: round_robin", "strategy: dice"), "unknown strategy 'dice'"),
    ],
)
def test_what_stands_in_the_way(tmp_path: Path, files: dict[str, str], template: str, reason: str) -> None:
    with pytest.raises(Misconfigured) as error:
        starter_files(small(tmp_path, **files), Wanted("uk", UNIT, None), template)
    assert reason in str(error.value)


def test_a_rule_file_with_a_mistake_does_not_stand_in_the_way(tmp_path: Path) -> None:
    sources = small(tmp_path, default="otherwise: {assign_to: {queue: inbx}}\n")
    assert list(starter_files(sources, Wanted("uk", UNIT, None), TEMPLATE)) == ["business_units/uk.yaml"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "users:\n  a: {name: A} # one\n  # two\n\nteams: {}",
            "users:\n  a: {name: A} # one\n  b: {name: B}\n  # two\n\nteams: {}\n",
        ),
        ("users:\n    a:\n        name: A\n", "users:\n    a:\n        name: A\n    b: {name: B}\n"),
        ("teams: {}\n", "teams: {}\n\nusers:\n  b: {name: B}\n"),
        ("users: {a: {name: A}}\n", None),
        ("users:\nteams: {}\n", None),
        ("users:\n  b: {name: X}\n", None),
    ],
)
def test_a_line_in_the_directory(text: str, wanted: str | None) -> None:
    assert with_entry(text, "users", "b: {name: B}") == wanted


def test_names_from_keys() -> None:
    assert [titled(key) for key in ("north-america", "uk-team", "jane.doe")] == ["North America", "UK Team", "Jane Doe"]
