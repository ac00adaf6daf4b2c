"""Pictures of a backtest: files, and what a browser makes of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from crm.store.rules.history import PastCounts, Period
from leadflow.cli.rules.backtest_words import Told
from leadflow.cli.rules.chart import pictures, write_chart
from rules.backtest.replay import Side, backtest
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from tests.command import Cli
from tests.rules.backtest.past import decision, past

CHROMIUM = shutil.which("chromium")
# No sandbox as root; no background traffic on a machine that may have no network.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.mark.parametrize("name", ["chart.png", "chart", ".html"])
def test_a_chart_of_no_known_kind_is_refused_at_once(past: Cli, name: str) -> None:
    assert f"--chart {name}: the name must end in .html or .svg." in past.refused("rules", "backtest", "--chart", name)


def test_a_chart_that_cannot_be_written(past: Cli, tmp_path: Path) -> None:
    answer = past.answer("rules", "backtest", "--chart", tmp_path / "missing" / "chart.svg")
    assert answer.code == 1 and "chart.svg cannot be written: No such file or directory." in answer.err


def test_charts_are_the_same_each_time(past: Cli, candidate: Path, tmp_path: Path) -> None:
    for ending in ("html", "svg"):
        texts = []
        for name in ("one", "two"):
            past.text("rules", "backtest", "--rules", candidate, "--chart", tmp_path / f"{name}.{ending}")
            texts.append((tmp_path / f"{name}.{ending}").read_text())
        assert texts[0] == texts[1] and "<script" not in texts[0]
        assert "Of 12 leads, 5 (41.7 %) would go elsewhere" in texts[0]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser.new_page(viewport={"width": 1000, "height": 900})
        browser.close()


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@needs_chromium
def test_the_page_in_a_browser(past: Cli, candidate: Path, tmp_path: Path, page: Page) -> None:
    file = tmp_path / "page.html"
    past.text("rules", "backtest", "--rules", candidate, "--chart", file)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()], "the page needs nothing else"
    assert page.get_by_role("heading", level=1).inner_text() == "Backtest of the routing rules"
    charts = page.get_by_role("img")
    assert charts.count() == 3
    names = [charts.nth(number).evaluate("chart => chart.querySelector('title').textContent") for number in range(3)]
    assert names == ["Leads by destination", "Leads by owner", "Leads that would go elsewhere"]
    said = charts.first.evaluate(
        "chart => document.getElementById(chart.getAttribute('aria-labelledby').split(' ')[1]).textContent"
    )
    assert "team desk: 7 before, 4 now" in said
    for text in ("team managers", "Before", "Now"):
        assert charts.first.get_by_text(text, exact=True).first.is_visible()
    ids = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_text("Leads that would go elsewhere: the figures").click()
    assert page.get_by_role("cell", name="team managers").last.is_visible()


OUTSIDE = """charts => charts.flatMap(chart => {
    const frame = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 ||
                             box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
    }).map(text => text.textContent);
})"""
"""The texts that stand outside their chart."""


def told(places: int, name: str) -> Told:
    """Many leads, spread over so many places by each of two books."""

    def side(step: int) -> Side:
        return Side(
            lambda lead: decision(Assign(to="team", key=f"{name}-{lead.facts['place'] * step % places}")), Directory()
        )

    result = backtest([past(number, place=number) for number in range(400)], side(1), side(7))
    return Told(result, "rules", "recorded", Period(), PastCounts(400, 0, None))


@needs_chromium
@pytest.mark.parametrize(
    ("places", "name"), [(3, "t"), (30, "team-of-northern-europe-with-a-name-that-is-far-too-long")]
)
def test_texts_do_not_leave_their_charts(tmp_path: Path, page: Page, places: int, name: str) -> None:
    file = tmp_path / "page.html"
    write_chart(file, told(places, name))
    page.goto(file.as_uri())
    assert page.locator("figure svg").count() == 3 - (places == 3)
    assert page.eval_on_selector_all("figure svg", OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_is_too_many_for_a_chart_is_summed_up_and_stands_in_the_table() -> None:
    destinations, owners, moves = pictures(told(30, "team"))
    assert len(destinations.rows) == len(owners.rows) == 30
    titles = ["".join(picture.svg.find("title").itertext()) for picture in (destinations, moves)]  # type: ignore[union-attr]
    assert titles == ["Leads by destination: the 24 of 30 that change most", "Leads that would go elsewhere"]
    drawn = sum(int(text.text or 0) for text in moves.svg.iterfind(".//text[@class='value']"))
    assert drawn == sum(int(row[2]) for row in moves.rows)


@needs_chromium
def test_one_svg_in_a_browser(past: Cli, candidate: Path, tmp_path: Path, page: Page) -> None:
    past.text("rules", "backtest", "--rules", candidate, "--chart", tmp_path / "chart.svg")
    (tmp_path / "around.html").write_text("<img src=chart.svg>")
    page.goto((tmp_path / "around.html").as_uri())
    width, height = page.eval_on_selector("img", "image => [image.naturalWidth, image.naturalHeight]")
    assert width == 960 and height > 900
