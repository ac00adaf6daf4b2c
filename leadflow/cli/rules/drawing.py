"""Drawing with pygal: bars for two numbers each, dots for a matrix. Plain SVG without scripts, the same each time.

Nothing is said by colour alone: an empty bar is before, a full one now, and every number is printed.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pygal
from pygal.style import Style

from leadflow.cli.rules.backtest_words import thousands

WIDTH = 960
_INK, _BLUE, _PALE, _GUIDE = "#1b2a3a", "#1f5f99", "#dbe8f4", "#c8d1da"
_SMALLEST_DOT = 12
_LONGEST_IN_BARS, _LONGEST_IN_DOTS = 56, 30
_FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"
_STYLE = {
    "background": "white", "plot_background": "white", "foreground": _INK, "foreground_strong": _INK,
    "font_family": _FONT, "title_font_size": 19, "label_font_size": 13, "major_label_font_size": 13,
    "legend_font_size": 14, "value_font_size": 13, "opacity": "1", "opacity_hover": "1", "transition": "0s",
    "guide_stroke_color": _GUIDE, "major_guide_stroke_color": _GUIDE, "guide_stroke_dasharray": "2,4",
}  # fmt: skip
_CSS = (
    f"inline:.bar .rect, .legend rect {{ stroke: {_BLUE} !important; stroke-width: 1.5 !important }} "
    f".dots .dot {{ fill: {_PALE} !important; stroke: {_BLUE} !important }} "
    ".axis .guide.line { opacity: 1 !important }"
)
_CHART = {
    "js": [], "css": ["file://style.css", "file://graph.css", _CSS], "width": WIDTH, "margin": 18, "print_values": True,
    "truncate_label": -1, "truncate_legend": -1, "value_formatter": thousands, "disable_xml_declaration": True,
}  # fmt: skip


def bars(id: str, title: str, values: Sequence[tuple[str, int, int]]) -> Element:
    """Two bars for each name: before, and now."""
    chart = pygal.HorizontalBar(
        **_CHART, title=title, height=130 + 46 * len(values), style=Style(**_STYLE, colors=("#ffffff", _BLUE)),
        print_values_position="top", legend_at_bottom=True, legend_at_bottom_columns=2, show_x_guides=False,
        show_y_guides=False, show_x_labels=False,
    )  # fmt: skip
    upwards = values[::-1]
    chart.x_labels = [_short(name, _LONGEST_IN_BARS) for name, _, _ in upwards]
    chart.add("Before", [old for _, old, _ in upwards])
    chart.add("Now", [new for _, _, new in upwards])
    said = "; ".join(f"{name}: {thousands(old)} before, {thousands(new)} now" for name, old, new in values)
    drawn = _plain(chart, id, said)
    for text in drawn.iterfind(".//text[@class='value']"):
        text.attrib["text-anchor"] = "start"
    return drawn


def dots(
    id: str, title: str, rows: Sequence[str], columns: Sequence[str], values: Mapping[tuple[str, str], int]
) -> Element:
    """A matrix of dots by row and column, larger for larger numbers."""
    chart = pygal.Dot(
        **_CHART, title=title, height=230 + 58 * len(rows), style=Style(**_STYLE, colors=(_PALE,) * len(rows)),
        show_legend=False, x_label_rotation=30, margin_right=150, x_title="to", y_title="from",
    )  # fmt: skip
    chart.x_labels = [_short(column, _LONGEST_IN_DOTS) for column in columns]
    for row in rows:
        chart.add(_short(row, _LONGEST_IN_DOTS), [values.get((row, column)) for column in columns])
    said = "; ".join(f"from {old} to {new}: {thousands(number)}" for (old, new), number in values.items())
    drawn = _plain(chart, id, said)
    for text in drawn.iterfind(".//text[@class='value']"):
        text.attrib["text-anchor"] = "middle"
    circles = drawn.findall(".//circle")
    largest = max(float(circle.attrib["r"]) for circle in circles)
    for circle in circles:  # by area: that is how eyes compare dots
        circle.attrib["r"] = f"{max(_SMALLEST_DOT, sqrt(float(circle.attrib['r']) * largest)):.1f}"
    return drawn


def _short(name: str, longest: int) -> str:
    """Cut in the middle where it is too long: names often differ at their ends."""
    return name if len(name) <= longest else f"{name[: longest // 2]}…{name[1 - longest // 2 :]}"


def _plain(chart: Any, id: str, said: str) -> Element:
    """The chart as SVG, named and described for those who do not see it, without what only scripts would use."""
    chart.uuid = id
    drawn: Element = chart.render_tree()
    for node in list(drawn.iter()):
        for part in list(node):
            if not isinstance(part.tag, str) or part.tag == "script" or "tooltip-overlay" in part.get("class", ""):
                node.remove(part)
        if node.get("id", "").startswith("activate-"):
            del node.attrib["id"]
        _name(node)
    title = drawn.find("title")
    assert title is not None
    title.attrib["id"] = f"{id}-title"
    described = Element("desc", {"id": f"{id}-said"})
    described.text = said
    drawn.insert(list(drawn).index(title) + 1, described)
    size = {"width": f"{chart.config.width}", "height": f"{chart.config.height}"}
    drawn.attrib |= {"role": "img", "aria-labelledby": f"{id}-title {id}-said", **size}
    return drawn


def _name(mark: Element) -> None:
    """What pygal's scripts would show of a bar or dot when it is pointed at becomes its title."""
    parts = {part.get("class"): part for part in mark.findall("desc")}
    if "value" in parts:
        place = parts["x_label"].text if "x_label" in parts else ""
        SubElement(mark, "title").text = f"{place}: {parts['value'].text}"
    for part in parts.values():
        mark.remove(part)
