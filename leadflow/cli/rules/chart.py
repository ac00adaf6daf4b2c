"""A backtest as pictures that are read without colours and without a network: a web page, or one SVG."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from crm.errors import InvalidInput
from leadflow.cli.rules.backtest_words import Told, signed, thousands
from leadflow.cli.rules.drawing import WIDTH, bars, dots
from rules.backtest.result import Load, Pair

TITLE = "Backtest of the routing rules"
MOST_BARS = 24
MOST_PLACES = 9
OTHERS = "all others"
_LINE = 110
_LINE_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart, and the same figures as a table for those who read rather than look."""

    svg: Element
    heading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def require_chart_name(file: Path) -> None:
    """Raises InvalidInput for a name that says no format, before any work is done."""
    if file.suffix not in _WRITERS:
        raise InvalidInput(f"--chart {file}: the name must end in {' or '.join(_WRITERS)}.")


def write_chart(file: Path, told: Told) -> None:
    """Raises InvalidInput where the file cannot be written."""
    text = _WRITERS[file.suffix](told)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"--chart {file} cannot be written: {error.strerror}. Choose another place.") from None


def pictures(told: Told) -> Iterator[Picture]:
    """Leads by destination, by owner, and from where to where; none of them without a lead."""
    result = told.result
    if result.arrivals:
        yield _before_and_now("destinations", "Leads by destination", result.arrivals)
    if result.load:
        yield _before_and_now("owners", "Leads by owner", result.load)
    moves = [pair for pair in result.destinations if pair.old != pair.new]
    if moves:
        yield _moves("moves", "Leads that would go elsewhere", moves)


def _before_and_now(id: str, heading: str, loads: Sequence[Load]) -> Picture:
    """Bars of the largest numbers; where there are too many, those that change most."""
    shown, title = loads, heading
    if len(loads) > MOST_BARS:
        shown = sorted(loads, key=lambda load: -abs(load.difference))[:MOST_BARS]
        title += f": the {MOST_BARS} of {len(loads)} that change most"
    values = [(load.name, load.old, load.new) for load in shown]
    rows = [(load.name, thousands(load.old), thousands(load.new), signed(load.difference)) for load in loads]
    return Picture(bars(id, title, values), heading, ("", "Before", "Now", "Difference"), rows)


def _moves(id: str, heading: str, moves: Sequence[Pair]) -> Picture:
    old, new = _most([(pair.old, pair.leads) for pair in moves]), _most([(pair.new, pair.leads) for pair in moves])
    values: Counter[tuple[str, str]] = Counter()
    for pair in moves:
        values[pair.old if pair.old in old else OTHERS, pair.new if pair.new in new else OTHERS] += pair.leads
    rows = [(pair.old, pair.new, thousands(pair.leads)) for pair in moves]
    return Picture(dots(id, heading, old, new, values), heading, ("From", "To", "Leads"), rows)


def _most(numbers: Sequence[tuple[str, int]]) -> list[str]:
    """The names with the largest sums; the others together where they are many."""
    sums: Counter[str] = Counter()
    for name, number in numbers:
        sums[name] += number
    names = [name for name, _ in sums.most_common(MOST_PLACES)]
    return names if len(names) == len(sums) else [*names, OTHERS]


# The web page


def _page(told: Told) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in told.about())
    then = f"<p>{escape(told.moved_then())}</p>" if told.result.moved else ""
    figures = "".join(_figure(picture) for picture in pictures(told))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_PAGE_STYLE}</style></head><body><main>'
        f'<h1>{TITLE}</h1><p class="summary">{escape(told.summary())}</p>{lines}{then}{figures}</main></body></html>\n'
    )


def _figure(picture: Picture) -> str:
    svg = ElementTree.tostring(picture.svg, encoding="unicode")
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in picture.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in picture.rows)
    return (
        f"<figure>{svg}<figcaption><details><summary>{escape(picture.heading)}: the figures</summary>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details></figcaption></figure>\n"
    )


_PAGE_STYLE = """
body { margin: 0; background: #f3f5f7; color: #1b2a3a }
body { font: 16px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif }
main { max-width: 1000px; margin: 0 auto; padding: 24px }
h1 { font-size: 26px; margin: 0 0 8px }
p { margin: 4px 0 }
.summary { font-size: 19px; font-weight: 600 }
figure { background: white; border: 1px solid #d5dce3; border-radius: 8px; margin: 20px 0; padding: 12px 16px }
figure svg { width: 100%; height: auto; display: block }
summary { cursor: pointer }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 3px 18px 3px 0; border-bottom: 1px solid #e3e8ed }
"""


# One SVG


def _svg(told: Told) -> str:
    said = [TITLE, *textwrap.wrap(told.summary(), _LINE), *told.about()]
    page = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": "title"})
    SubElement(page, "title", {"id": "title"}).text = f"{TITLE}. {told.summary()}"
    SubElement(page, "rect", {"width": "100%", "height": "100%", "fill": "white"})
    height = 20.0
    for number, line in enumerate(said):
        height += _LINE_HEIGHT
        look = {"font-size": "22" if number == 0 else "15", "font-family": "sans-serif", "fill": "#1b2a3a"}
        SubElement(page, "text", {"x": "20", "y": f"{height:g}", **look}).text = line
    height += _LINE_HEIGHT
    for picture in pictures(told):
        tall = float(picture.svg.attrib["height"])
        picture.svg.attrib["y"] = f"{height:g}"
        page.append(picture.svg)
        height += tall
    page.attrib |= {"width": f"{WIDTH}", "height": f"{height:g}", "viewBox": f"0 0 {WIDTH} {height:g}"}
    return ElementTree.tostring(page, encoding="unicode", xml_declaration=True) + "\n"


_WRITERS = {".html": _page, ".svg": _svg}
