"""Secrets in shell commands: options of known programs, options whose name says so, piped passwords."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import table
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import Kind, Reading, reading
from dagcheck_rules.security._detection.said import may_say
from dagcheck_rules.security._detection.values import GAP, blank, is_secret, random_looking

MOST = 20_000
"""Characters of a command that are looked at."""
_WORD = late(r"(?:\$\([^()\n]{0,400}\)|[^\s\"'\\;|&<>()]++|\"(?:[^\"\\]|\\.){0,4000}\"|'[^']{0,4000}'|\\.|[\"'])+|[;|&\n<>()]+", re.DOTALL)
_LETTERS = late(r"\w+")
_OPTION = late(r"--[A-Za-z][\w.\-]{2,60}|-(?:[a-z]{1,12}-?)?(?:password|passwd|passphrase|token|secret|api-?key)")
_BEGINS = late(
    r"\s{0,40}(?:#!/|(?:export|cd|source|sudo|nohup|python3?|java|bash|sh|docker|kubectl|helm|aws|gcloud|az|psql|mysql|curl|wget|dbt|terraform"
    r"|ansible(?:-playbook)?|spark-submit|npm|pip|git|ssh|scp|rsync|sshpass|airflow|snowsql|bq|gsutil|hive|beeline|sqoop|mongo\w*|redis-cli|\./[\w.\-/]{1,80})\s)"
)
_BARE_NAME = late(r"[a-z_]{5,40}")
_SENT = late(r"\bsend(?:_user)?\s{1,4}(?:--\s{1,3})?\\?[\"'](?P<value>[^\"'\\\n]{4,100})\\{1,2}[rn]\\?[\"']")
_LOGON = late(r"(?im)^\s{0,40}(?:conn(?:ect)?|\.logon)\s{1,4}(?:[\w.]{1,60}/)?[\w]{1,60}[/,](?P<value>[^\s/@;,]{4,100})(?=[@;\s]|$)")
_NAME_AND_VALUE = frozenset(["airflow variables set", "consul kv put"])
_PASSWORD = Reading(Kind.PASSWORD, firm=True)
_PIPED = late(
    r"(?:echo|printf)\s{1,4}(?:-[en]{1,2}\s{1,4})?(?P<quote>[\"']?)(?P<value>[^\"'\n|]{4,200}?)(?P=quote)\s{0,4}\|\s{0,4}(?:sudo\s{1,3}(?:-\w\s{1,3}){0,4}-\w*S|(?:docker|podman|helm|oras|crane|az|gh)\s[^|\n]{0,200}?(?:--password-stdin|--with-token|--passphrase-fd)|kinit|passwd\s|chpasswd|gpg\s[^|\n]{0,200}passphrase-fd|openssl\s[^|\n]{0,200}stdin|cryptsetup)"
)


class Word(NamedTuple):
    """A word of a command, without its quotes, and where its text begins."""

    text: str
    start: int


def begins_a_command(text: str) -> bool:
    """Whether a text begins as a shell command does."""
    return bool(_BEGINS.match(text))


def split(command: str) -> list[list[Word]]:
    """The simple commands of a shell text, each as its words."""
    commands: list[list[Word]] = [[]]
    for found in _WORD.finditer(command[:MOST]):
        raw = found.group()
        if raw[0] in ";|&\n()":
            commands.append([])
        elif raw[0] not in "<>":
            inner = 1 if len(raw) > 1 and raw[0] in "\"'" and raw[-1] == raw[0] else 0
            commands[-1].append(Word(raw[inner : len(raw) - inner], found.start() + inner))
    return [words for words in commands if words]


@functools.cache
def _programs() -> dict[str, dict[str, list[str]]]:
    return {name: entry for entry in table("shell")["programs"].values() for name in entry["names"]}


_OTHERS = (
    *("vault login", "aws configure", "htpasswd", "airflow variables", "airflow connections", "mc alias", "mc config"),
    *("ssh", "expect", "sftp", "ftp", "sudo", "su"),
)
"""Commands that are told by their place, or run others."""


@functools.cache
def known_commands() -> list[str]:
    """The names of the commands whose secrets are known, the longest first."""
    return [*sorted(_programs(), key=len, reverse=True), *_OTHERS]


@functools.cache
def program_names() -> re.Pattern[str]:
    """What finds a known command in a text."""
    return re.compile(rf"(?<![\w\-./])(?:/[\w/]{{1,40}}/)?(?:{'|'.join(re.escape(name) for name in known_commands())})\s")


@functools.cache
def _first_words() -> frozenset[str]:
    """The words that the names of the known commands begin with."""
    return frozenset(found.group().lower() for name in known_commands() if (found := _LETTERS.match(name)))


def names_a_program(text: str) -> bool:
    """Whether a known command may stand in a text."""
    return may_say(text, _first_words()) and bool(program_names().search(text))


def in_commands(text: str, *, program: bool) -> Iterator[Match]:
    """Secrets in the commands of a text. `program` says that it surely is one; else it must name a known program."""
    if len(text) < 6 or not (program or names_a_program(text)):
        return
    for words in split(text):
        yield from _of_command(words)
        for word in words:
            if " " in word.text and len(word.text) < 2000 and names_a_program(word.text):
                yield from (
                    match._replace(start=match.start + word.start, end=match.end + word.start)
                    for inner in split(word.text)
                    for match in _of_command(inner)
                )
    for pattern in (_SENT, _LOGON):
        for found in pattern.finditer(text[:MOST]):
            if is_secret(found.group("value"), Reading(Kind.PASSWORD)):
                yield Match(found.start("value"), found.end("value"), "a password in a script", "DAG404", name="password")
    for found in _PIPED.finditer(text[:MOST]):
        value = found.group("value").strip()
        value = value.partition(":")[2] or value
        if is_secret(value, _PASSWORD):
            yield Match(found.start("value"), found.end("value"), "a password piped into a program", "DAG404", name="stdin")


def _of_command(words: Sequence[Word]) -> Iterator[Match]:
    for place, word in enumerate(words):
        yield from _long_option(word, words[place + 1] if place + 1 < len(words) else None)
    for place, word in enumerate(words):
        entry = _programs().get(word.text.rpartition("/")[2])
        if entry is not None:
            yield from _of_program(word.text.rpartition("/")[2], entry, words[place + 1 :])
            break
    yield from _positional(words)
    for name, value in itertools.pairwise(words):
        if (
            _BARE_NAME.fullmatch(name.text)
            and reading(name.text).firm
            and random_looking(value.text, 16)
            and is_secret(value.text, reading(name.text))
        ):
            yield Match(value.start, value.start + len(value.text), reading(name.text).kind.value, "DAG404", name=name.text)


def _long_option(word: Word, following: Word | None) -> Iterator[Match]:
    """`--db-password value`, whatever the program; `--name=value` is left to the pairs."""
    if following is None or not _OPTION.fullmatch(word.text) or following.text.startswith("-"):
        return
    meant = reading(word.text.lstrip("-"))
    if meant.secret and is_secret(following.text, meant):
        end = following.start + len(following.text)
        yield Match(following.start, end, f"{meant.kind.value} on a command line", "DAG404", name=word.text)


def _of_program(name: str, entry: dict[str, list[str]], words: Sequence[Word]) -> Iterator[Match]:
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else None
        if following is not None and word.text in entry.get("next", ()) and _secret(following.text.removeprefix("pass:")):
            yield _match(name, following.start, following.text)
        if following is not None and word.text in entry.get("userpass", ()):
            yield from _user_and_password(name, following)
        for option in entry.get("glued", ()):
            if word.text.startswith(option) and len(word.text) > len(option) and not word.text.startswith("--"):
                yield from _glued(name, option, word)
        if name in ("sqlplus", "sqlldr", "expdp", "impdp", "exp", "imp", "sqlcl") and "/" in word.text and "@" in word.text:
            yield from _user_and_password(name, word)


def _secret(value: str) -> bool:
    return not value.startswith("-") and is_secret(value, _PASSWORD) and not value.isdigit()


def _match(program: str, start: int, value: str) -> Match:
    return Match(start, start + len(value), "a password on a command line", "DAG404", name=program)


def _glued(program: str, option: str, word: Word) -> Iterator[Match]:
    value = word.text[len(option) :].strip("\"'")
    if _secret(value) and GAP not in value:
        yield _match(program, word.start + len(option), value)


def _user_and_password(program: str, word: Word) -> Iterator[Match]:
    for separator in (":", ",", "%", "/"):
        user, found, password = word.text.partition(separator)
        if not found:
            continue
        password = password.rpartition("@")[0] if separator == "/" and "@" in password else password
        if _secret(password) and user != password and not blank(password):
            yield _match(program, word.start + len(user) + 1, password)
        return


def _positional(words: Sequence[Word]) -> Iterator[Match]:
    line = " ".join(word.text for word in words[:8])
    for start, place in table("shell")["positional"].items():
        if isinstance(place, int) and place and line.startswith(start):
            given = words[len(start.split()) :]
            at = place if place < 0 else place - 1
            if -len(given) <= at < len(given):
                yield from _named_or_secret(start, given, at)


def _named_or_secret(program: str, given: Sequence[Word], at: int) -> Iterator[Match]:
    meant = reading(given[at - 1].text) if program in _NAME_AND_VALUE else _PASSWORD
    value = given[at].text
    if meant.secret and is_secret(value, meant):
        yield _match(program, given[at].start, value)
