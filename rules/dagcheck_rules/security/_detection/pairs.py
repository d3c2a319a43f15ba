"""`name = value` inside texts: DSNs, dotenv, ini, YAML, JSON, shell assignments, Java options, commented-out code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.categories import categories
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import Kind, Reading, reading
from dagcheck_rules.security._detection.uris import in_queries
from dagcheck_rules.security._detection.values import GAP, blank, is_secret, made_by_machine, reference, unmistakable

_NAME = late(
    r"(?<![\w.\-])(?P<name>-{0,2}[A-Za-z_][\w.\-]{1,90})(?P<close>\\?[\"'])?\]?[ \t]{0,8}(?P<sep>=>|:=|==?|:(?![:/=]))[ \t]{0,8}(?P<open>(?:[rbufNE]{0,2})\\?[\"'])?"
)
_BARE_END = late(r"[\s\"'`;,)\]}<>|\\]|&&|$")
_CALL = late(r"[A-Za-z_][\w.]{0,100}\(")
"""What a call without arguments leaves before its closing parenthesis."""
_PARAMETER = late(r"&[\w.\-]{1,40}=")
_DSN = late(
    r"(?i)(?:^|[;\s?&])(?:host|hostname|server|user|username|uid|user id|dbname|database|driver|data source|port|accountname|endpoint|accountendpoint|initial catalog)\s{0,2}="
)
_QUOTED_END = {
    '"': late(r'(?:[^"\\\n]|\\.){0,600}'),
    "'": late(r"(?:[^'\\\n]|\\.){0,600}"),
    '\\"': late(r'(?:[^"\\\n]){0,600}'),
    "\\'": late(r"(?:[^'\\\n]){0,600}"),
}


class Pair(NamedTuple):
    """A name and its value in a text; `quoted` values are exact, others end at the first separator; `line` says that the pair is a whole line."""

    name: str
    value: str
    start: int
    end: int
    quoted: bool
    separator: str
    line: bool


def pairs(text: str) -> Iterator[Pair]:
    """The pairs whose name announces a secret."""
    for found in _NAME.finditer(text):
        name = found.group("name").lstrip("-")
        if not reading(name).secret or (found.group("sep") == ":" and text[found.start() - 1 : found.start()] == "/"):
            continue
        quote = (found.group("open") or "").lstrip("rbufNE")
        start = found.end()
        if quote:
            value = _QUOTED_END[quote].match(text, start)
            end = value.end() if value else start
        else:
            stop = _BARE_END.search(text, start, start + 602)
            end = stop.start() if stop else start + 602
            parameter = _PARAMETER.search(text, start, end)
            end = parameter.start() if parameter else end
        if 0 < end - start <= 600:
            yield Pair(
                name, text[start:end].rstrip("\\"), start, end, bool(quote), found.group("sep"), _whole_line(text, found.start(), end)
            )


_NETRC = late(r"\b(?:machine\s{1,8}\S{1,200}|default)\s{1,8}login\s{1,8}\S{1,100}\s{1,8}password\s{1,8}(?P<value>[^\s\"']{4,200})")
_PGPASS = late(r"(?<![\w.:/])(?:[\w.\-]{2,80}|\*):(?:\d{2,5}|\*):(?:[\w\-]{1,60}|\*):(?:[\w.\-]{1,60}|\*):(?P<value>[^\s\"':]{6,100})")


def in_login_files(text: str) -> Iterator[Match]:
    """Passwords in the lines of a `.netrc` or `.pgpass`."""
    for pattern, sign, least in ((_NETRC, "login", 1), (_PGPASS, ":", 4)):
        for found in pattern.finditer(text) if text.count(sign) >= least else ():
            if is_secret(found.group("value"), Reading(Kind.PASSWORD)):
                yield Match(found.start("value"), found.end("value"), "a password in a login file", "DAG404", name="password")


_NAMED_VALUE = late(
    r"(?i)(?:[\"']?\b(?:name|key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<name>[\w.\-]{2,80})[\"']?[,;]?\s{1,24}[\"']?\bvalue[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<value>[^\s\"',}<]{4,400})"
    r"|<name>(?P<tag>[\w.\-]{2,80})</name>\s{0,40}<value>(?P<inner>[^<]{4,400})</value>)"
)


def in_named_values(text: str) -> Iterator[Match]:
    """Secrets in pairs of a name and a value, as Kubernetes' YAML and Hadoop's XML write them."""
    if "value" not in text.lower():
        return
    for found in _NAMED_VALUE.finditer(text):
        name, part = (found.group("name"), "value") if found.group("name") else (found.group("tag"), "inner")
        meant = reading(name)
        if meant.secret and is_secret(found.group(part), meant):
            yield Match(found.start(part), found.end(part), meant.kind.value, name=name)


def _whole_line(text: str, start: int, end: int) -> bool:
    begin = text.rfind("\n", max(0, start - 80), start) + 1
    before = text[max(begin, start - 80) : start].strip(" \t\"'-")
    behind = text[end : end + 2].lstrip("\"' \t\\;")
    return before in ("", "export", "set", "ENV", "#", "ARG") and (not behind or behind[0] in "\r\n")


def in_pairs(text: str, *, prose: bool, program: bool) -> Iterator[Match]:
    """Secrets in pairs. `prose`: people read the text, so only values that can be nothing else count; `program`: a shell runs it, so `NAME=value` is an assignment."""
    if "=" not in text and ":" not in text:
        return
    found = list(pairs(text))
    if not found:
        return
    lenient = not prose and (program or bool(_DSN.search(text)))
    several = text.count("\n") >= 1
    for pair in found:
        meant = reading(pair.name)
        if _holds_secret(pair, meant, prose, lenient, several) and not (pair.value.isascii() and _is_category(pair, text)):
            yield Match(pair.start, pair.end, meant.kind.value, name=pair.name)


def _holds_secret(pair: Pair, meant: Reading, prose: bool, lenient: bool, several: bool) -> bool:
    value = pair.value
    if blank(value) or GAP in value or "{" in value or (not pair.quoted and _CALL.fullmatch(value)):
        return False
    if prose or pair.separator == "==":
        return _unmistakable(value, meant)
    if pair.quoted:
        return is_secret(value, meant)
    if pair.separator in (":", "=>"):
        return is_secret(value, meant) if pair.line and several else _unmistakable(value, meant)
    if lenient or pair.line:
        return is_secret(value, meant)
    return is_secret(value, Reading(meant.kind)) if meant.kind is Kind.PASSWORD else _unmistakable(value, meant)


def _is_category(pair: Pair, text: str) -> bool:
    """Whether the text gives the pair's value to names of all kinds."""
    if text.count(pair.value) < 4:
        return False
    same = re.finditer(
        rf"(?<![\w.\-])([A-Za-z_][\w.\-]{{1,90}})\\?[\"']?[ \t]{{0,8}}[=:]>?[ \t]{{0,8}}\\?[\"']?{re.escape(pair.value)}(?!\w)", text
    )
    return pair.value in categories((found.group(1), pair.value) for found in same)


def _unmistakable(value: str, meant: Reading) -> bool:
    plain = unmistakable(value) or (meant.firm and made_by_machine(value))
    return plain and not reference(value) and is_secret(value, meant)


_SENTENCE = late(
    r"(?i)\b(?P<name>password|passwort|kennwort|pwd?|token|secret|api[ _-]?key) (?:is|was|ist) [`'\"]?(?P<value>[^\s`'\",;]{8,200})"
)


def in_sentences(text: str) -> Iterator[Match]:
    """Secrets that a sentence tells: `the password is …`."""
    for found in _SENTENCE.finditer(text):
        value, meant = found.group("value").rstrip(".)!?"), reading(found.group("name"))
        if not blank(value) and _unmistakable(value, meant._replace(firm=True)):
            yield Match(found.start("value"), found.start("value") + len(value), meant.kind.value, name=found.group("name"))


def in_assignments(text: str, *, prose: bool, program: bool) -> Iterator[Match]:
    """Secrets in the pairs of a text and in the queries of its URLs."""
    yield from in_pairs(text, prose=prose, program=program)
    yield from in_queries(text)
    yield from in_login_files(text)
    if " is " in text or " was " in text or " ist " in text:
        yield from in_sentences(text)
    if not prose:
        yield from in_named_values(text)
