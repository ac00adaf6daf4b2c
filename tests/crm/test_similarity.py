"""Similar leads: measured on pairs that are the same person and pairs that are not, and invariants of likeness."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.similarity import ALIKE, Likeable, likeness, match_keys
from tests.crm.similar_leads import DIFFERENT, SAME, generated, pairs

LABELLED = [*((*pair, True) for pair in pairs(SAME)), *((*pair, False) for pair in pairs(DIFFERENT))]
GENERATED = list(generated(seed=7, size=400))

words = st.sampled_from(["Ada", "ada", "Ädä", "Aeda", "King", "von", "O'Neill", "Meyer", "Bau", "1", "Jr.", "x", "."])
names = st.lists(words, max_size=3).map(" ".join) | st.none()
leads = st.builds(Likeable, names, names, names, st.sampled_from([None, "a@b.example", "c@b.example", "a@gmail.com"]))


def measured(labelled: Iterable[tuple[Likeable, Likeable, bool]], *thresholds: int) -> list[tuple[float, float]]:
    """Precision and recall where leads from each threshold on are taken for the same person."""
    scored = [(likeness(one, other), same) for one, other, same in labelled]
    found = []
    for threshold in thresholds:
        said = [(score >= threshold, same) for score, same in scored]
        right = said.count((True, True))
        found.append((right / (right + said.count((True, False))), right / (right + said.count((False, True)))))
    return found


@pytest.mark.parametrize(
    ("labelled", "precision", "recall"),
    [(LABELLED, 0.95, 0.95), (GENERATED, 0.99, 0.97)],
    ids=["by hand", "generated"],
)
def test_it_is_as_good_as_its_record_says(
    labelled: Sequence[tuple[Likeable, Likeable, bool]], precision: float, recall: float
) -> None:
    ((found_precision, found_recall),) = measured(labelled, ALIKE)
    assert (found_precision >= precision, found_recall >= recall) == (True, True), (found_precision, found_recall)


def test_no_other_threshold_is_clearly_better() -> None:
    """By the F1 measure. Lower, it would find more that are not the same; higher, fewer that are."""
    found = measured([*LABELLED, *GENERATED], ALIKE, *range(50, 100, 5))
    chosen, *others = [2 * precision * recall / (precision + recall) for precision, recall in found]
    assert chosen >= max(others) - 0.005


def test_pairs_that_are_alike_have_a_key_in_common() -> None:
    data = [*LABELLED, *GENERATED]
    same = [(one, other) for one, other, _ in data if likeness(one, other) >= ALIKE]
    met = [not set(match_keys(one)).isdisjoint(match_keys(other)) for one, other in same]
    assert sum(met) / len(met) >= 0.98


def test_a_key_tells_most_leads_apart() -> None:
    """Otherwise the search would look at everybody."""
    everybody = [one for one, _, _ in GENERATED[:200]]
    distinct = {(lead.firstname, lead.lastname, lead.companyname): match_keys(lead) for lead in everybody}
    shared = [
        not set(keys).isdisjoint(others)
        for lead, keys in distinct.items()
        for other, others in distinct.items()
        if sum(mine == theirs for mine, theirs in zip(lead, other, strict=True)) == 0
    ]
    assert sum(shared) / len(shared) < 0.01


@given(one=leads, other=leads)
@settings(max_examples=300)
def test_likeness_is_symmetric_and_within_its_limits(one: Likeable, other: Likeable) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 100


@given(lead=leads)
def test_keys_are_few_and_short(lead: Likeable) -> None:
    keys = match_keys(lead)
    assert len(keys) <= 3 and all(len(key) <= 30 for key in keys)


@given(one=st.text("adkm", min_size=2), other=st.text("adkm", min_size=2), company=names)
def test_swapped_names_have_the_same_keys_and_are_alike(one: str, other: str, company: str | None) -> None:
    lead, swapped = Likeable(one, other, company), Likeable(other, one, company)
    assert match_keys(lead) == match_keys(swapped)
    assert likeness(lead, swapped) == likeness(lead, lead)
