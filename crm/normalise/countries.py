"""Countries: any usual name or code to ISO 3166-1 alpha-2."""

import gettext
import unicodedata
from collections.abc import Iterator
from functools import cache

from crm.normalise.reading import Reading
from crm.normalise.texts import fitting, line_of

# Languages whose country names are known, beside English; pycountry brings them.
_LANGUAGES = ("de", "fr", "es", "it", "nl")
# Names in daily use that ISO does not list.
_ALIASES = {
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "Grossbritannien"),
    "US": ("U.S.", "America", "United States of America (USA)", "The United States", "Etats-Unis d'Amerique"),
    "NL": ("Holland", "The Netherlands"),
    "CZ": ("Czech Republic",),
    "TR": ("Turkey",),
    "RU": ("Russia",),
    "CI": ("Ivory Coast",),
    "CV": ("Cape Verde",),
    "MK": ("Macedonia",),
    "MM": ("Burma",),
    "SZ": ("Swaziland",),
    "AE": ("UAE",),
    "BN": ("Brunei",),
    "PS": ("Palestine",),
    "XK": ("XK", "Kosovo"),
    "VA": ("Vatican", "Vatican City"),
}


def country_code(name: str) -> str | None:
    """The alpha-2 code of a country's name or code, in any case and with or without accents; None if unknown."""
    return _codes_by_key().get(_key(name))


def read_country(value: object, reading: Reading) -> str | None:
    """An alpha-2 code; a name that is not known stays as typed, with a note."""
    text = line_of(value)
    code = country_code(text)
    if code is None and text:
        reading.note("is no country that ISO 3166 knows; kept as typed")
    return fitting(code or text, reading)


def _key(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if char.isalnum())


@cache
def _codes_by_key() -> dict[str, str]:
    codes: dict[str, str] = {}
    for name, code in _names():
        codes.setdefault(_key(name), code)
    return codes


def _names() -> Iterator[tuple[str, str]]:
    # The import reads a database of 100 ms; who never meets a country should not wait for it.
    import pycountry

    countries = list(pycountry.countries)
    for country in countries:
        yield country.alpha_2, country.alpha_2
        yield country.alpha_3, country.alpha_2
    for code, aliases in _ALIASES.items():
        yield from ((alias, code) for alias in aliases)
    translations = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language]) for language in _LANGUAGES]
    for country in countries:
        for field in ("name", "common_name", "official_name"):
            english = getattr(country, field, None)
            if english is not None:
                yield english, country.alpha_2
                yield from ((translation.gettext(english), country.alpha_2) for translation in translations)
