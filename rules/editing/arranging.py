"""The canonical order of a document's entries, with their comments."""

from rules.editing.comments import tidy
from rules.editing.document import Block, Scalar
from rules.editing.places import Place


def arrange(node: Scalar | Block, place: Place) -> None:
    """Puts the entries of `node` and of all that is in it into order.

    The comments above the first line of an item come to stand above its dash; so does the comment beside a second dash.
    """
    if isinstance(node, Scalar):
        return
    node.entries = place.ordered(node)
    for number, entry in enumerate(node.entries):
        value = entry.value
        arrange(value, place.below(entry.key.text if entry.key else None))
        if node.listed and isinstance(value, Block) and value.entries:
            first = value.entries[0]
            entry.before.extend(first.before)
            first.before = []
            if value.listed and isinstance(first.value, Block) and first.after:
                entry.before.append(first.after)
                first.after = ""
        entry.before = tidy(entry.before, at_start=number == 0)
    node.end = tidy(node.end, at_start=False)
