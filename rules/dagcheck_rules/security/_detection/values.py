"""What a value looks like: a secret, or something that only stands where one could be.

Names weigh most (see `names`); a value decides against them: templates, placeholders, references, paths, identifiers, prose.
"""

from __future__ import annotations

import functools
import re

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import table, words
from dagcheck_rules.security._detection.names import Kind, Reading
from dagcheck_rules.security._detection.wording import digit_switches, reads_as_word, share_of_words, switches

GAP = "\x00"
"""Stands in a joined text for what is not known of it."""

_TEMPLATE = late(
    r"\{\{|\{%|\$\{|\$\(|\$[A-Z_][A-Z_0-9]*$|^\$[a-z_]+$|%\(\w+\)|^%[sdr]$|^:\w+$|^@\w+$|^\{[\w.\[\]]*\}$|^<[^<>]+>$|^\[[^\[\]]+\]$|^%\w+%$|`|^#\{|^__\w+__$|^&\w+;"
)
_FIELD = late(r"\{[A-Za-z_][\w.]*\}")
_MASK = late(r"^(.)\1{2,}$|^[*xX.•·#_\-?]+$|\*{3,}|x{5,}|X{5,}|\.\.\.|…|0{8,}|1{8,}")
_UPPER_NAME = late(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_CODE = late(r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(.*\)|\[.*\])$|^(?:self|os|conn|config|settings|var|params|kwargs|args|env|environ)\.\w")
_URL = late(r"^[a-z][a-z0-9+.\-]*://", re.IGNORECASE)
_HOST = late(
    r"^(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?(?:/.*)?$|^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$|^localhost(?::\d+)?$",
    re.IGNORECASE,
)
_MAIL = late(r"^[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+$")
_REQUIREMENT = late(r"^[A-Za-z][\w.\-\[\],]*\s?(?:[><~!]=|==|>|<)\s?\d")
_QUERY = late(r"^\??[\w.\-]+=[^&,\s]*[&,][\w.\-]+=")
_COLUMN = late(r"^(?:col|column|field|var|param|arg|key|f|c)_?\d{1,3}$")
_DAY = late(r"\d{4}-?\d\d-?\d\d")
_LEET = late(r"[a-z]\d+[a-z]|[a-z][@$][a-z]")
"""Digits and signs inside of words: `p@ssw0rd`."""
_DATE = late(r"^\d{4}-\d\d(?:-\d\d)?(?:[T ][\d:.+Z\-]*)?$|^v?\d+(?:\.\d+)+(?:[\w.\-]*)$|^[\d.,:%]+$")
_UUID = late(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
_PATTERN = late(r"\[\^?(?:[a-zA-Z0-9]-[a-zA-Z0-9]|\\[wds])|\(\?[:=!P<]|\\[dwsDWSb][+*{)]|\)\?\$|\.\*\)")
_REGULAR = late(r"\\|\[[^\]]+\]|\(\?|\([^()]*\|[^()]*\)|\)[?*+|]")
"""What regular expressions are made of, and keys are not."""
_IN_KEYS = late(r"[\w+/=.~:!@#$%&\-]+", re.ASCII)
_MEDIA_TYPE = late(r"^(?:application|audio|font|image|message|model|multipart|text|video)/[\w.+\-]+(?:;.*)?$")
_SEPARATED = late(r"[^A-Za-z0-9]+")
_WORDS = late(r"[A-Za-z]+")
_SYMBOLS = late(r"[!@#$%^&*+?~=;<>|]")
_MADE = late(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9]+")
_SEQUENCE = "abcdefghijklmnopqrstuvwxyz", "0123456789012345", "qwertyuiopasdfghjklzxcvbnm"


def blank(value: str) -> bool:
    """Whether a value stands for nothing or for a secret to be filled in: empty, a mask, a template, a placeholder, a default that everybody knows."""
    text = value.strip()
    return len(text) < 4 or GAP in text or _blank(text)


@functools.lru_cache(maxsize=2048)
def _blank(text: str) -> bool:
    lower = text.lower()
    if lower in words("values", "blank") or lower in words("values", "blank", "weak"):
        return True
    if _TEMPLATE.search(text) or _MASK.search(text) or (_FIELD.search(text) and not _SYMBOLS.search(_FIELD.sub("", text))):
        return True
    return _sequence(lower) or _placeholder(text)


def _sequence(lower: str) -> bool:
    plain = _SEPARATED.sub("", lower)
    return any(plain and (plain in run or plain in run[::-1]) for run in _SEQUENCE) or (len(plain) >= 8 and len(set(plain)) <= 2)


def _placeholder(text: str) -> bool:
    found = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)]
    marks = words("values", "placeholder")
    if any(part in marks for part in found) and (share_of_words(text) > 0.6 or len(found) <= 3):
        return True
    if (
        _SEPARATED.search(text)
        and not any(c.isdigit() for c in text)
        and not {"test", "tests", "testing", "demo", "mock"}.isdisjoint(found)
    ):
        return True
    if re.search(
        r"EXAMPLE|(?i:abcdefgh)|1234567890|(?i:example|changeme|placeholder|replace.?me|your.{0,4}(?:key|token|secret|pass)|redacted|not.?a.?real)",
        text,
    ):
        return True
    if len(text) > 60 or (_SYMBOLS.search(text) and any(c.isdigit() for c in text)):
        return False
    if _LEET.search(text.lower()) or all(any(kind(c) for c in text) for kind in (str.isdigit, str.isupper, str.islower)):
        return False  # people write their passwords so, however bad
    return _only_known(_SEPARATED.sub("", text.lower().rstrip("0123456789")))


@functools.cache
def _known_words() -> frozenset[str]:
    every = (
        words("values", "placeholder", "soft")
        | words("values", "names")
        | words("values", "blank", "weak")
        | words("values", "placeholder")
    )
    return frozenset(word for word in every if word.isalpha()) | {"123", "1234", "12345", "456", "789", "001"}


@functools.lru_cache(maxsize=2048)
def _only_known(letters: str) -> bool:
    """Whether a text is nothing but known words in a row (`testpass`, `my-new-token`)."""
    known, reach = _known_words(), [True] + [False] * len(letters)
    for end in range(1, len(letters) + 1):
        reach[end] = any(reach[start] and letters[start:end] in known for start in range(max(0, end - 16), end))
    return bool(letters) and reach[-1]


def reference(value: str, digits: int = 3) -> bool:
    """Whether a value names or locates a secret, or is a sentence about one, instead of being it. A name has at most `digits` digits."""
    text = value.strip()
    prefixes = table("values")["reference"]["prefixes"]
    if any(text.startswith(prefix) for prefix in prefixes) and not _looks_like_base64(text):
        return True
    if (
        _URL.match(text)
        or _MAIL.match(text)
        or _UPPER_NAME.match(text)
        or _CODE.search(text)
        or _PATTERN.search(text)
        or _MEDIA_TYPE.match(text)
        or _QUERY.match(text)
        or _COLUMN.match(text)
        or (text.isalpha() and not text.isascii())
        or _file(text)
    ):
        return True
    return _words_in_a_path(text) or _names_a_secret(text, digits) or _prose(text)


def _looks_like_base64(text: str) -> bool:
    return text.startswith("/") and text.count("/") <= 4 and len(text) >= 20 and share_of_words(text) < 0.4


def _words_in_a_path(text: str) -> bool:
    if not ("/" in text or "\\" in text) or _SYMBOLS.search(text):
        return False
    first = text.partition("/")[0].rstrip("0123456789")
    return share_of_words(text) > 0.5 or (len(first) >= 4 and first.islower() and first.isalpha() and reads_as_word(first))


def _file(text: str) -> bool:
    stem, dot, extension = text.rpartition(".")
    return (
        bool(dot)
        and extension.lower() in words("values", "reference", "extensions")
        and not _SYMBOLS.search(stem)
        and (share_of_words(stem) > 0.5 or switches(stem) < 0.35 or len(stem) < 5)
    )


def _names_a_secret(text: str, digits: int) -> bool:
    """`etl_db_password`, `prod/crm/token`, `AccessToken`: a text of words, one of them a word for secrets. Symbols or many digits make it a password again."""
    if _SYMBOLS.search(text) or sum(c.isdigit() for c in text) > digits:
        return False
    found = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)]
    if not any(part in words("values", "names") for part in found):
        return False
    return share_of_words(text) > 0.55 or (bool(_SEPARATED.search(text)) and text.islower() and not any(c.isdigit() for c in text))


def _prose(text: str) -> bool:
    split = text.split()
    if len(split) < 2:
        return False
    lower = {word.strip(".,:;!?'\"()").lower() for word in split}
    if lower & words("values", "prose") or len(split) > 6:
        return share_of_words(text) > 0.4 or len(split) > 3
    return share_of_words(text) > 0.85 and not any(c.isdigit() for c in text) and (text[0].isupper() or len(split) < 4)


def structured(value: str) -> bool:
    """Whether a value is a host, a date, a version, a number: something with a plain meaning of its own."""
    text = value.strip()
    return bool(_HOST.match(text) and share_of_words(text) > 0.3) or bool(_DATE.match(text)) or bool(_REQUIREMENT.match(text))


def random_looking(value: str, least: int = 12) -> bool:
    """Whether a value reads as made by a machine: long enough, no words, letters and digits mixed or letters that no word has."""
    text = _DAY.sub("", value.strip()) if "20" in value and len(value) < 40 else value.strip()
    if len(text) < least or " " in text or structured(text):
        return False
    share = share_of_words(text)
    if share >= 0.5 and not (share < 0.75 and len(text) >= 20 and digit_switches(text) >= 4):
        return False
    digits = sum(c.isdigit() for c in text)
    if not digits and len(text) < 20:
        return False
    if digits == len(_SEPARATED.sub("", text)):
        return False
    return digits >= 2 or switches(text) > 0.25 or share < 0.2


def mixed(value: str, least: int = 6) -> bool:
    """Whether a value reads as a password that somebody made up: letters with digits or symbols, in one piece, and no host, date or identifier."""
    text = value.strip()
    if len(text) < least or " " in text or structured(text) or not any(c.isalpha() for c in text):
        return False
    if _SYMBOLS.search(text):
        return not re.search(r"[=<>|]\w*$|^\w+=|[{}]", text) or any(c.isdigit() for c in text)
    return any(c.isdigit() for c in text)


def unmistakable(value: str) -> bool:
    """Whether a value is no word even in a sentence: random, or letters, digits and symbols mixed."""
    return random_looking(value, 12) or (mixed(value, 7) and bool(_SYMBOLS.search(value)) and any(c.isdigit() for c in value))


def made_by_machine(value: str) -> bool:
    """Whether a value of about ten letters and digits is one that nobody made up: capitals, small letters and digits take turns, and no words are in it."""
    return (
        len(value) >= 9
        and bool(_MADE.fullmatch(value))
        and digit_switches(value) >= 2
        and switches(value) >= 0.4
        and share_of_words(value) < 0.35
    )


def public_digest(value: str) -> bool:
    """Whether a value has the shape of a UUID, which by itself says nothing."""
    return bool(_UUID.match(value.strip()))


def is_secret(value: str, named: Reading) -> bool:
    """Whether a whole value that fills a place of such a name is a secret."""
    if len(value) > 4096 or blank(value) or reference(value, digits=1 if named.kind is Kind.PASSWORD and named.firm else 3):
        return False
    if named.kind is Kind.PASSWORD:
        return _password(value) if named.firm else mixed(value) and not structured(value)
    if named.kind in (Kind.AUTH, Kind.COOKIE):
        return random_looking(value, 20) and not public_digest(value)
    if named.kind in (Kind.SECRET, Kind.TOKEN, Kind.KEY):
        return _machine_made(value, named)
    return False


def _password(value: str) -> bool:
    text = value.strip()
    if structured(text) and not re.search(r"[a-zA-Z]", text):
        return text.isdigit() and len(text) >= 6
    return bool(text) and "\n" not in text and not _REQUIREMENT.match(text)


def _machine_made(value: str, named: Reading) -> bool:
    text = value.strip()
    if _REGULAR.search(text):
        return False
    if not named.firm:
        return random_looking(text, 16) and not public_digest(text) and bool(_IN_KEYS.fullmatch(text))
    if random_looking(text, 8):
        return True
    return len(text) >= 8 and bool(_SYMBOLS.search(text)) and any(c.isdigit() for c in text) and mixed(text) and share_of_words(text) < 0.8
