"""Which earlier rules take every lead that a rule matches? The rule's leads without theirs: nothing left is the proof.

All work is counted in steps, one for each box or claim that is looked at. Where they are used up, nothing is said.
"""

from collections.abc import Iterator, Sequence, Set

from rules.analysis.areas import Area
from rules.analysis.box_index import MAX_INDEXED, BoxIndex
from rules.analysis.boxes import Box
from rules.analysis.regions import MAX_BOXES

STEPS_OF_LOOKING = 100_000
STEPS_OF_DIVIDING, STEPS_OF_RULE = 50_000, 5_000
"""What a file may take to find rules that meet, and to take their leads away; and one rule to take leads away."""
MAX_REDUCED = 12
"""Of so many rules that cover one together, those that are not needed are left out."""


class _UsedUp(Exception):
    """Reasoning grew too large."""


class _Steps:
    """How much work may still be done."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise _UsedUp


class Covering:
    """The rules of one file, in deciding order."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._boxes = [(area, box) for area in areas for box in area.boxes][:MAX_INDEXED]
        self._index = BoxIndex([box for _, box in self._boxes])
        self._first = {area.index: number for number, (area, _) in reversed(list(enumerate(self._boxes)))}
        self._looking = _Steps(STEPS_OF_LOOKING)
        self._dividing = _Steps(STEPS_OF_DIVIDING)
        self._own = self._dividing

    def found(self, area: Area, besides: Set[int]) -> list[Area]:
        """The earlier rules, without those with the numbers `besides`, that take every lead of this one together.

        As few as could be found; none where it is not proved.
        """
        try:
            return self._covering(area, besides)
        except _UsedUp:
            return []

    def _covering(self, area: Area, besides: Set[int]) -> list[Area]:
        meeting = []
        for other in self._meeting(area, besides):
            meeting.append(other)
            self._looking.take(len(area.boxes) * len(other.boxes))
            if all(any(box.is_within(one) for one in other.boxes) for box in area.boxes):
                return [other]
        self._own = _Steps(STEPS_OF_RULE)
        used = self._needed(area, sorted(meeting, key=_narrowness))
        return sorted(self._reduced(area, used), key=lambda other: other.index)

    def _meeting(self, area: Area, besides: Set[int]) -> Iterator[Area]:
        """The earlier rules that may share leads with this one."""
        seen = set(besides)
        before = self._first.get(area.index, 0)
        for box in area.boxes:
            for number in self._index.near(box, before):
                other, one = self._boxes[number]
                self._looking.take(1)
                if other.index not in seen and box.meets(one):
                    seen.add(other.index)
                    yield other

    def _needed(self, area: Area, others: Sequence[Area]) -> list[Area]:
        """Those of the others that took something away until nothing was left; none where something is left."""
        left, used = list(area.boxes), []
        for other in others:
            rest = self._minus(left, other.boxes)
            if rest != left:
                used.append(other)
            if not rest:
                return used
            left = rest
        return []

    def _reduced(self, area: Area, used: list[Area]) -> list[Area]:
        """Without those that the others can do without."""
        if len(used) > MAX_REDUCED:
            return used
        for other in list(used):
            try:
                used = self._needed(area, [one for one in used if one is not other]) or used
            except _UsedUp:
                break
        return used

    def _minus(self, boxes: list[Box], others: Sequence[Box]) -> list[Box]:
        for other in others:
            for steps in (self._own, self._dividing):
                steps.take(sum(box.size for box in boxes))
            boxes = [part for box in boxes for part in box.minus(other)]
            if len(boxes) > MAX_BOXES:
                raise _UsedUp
        return boxes


def _narrowness(area: Area) -> int:
    """Rules with few conditions take most away at once."""
    return max(len(box.domains) for box in area.boxes)
