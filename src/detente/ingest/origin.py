"""Whose story it is: corroboration counts origins, not outlets."""

from __future__ import annotations

import re

_AGENCIES = {
    "reuters": "Reuters", "afp": "AFP", "agence france-presse": "AFP", "ap": "AP",
    "associated press": "AP", "the associated press": "AP", "xinhua": "Xinhua", "tass": "TASS",
    "itar-tass": "TASS", "interfax": "Interfax", "ria novosti": "RIA Novosti",
    "sputnik": "Sputnik", "yonhap": "Yonhap", "yonhap news agency": "Yonhap", "kcna": "KCNA",
    "kyodo": "Kyodo", "kyodo news": "Kyodo", "jiji": "Jiji", "jiji press": "Jiji", "dpa": "dpa",
    "upi": "UPI", "efe": "EFE", "ansa": "ANSA", "pti": "PTI", "press trust of india": "PTI",
    "ani": "ANI", "anadolu": "Anadolu", "anadolu agency": "Anadolu", "bernama": "Bernama",
    "irna": "IRNA", "ukrinform": "Ukrinform", "interfax-ukraine": "Interfax-Ukraine",
    "bloomberg": "Bloomberg", "pa media": "PA Media", "aap": "AAP", "cna": "CNA",
}  # fmt: skip

_DATELINE = re.compile(
    r"\A\W{0,3}[^\W\d_a-z][^\n()]{1,60}\(([A-Z][^()\n]{1,40})\)\s*(?:[-\u2013\u2014:]|--)"
)
_IN_BRACKETS = re.compile(r"\(([A-Z][\w .&'-]{1,40})\)")
_BYLINE = re.compile(r"\A\s*(?:By|Source|From):?\s+([A-Z][\w .&'-]{1,40}?)\s*(?:\n|$|[|,])")
_REPORTED = re.compile(
    r"\b(?:the )?((?:[A-Z][\w-]+ ){0,3}[A-Z][\w-]+) (?:reported|has reported|reports)\b"
)


def agency_named(name: str) -> str | None:
    """Return the plain name of a news agency, or None."""
    return _AGENCIES.get(name.strip().lower())


def find_origin(text: str, *, stated: str | None = None, author: str | None = None) -> str | None:
    """Return the publisher from whom a story was taken, or None where it says nothing.

    In this order: what the source states (front matter, the RSS source element), an agency as
    author, the dateline (``MOSCOW, Nov 17 (Reuters) -``), an agency in brackets or as byline near
    the start, an agency in brackets at the very end, ``Yonhap reported`` in the first sentence.
    """
    if stated and stated.strip():
        return agency_named(stated) or stated.strip()
    if author and (agency := agency_named(author)):
        return agency
    if found := _DATELINE.match(text):
        return agency_named(found[1]) or found[1].strip()
    head = text[:200]
    for found in _IN_BRACKETS.finditer(head):
        if agency := agency_named(found[1]):
            return agency
    if (found := _BYLINE.match(head)) and (agency := agency_named(found[1])):
        return agency
    for found in _IN_BRACKETS.finditer(text[-40:]):
        if agency := agency_named(found[1]):
            return agency
    lead = text[:300].split(". ")[0]
    for found in _REPORTED.finditer(lead):
        if agency := agency_named(found[1]):
            return agency
    return None
