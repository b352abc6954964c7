"""Countries named in texts that are not coded: by their CLDR names in the text's language."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from detente.coding.iso import ALPHA3

_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
"""Languages written without spaces: a name counts wherever it stands."""


@lru_cache(maxsize=64)
def _names(language: str) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return None, {}
    names = {
        str(name): ALPHA3[code]
        for code, name in territories.items()
        if code in ALPHA3 and len(str(name)) > 1
    }
    if not names:
        return None, {}
    alternatives = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    # agglutinating endings ('Russlands', '러시아의') follow the name, letters never precede it
    pattern = f"(?:{alternatives})" if language in _UNSPACED else rf"(?<!\w)(?:{alternatives})"
    return re.compile(pattern), names


def count_country_names(text: str, language: str) -> dict[str, int]:
    """Return how often each country is named, by ISO alpha-3 code.

    Args:
        text: in any language.
        language: ISO 639-1; one that CLDR does not know yields nothing.
    """
    pattern, names = _names(language.split("-")[0].lower())
    counts: dict[str, int] = {}
    if pattern is None:
        return counts
    for match in pattern.finditer(text):
        code = names[match[0]]
        counts[code] = counts.get(code, 0) + 1
    return counts
