"""Public holidays, by the package `holidays`. A region is a country's ISO code, alone or with a subdivision: DE-BY."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=1024)
def holiday_dates(region: str, year: int) -> frozenset[date]:
    """The public holidays of a year. Raises NotImplementedError for a region that the package does not know."""
    from holidays import country_holidays  # loaded where a directory names holidays: it takes a tenth of a second

    country, _, subdivision = region.partition("-")
    return frozenset(country_holidays(country, subdiv=subdivision or None, years=year, expand=False))


@lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """Every region that has holidays: DE, DE-BY, GB-SCT, ..."""
    from holidays import list_supported_countries

    countries = list_supported_countries(include_aliases=False)
    return frozenset(countries) | {f"{country}-{part}" for country, parts in countries.items() for part in parts}
