"""Pairs of leads that are the same person, and pairs that are not: written by hand, and made from names by slips.

A lead is "first name, last name, company", with an e-mail address after it where that matters.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from crm.similarity import Likeable

Pair = tuple[Likeable, Likeable]

SAME = """
    Judith, Shaw, Analytical Engines Ltd / Judith, Shwa, Analytical Engines
    Judith, Shaw, Analytical Engines Ltd / Judiht, Shaw, ANALYTICAL ENGINES LIMITED
    Judith, Shaw, Analytical Engines Ltd / Shaw, Judith, Analytical Engines
    Judith, Shaw, Analytical Engines Ltd / J., Shaw, Analytical Engines Ltd
    Judith, Shaw, Analytical Engines / , Judith Shaw, Analytical Engines
    Judith, Shaw, Analytical Engines / , Shaw Judith, Analytical Engines
    Judith, Shaw, Analytical Engines / Judith, Shaw, Analytcal Engines
    Judith, Shaw, Analytical Engines / Judith, Shaw, Engines Analytical
    Judith, Shaw, Analytical Engines / Judith, Shaw, Analytical Engines Germany
    Jürgen, Müller, Müller Bau GmbH / Juergen, Mueller, Mueller Bau
    Jürgen, Müller, Müller Bau GmbH / Jurgen, Muller, Muller Bau GmbH & Co. KG
    Jürgen, Müller, Müller Bau GmbH / Müller, Jürgen, Müller-Bau
    Dr. Jürgen, Müller, Müller Bau GmbH / Jürgen, Müller, Müller Bau
    Jürgen, Müller, Müller Bau / Jürgen, Müler, Müller Bau
    Jürgen, Müller, Müller Bau / Jürgen, Müller, Muller Bau
    Anna-Maria, Schmidt, Nordlicht AG / Anna Maria, Schmidt, Nordlicht
    Anna-Maria, Schmidt, Nordlicht AG / Annamaria, Schmidt, Nordlicht
    Anna-Maria, Schmidt, Nordlicht AG / Anna, Schmidt, Nordlicht
    Anna, Schmidt-Weber, Nordlicht / Anna, Schmidt Weber, Nordlicht
    Anna, Schmidt-Weber, Nordlicht / Anna, Schmidt, Nordlicht
    Anna, Schmitt, Nordlicht / Anna, Schmidt, Nordlicht
    Sören, Ødegård, Fjord Shipping ASA / Soren, Odegard, Fjord Shipping
    Ursula, von der Leyen, Blau KG / Ursula, Leyen, Blau
    Jan, van den Berg, Tulp BV / Jan, Berg, Tulp
    François, Lefèvre, Société Générale / Francois, Lefevre, Societe Generale SA
    François, Lefèvre, Société Générale / Lefevre, Francois, Societe Generale
    Zoë, O'Neill, Green & Sons / Zoe, O Neill, Green and Sons
    Zoë, O'Neill, Green & Sons / Zoe, ONeill, Green and Sons
    Michael, Meyer, Sonnenschein Energie / Michael, Meier, Sonnenschein Energie
    Michael, Meyer, Sonnenschein Energie / Micheal, Meyer, Sonnenschein Energie
    Michael, Meyer, Sonnenschein Energie / Michael, Meyer, Sonnenschien Energie
    Katarzyna, Wójcik, Łódź Tekstylia / Katarzyna, Wojcik, Lodz Tekstylia
    María José, García, Viñedos del Sur / Maria Jose, Garcia, Vinedos del Sur SL
    María José, García, Viñedos del Sur / Maria, Garcia, Vinedos del Sur
    Thomas, Schneider, Stadtwerke Ulm / Thomas, Schnieder, Stadtwerke Ulm
    Thomas, Schneider, Stadtwerke Ulm / Tomas, Schneider, Stadtwerke Ulm
    Thomas, Schneider, SWU, schneider@swu.example / Thomas, Schneider, Stadtwerke Ulm, t.schneider@swu.example
    Thomas, Schneider, SWU, schneider@swu.example / Thomas, Schneider, , t.schneider@swu.example
    Thomas, Schneider, Stadtwerke Ulm, t@gmail.com / Thomas, Schneider, Stadtwerke Ulm, schneider@swu.example
    Thomas, Schneider, Stadtwerke Ulm, t@gmail.com / Thomas, Schnieder, Stadtwerke Ulm, thomas.schneider@gmail.com
"""

DIFFERENT = """
    Hans, Müller, Müller Bau GmbH / Peter, Müller, Müller Bau GmbH
    Hans, Müller, Müller Bau GmbH / Hannah, Müller, Müller Bau GmbH
    Hans sen., Müller, Müller Bau / Hans jun., Müller, Müller Bau
    Hans, Müller, Müller Bau GmbH / Hans, Müller, Müller Bad GmbH
    Hans, Müller, Müller Bau GmbH / Hans, Müller, Müller Tiefbau GmbH
    Hans, Müller, Nord Logistik / Hans, Müller, Süd Logistik
    Hans, Müller, Filiale 1 / Hans, Müller, Filiale 2
    Hans, Müller, Nordbank / Hans, Müller, Nordbahn
    Hans, Müller, Müller Bau / Hans, Möller, Meier Bau
    Judith, Shaw, Analytical Engines / Judith, Shaw, Difference Engines
    Judith, Shaw, Analytical Engines / Judith, Shore, Analytical Engines
    Judith, Shaw, Analytical Engines / Judy, Brown, Analytical Engines
    Judith, Shaw, Analytical Engines / Edith, Shaw, Analytical Engines
    Judith, Shaw, Analytical Engines / , Shaw, Analytical Engines
    Judith, Shaw, / Judith, Shaw,
    Judith, Shaw, Acme / Judith, Shaw, Acne
    J., Shaw, Analytical Engines / P., Shaw, Analytical Engines
    Julia, Weber, Nordlicht / Julian, Weber, Nordlicht
    Andrea, Weber, Nordlicht / Andreas, Weber, Nordlicht
    Daniel, Weber, Nordlicht / Daniela, Weber, Nordlicht
    Mario, Rossi, Vinaria / Maria, Rossi, Vinaria
    Christian, Weber, Nordlicht / Christina, Weber, Nordlicht
    Alexander, Weber, Nordlicht / Alexandra, Weber, Nordlicht
    Jan, Weber, Nordlicht / Jana, Weber, Nordlicht
    Rolf, Weber, Nordlicht / Ralf, Weber, Nordlicht
    Paul, Weber, Nordlicht / Saul, Weber, Nordlicht
    Martin, Weber, Nordlicht / Marvin, Weber, Nordlicht, marvin@nord.example
    Martin, Weber, Nordlicht, m.weber@nord.example / Marvin, Weber, Nordlicht, weber2@nord.example
    Marion, Weber, Nordlicht, m.weber@nord.example / Marlon, Weber, Nordlicht, weber2@nord.example
    Anna, Koch, Nordlicht / Anna, Kuhn, Nordlicht
    Anna, Lang, Nordlicht / Anna, Lange, Südlicht
    Anna, Wolf, Nordlicht / Anna, Wolff, Ostlicht
    Peter, Hans, Nordlicht / Hans, Weber, Nordlicht
    Peter, Schmidt, Nordlicht / Petra, Schmidt, Nordlicht
    Karl, Weber, Nordlicht / Carla, Weber, Nordlicht
    Thomas, Schneider, Stadtwerke Ulm / Thomas, Schneider, Stadtwerke Bonn
    Thomas, Schneider, Siemens Energy / Thomas, Schneider, Siemens Healthineers
    Thomas, Schneider, Acme Germany / Thomas, Schneider, Acme France
    Thomas, Schneider, TUV Nord / Thomas, Schneider, TUV Süd
    Thomas, Schneider, Hotel Post / Thomas, Schneider, Hotel Rose
"""

_PEOPLE = (
    "Judith Shaw|Anna Keller|Michael Hoffmann|Jürgen Müller|Katharina Schäfer|Sebastian Fischer|François Lefèvre|"
    "Camille Dubois|Giulia Ferrari|Lorenzo Bianchi|Katarzyna Nowak|Søren Jensen|Ingrid Lindqvist|Oliver Thompson|"
    "Charlotte Robinson|William Anderson|Dimitri Petrov|Isabel Fernández|Rodrigo Martínez|Hannah Zimmermann"
)
_COMPANIES = (
    "Analytical Engines Ltd|Müller Bau GmbH|Nordlicht Energie AG|Stadtwerke Ulm|Fjord Shipping ASA|Vinaria Toscana SRL|"
    "Blumen Sonnenschein KG|Harbour Logistics plc|Atelier Lumière SARL|Weingut Schönfeld|Precision Tools Inc|"
    "Kvarner Adriatic d.o.o.|Green Valley Farms|Bergmann Elektrotechnik|Castello Ceramics|Delta Dental Group"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pairs(text: str) -> list[Pair]:
    """The pairs that are written as `lead / lead`, one a line."""
    return [(one, other) for one, other in (map(_lead, line.split(" / ")) for line in text.strip().splitlines())]


def generated(seed: int, size: int) -> Iterator[tuple[Likeable, Likeable, bool]]:
    """`size` pairs with slips in the same person's lead, and `size` of people who have a part or two in common."""
    rng = random.Random(seed)
    everybody, companies = [name.split() for name in _PEOPLE.split("|")], _COMPANIES.split("|")
    for _ in range(size):
        (first, last), company = rng.choice(everybody), rng.choice(companies)
        changed = lead = Likeable(first, last, company)
        for change in rng.sample(_SLIPS, rng.choice((1, 1, 2))):
            changed = change(rng, changed)
        yield lead, changed, True
        others = (*rng.choice(everybody), rng.choice(companies))
        mixed = [mine if rng.random() < 0.6 else theirs for mine, theirs in zip(_parts(lead), others, strict=True)]
        if mixed != _parts(lead):
            yield lead, Likeable(*mixed), False


def _lead(text: str) -> Likeable:
    return Likeable(*(part.strip() or None for part in text.split(",")))


def _parts(lead: Likeable) -> list[str]:
    return [lead.firstname or "", lead.lastname or "", lead.companyname or ""]


def _typo(rng: random.Random, lead: Likeable) -> Likeable:
    """One letter too many, too few, wrong, or two in the wrong order; anywhere but at the ends of a name."""
    at = rng.choice((0, 1, 2))
    words = _parts(lead)[at].split()
    word = max(words, key=len)
    if len(word) < 4:  # an initial
        return lead
    place, letter = rng.randrange(1, len(word) - 2), rng.choice(_LETTERS)
    head, here, after, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
    slip = rng.choice((here + letter + after, after, letter + after, after + here))
    text = " ".join(head + slip + tail if other == word else other for other in words)
    return replace(lead, **{("firstname", "lastname", "companyname")[at]: text})


def _swapped(_: random.Random, lead: Likeable) -> Likeable:
    return replace(lead, firstname=lead.lastname, lastname=lead.firstname)


def _initial(_: random.Random, lead: Likeable) -> Likeable:
    return replace(lead, firstname=f"{(lead.firstname or '')[0]}.")


def _transcribed(_: random.Random, lead: Likeable) -> Likeable:
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "é": "e", "è": "e", "í": "i"})
    return Likeable(*(part.translate(table) for part in _parts(lead)))


def _shouted(_: random.Random, lead: Likeable) -> Likeable:
    return Likeable(*(part.upper() for part in _parts(lead)))


def _other_form(rng: random.Random, lead: Likeable) -> Likeable:
    return replace(lead, companyname=f"{lead.companyname} {rng.choice(('GmbH', 'Ltd.', 'Inc.', '& Co. KG', 'Group'))}")


def _turned(_: random.Random, lead: Likeable) -> Likeable:
    return replace(lead, companyname=" ".join(reversed((lead.companyname or "").split())))


_SLIPS: tuple[Callable[[random.Random, Likeable], Likeable], ...] = (
    _typo, _typo, _typo, _swapped, _initial, _transcribed, _shouted, _other_form, _turned,
)  # fmt: skip
