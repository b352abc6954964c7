"""What stands around a name: is it a country or a given name, this politician or somebody else?"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

# Country names that are also given names, surnames or other places.
AMBIGUOUS_PLACES = frozenset(
    {
        "Jordan",
        "Chad",
        "Georgia",
        "Israel",
        "Washington",
        "Paris",
        "Victoria",
        "London",
        "Lima",
        "Santiago",
        "Kingston",
        "Austin",
        "Ireland",
        "Holland",
        "Sydney",
        "Sofia",
        "Milan",
        "Brazil",
        "India",
        "Malta",
        "Cuba",
        "English",
        "France",
        "Dominica",
        "Guinea",
        "Niger",
        "Mali",
        "Wellington",
        "Nelson",
        "Hamilton",
        "Georgetown",
        "Jamestown",
        "Stanley",
        "Valletta",
    }
)
TITLES = frozenset(
    (
        "President Prime Premier Minister King Queen Prince Princess Foreign Defence Defense "
        "Secretary General Supreme Crown Chancellor Ambassador Senator Army Navy Air Parliament "
        "Government Interior Finance Central National State House Embassy Ministry Vice Deputy "
        "Sheikh Emir Sultan Congress Senate Police Court Chief Admiral Marshal Leader Dictator "
        "Treasury Pentagon Special Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
        "January February March April May June July August September October November December "
        "Energy Trade Economy Economic Home Security Speaker Justice Health Border Military "
        "Republic Head Oil Naval Presidents Ministers Emperor Pope Sen Rep Gov Governor Dr Professor "
        "Mayor Counterpart Spokesman Spokeswoman Envoy Representative Premiers Leaders Comrade "
        "Commander Lord Dame Mr Mrs Ms Undersecretary Assistant Acting Interim Elect "
    ).split()
)
# Words that stand capitalised before a name without being a given name.
NOT_A_GIVEN_NAME = TITLES | frozenset(
    (
        "The In On At From To For With And But Of By As Why How When While After Before Since "
        "Both North South East West Northern Southern Eastern Western New Central Meanwhile Today "
        "Also Yesterday However Although Although Because If Neither Former Democratic Federal "
        "Kingdom Between Against Over Under Into About Via Near Inside Outside Could Will Should "
        "Can Does Did Is Are Was Were Has Have Had Let Many Most Some All No Not Visit Ask Help "
        "Stop Leave Mr Mrs Syria Iraq Iran Egypt Lebanon Russia China Ukraine Armenia Azerbaijan "
        "Turkey Japan Korea Saudi Kuwait Qatar Sudan Nigeria Libya Pakistan Britain Germany "
        "Moscow Beijing Tehran Then Later Instead Earlier Now Here There Even Just Only Like Unlike Despite "
        "During Until Unless Once Perhaps Maybe Thus Hence Still Yet And So Or Nor Its His Her Their Our "
        "This That These Those What Where Who Which Under Up Down Two Three Four Against Amid Among "
        "Within Without Because Rather Another Other Both Critics Yes Well Out Off Post Pre Not Our "
    ).split()
)
# Family names shared by too many people to stand alone without a title or the full name.
WEAK_SURNAMES = frozenset(
    (
        "Kim Park Lee Li May Brown Rice Powell Johnson Smith Jones Moon Roh Ban Chen Wang Zhang "
        "Yang Hu Wen Xi Ma Zhu Ali Khan Singh Ahmed Hassan Hussein Shah Santos Silva Garcia Lopez "
        "Perez Martinez King Prince Young Clark Cook White Black Green Hunt Straw Hague Carter "
        "Martin Major Bush Day Case Key Bishop Rudd Turnbull Abbott Morrison Harper Costa Rocha "
        "Costello Austin Vance Marshall Hill Rivera Castro Chung Choi Kang Jung Cho Song Han Han "
        "Yoon Noda Mori Aso Hamad Salman Abdullah Mohammed Mohamed Ibrahim Mahmoud Saleh Nasser "
        "Zia Bhutto Yang Tsai Trần Nguyen Pham Sato Ito Abe Kono Blair Berger Fischer Wallace "
        "Scholz Baker Ford Truss Cameron Raab Cleverly Lammy Healey Starmer Reynolds Power Mann "
        "Wolf Fox Beck Sullivan Rubio Gates Hagel Panetta Perry Cohen Miller Carr Evans Downer "
        "Hayden Beazley "
    ).split()
) - {"Blair", "Scholz", "Starmer", "Cameron", "Xi", "Truss", "Rubio", "Castro", "Abe", "Bush"}
FAMILY_FIRST = frozenset(
    (
        "Kim Park Lee Li Xi Hu Wen Jiang Zhu Yang Wang Moon Roh Ban Yoon Han Hwang Chung Kang Yun "
        "Cho Choe Choi Pak Jang Jong Hong Song Hyon Hyun Ri Kang Ro Paek Tsai Ma Lai Chen Zhang "
        "Zhao Zhou Liu Sun Wu Xu Qin Qian Dai Cui Nguyen Pham Tran Vo To Truong Luong Hun Lam "
        "Liang Dong Chang Mao Deng Zeng Tang Ding He Wei Cai Guo Liao Jon Choo Pham Le Phan Bui "
        "Do "
    ).split()
)
_NO_SURNAMES = frozenset(
    (
        "To He Leader Jr Sr II III IV VI Gun Christian Royal Hun Shan Logar Sola Gun Moon Sun English "
        "Francis Thomas Benedict Ali Ahmed Hamad Salman Abdullah Fahd Khalifa Bandar"
    ).split()
) - {"Moon"}
"""Last words of full names that mean something else when they stand alone."""

NO_ONES_SURNAMES = TITLES - {"May"}
"""Offices and months, which end some aliases; 'May' is told from the month where it stands."""

LEADING = frozenset(
    "President Presidents Premier Prime King Queen Emperor Chancellor Sultan Emir Pope Leader "
    "Leaders Sheikh".split()
)
"""Titles of those who lead; other titles before a surname make a minister or envoy of it."""

KNOWN_EVERYWHERE = frozenset({"Kim", "Xi", "Abe", "Bush", "Blair", "Clinton"})
"""Leaders whom headlines call by a surname of which there are more, their country unnamed."""

_AFTER_A_NAME = frozenset(
    "Administration Government Cabinet Regime Presidency Era Doctrine Plan Team Visit Meeting "
    "Summit".split()
)
_PARTICLES = frozenset("bin bint ibn ben van von de der da di del dos al el abu al- el-".split())
_BEFORE = re.compile(r"(\S+)[ \u00a0]$")
_AFTER = re.compile(r"[ \u00a0](?:(?:al|el)[- ])?([^\W\d_][\w\u2019-]*)")
_US_PLACES = re.compile(
    r"\b(?:Alabama|Alaska|Arizona|Arkansas|California|Carolina|Colorado|Connecticut|Delaware|Florida|"
    r"Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maryland|Massachusetts|Michigan|Minnesota|"
    r"Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|Ohio|Oklahoma|"
    r"Oregon|Pennsylvania|Tennessee|Texas|Utah|Vermont|Virginia|Wisconsin|Wyoming|Atlanta|Savannah)\b"
)
_CAUCASUS = re.compile(
    r"\b(?:Tbilisi|Georgians?|Abkhazia|Ossetia|Saakashvili|Armenia|Azerbaijan|Russia|Ukraine|NATO|Moldova)\b"
)
_MONTH_BEFORE = re.compile(
    r"(?:\b(?:in|of|by|since|until|till|from|to|and|on|late|early|mid|last|next|this|during|through|"
    r"between|before|after|\d{1,2}(?:st|nd|rd|th)?)|[\d,])[ -]$",
    re.I,
)


@lru_cache(maxsize=10_000)
def surname_of(full: str) -> str:
    """Return the family name of a full name, or '' where it could stand for anything else."""
    words = [w for w in full.split() if w.rstrip(".,") not in ("Jr", "Sr", "II", "III", "IV", "VI")]
    if len(words) < 2:
        return ""
    # Chinese, Korean, Vietnamese: family name first ('Kim Jong-un', 'Xi Jinping')
    if words[0] in FAMILY_FIRST and len(words[0]) <= 6:
        return "" if words[0] in _NO_SURNAMES else words[0]
    for i, word in enumerate(words[1:], 1):
        if word.lower() in ("van", "von", "de", "bin", "al", "der", "da", "di"):
            return " ".join(words[i:])
    return "" if words[-1] in _NO_SURNAMES else words[-1]


def is_headline(text: str, start: int) -> bool:
    """Tell whether the line around an offset is in title case, where capitals say nothing."""
    low = text.rfind("\n", 0, start) + 1
    high = text.find("\n", start)
    return _is_title_case(text[low : high if high >= 0 else len(text)])


@lru_cache(maxsize=256)
def _is_title_case(line: str) -> bool:
    words = [w for w in line.split() if len(w) > 3]
    if not 2 <= len(words) <= 25:
        return False
    return sum(w.lstrip("\"'\u2018\u201c(")[:1].isupper() for w in words) > 0.75 * len(words)


def word_before(text: str, start: int) -> str:
    """Return the word before an offset, without quotes; '' where a sentence or line begins."""
    m = _BEFORE.search(text, max(0, start - 30), start)
    if m is None:
        return ""
    return m[1].lstrip("\"'\u2018\u201c([")


def title_before(text: str, start: int) -> str | None:
    """Return the office that stands before a name ('President', 'Foreign Minister')."""
    word = word_before(text, start)
    if word == "President" and text[:start].endswith(("Vice President ", "Vice-President ")):
        return "Vice"
    if word == "Minister" and text[:start].endswith("Prime Minister "):
        return "Prime"
    return word if word in TITLES else None


def is_month(text: str, start: int, end: int) -> bool:
    """'May' as a month or an auxiliary that opens a sentence."""
    if text[start:end] not in ("May", "March", "August", "June"):
        return False
    return bool(_MONTH_BEFORE.search(text, max(0, start - 16), start)) or bool(
        re.match(r"[ ,.]+\d", text[end : end + 4])
    )


def _is_named_on(text: str, end: int, known: AbstractSet[str] = frozenset()) -> bool:
    """Tell whether a further part of a name follows that is none of the known words."""
    after = _AFTER.match(text, end)
    return bool(
        after
        and after[1][0].isupper()
        and after[1] not in NOT_A_GIVEN_NAME
        and after[1] not in known
    )


def is_name_part(text: str, start: int, end: int) -> bool:
    """'Michael Jordan', 'Jordan Peterson', 'Georgia Smith', 'Washington Irving', Georgia the state."""
    if text[start:end] == "Georgia":
        around = text[max(0, start - 160) : end + 160]
        if _US_PLACES.search(around) and not _CAUCASUS.search(around):
            return True
    if is_headline(text, start):
        return False
    if _is_named_on(text, end):
        return True
    before = word_before(text, start)
    if before[:1].isupper() and before.isalpha() and before not in NOT_A_GIVEN_NAME:
        at = start - len(before) - 1
        # a capital that opens the sentence says nothing
        return at > 1 and text[at - 2] not in '.!?\n"\u201c:'
    return False


def is_other_person(text: str, start: int, end: int, name: str) -> bool:
    """'Melania Trump', 'Wesley Clark', 'Trump Tower', 'Johnson & Johnson': not who the name means.

    Args:
        text: any text.
        start: where the surname begins.
        end: where it ends.
        name: full name of the person it would mean; a given name that begins alike is his
            ('Micheil Saakashvili', 'Muammar al-Gaddafi').
    """
    if text[end : end + 2] == " &" or text[max(0, start - 2) : start] == "& ":
        return True
    if is_headline(text, start):
        return False
    if _is_named_on(text, end, _AFTER_A_NAME | set(name.split())):
        return True
    if text[max(0, start - 3) : start].lower() in ("al-", "el-", "al ", "el "):
        start -= 3
    before = word_before(text, start)
    if re.fullmatch(r"[A-Z]\.", before):  # a middle initial
        start -= len(before) + 1
        before = word_before(text, start)
    if before.lower() in _PARTICLES:
        if before.lower() not in name.lower().split():
            return True
        before = word_before(text, start - len(before) - 1)  # 'Ali bin Tamim'
    if not before[:1].isupper() or before in NOT_A_GIVEN_NAME or before.endswith((".", ":", "ly")):
        return False
    if not re.fullmatch(r"[^\W\d_][\w\u2019'-]*", before) or before.endswith(("'s", "\u2019s")):
        return False
    if before.isupper() and len(before) > 1:  # 'US', a dateline
        return False
    given = [part for part in name.split() if len(part) > 2]
    return not any(part[:2].lower() == before[:2].lower() for part in given)
