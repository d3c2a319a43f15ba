"""Secrets that are made up when they are needed: of each public format, and of each other form that the secret rules know. No file of the tests holds one."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from re import _constants as opcodes  # type: ignore[attr-defined] # the parser that `re` itself uses; typeshed does not have it
from re import _parser as parser  # type: ignore[attr-defined] # the same
from typing import Any, NamedTuple
from urllib.parse import quote

from dagcheck_rules.security._detection.shapes import formats, stand_in
from dagcheck_rules.security._detection.shapes import tokens as found_tokens

_LETTERS = string.ascii_letters + string.digits
_WORDS = ("Harbor", "Lantern", "Granite", "Willow", "Comet", "Saffron", "Juniper", "Basalt")


class Secret(NamedTuple):
    """`text` stands in a file; `values` are what nobody may see of it."""

    form: str
    text: str
    values: tuple[str, ...]


def of_pattern(pattern: str, chance: random.Random) -> str:
    """A text that the pattern matches, as short as may be."""
    return _drawn(parser.parse(pattern), chance)


def _drawn(parts: Any, chance: random.Random) -> str:
    return "".join(_piece(kind, value, chance) for kind, value in parts)


def _piece(kind: Any, value: Any, chance: random.Random) -> str:
    if kind is opcodes.LITERAL:
        return chr(value)
    if kind is opcodes.NOT_LITERAL:
        return chance.choice([letter for letter in _LETTERS if ord(letter) != value])
    if kind is opcodes.IN:
        return chance.choice([letter for letter in _LETTERS + "+/=-_.~%@" if _is_in(value, letter)])
    if kind is opcodes.SUBPATTERN:
        return _drawn(value[-1], chance)
    if kind is opcodes.BRANCH:
        return _drawn(chance.choice(value[1]), chance)
    if kind in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT):
        return "".join(_drawn(value[2], chance) for _ in range(value[0]))
    if kind is opcodes.CATEGORY:
        return chance.choice(_LETTERS)
    raise NotImplementedError(f"{kind} in the pattern of a public format")


def _is_in(choices: Any, letter: str) -> bool:
    found = False
    for kind, value in choices:
        if kind is opcodes.NEGATE:
            return letter.isalnum()
        if kind is opcodes.LITERAL:
            found = found or letter == chr(value)
        elif kind is opcodes.RANGE:
            found = found or value[0] <= ord(letter) <= value[1]
        elif kind is opcodes.CATEGORY:
            found = found or (letter.isdigit() if value is opcodes.CATEGORY_DIGIT else letter.isalnum() or letter == "_")
    return found


def tokens(chance: random.Random) -> list[Secret]:
    """A credential of each public format, and of each alternative in it."""
    found = []
    for kind in formats():
        inner = kind.pattern.pattern.removeprefix("(?<![A-Za-z0-9])").removesuffix("(?![A-Za-z0-9])")
        for number, branch in enumerate(_alternatives(parser.parse(inner))):
            for _ in range(500):
                text = _drawn(branch, chance)
                match = kind.pattern.fullmatch(text)
                if match and text[-1:].isalnum() and any(found_tokens(text)):
                    found.append(Secret(f"{kind.what} {number}", text, (text[max(kind.shown, len(text) - 16) :],)))
                    break
            else:
                raise AssertionError(f"nothing could be made up for {kind}")
    return found


def _alternatives(parts: Any) -> list[Any]:
    """The parts, once for each alternative where the whole is a choice."""
    listed = list(parts)
    if len(listed) == 1 and listed[0][0] is opcodes.SUBPATTERN:
        return _alternatives(listed[0][1][-1])
    if len(listed) == 1 and listed[0][0] is opcodes.BRANCH:
        return [list(branch) for branch in listed[0][1][1]]
    return [listed]


def password(chance: random.Random) -> str:
    """A password as people make them up: words, digits and signs."""
    return f"{chance.choice(_WORDS)}{chance.choice(_WORDS)}{chance.randint(100, 999)}{chance.choice('!+#')}{''.join(chance.choices(_LETTERS, k=4))}"


def machine_made(chance: random.Random, length: int = 32) -> str:
    """A text without sense."""
    while True:
        text = "".join(chance.choices(_LETTERS, k=length))
        if re.search(r"\d", text) and re.search("[a-z]", text) and re.search("[A-Z]", text) and not stand_in(text):
            return text


def private_key(chance: random.Random) -> Secret:
    """A text in the form of a private key."""
    lines = [machine_made(chance, 64) for _ in range(3)]
    dashes = "-" * 5
    text = f"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n" + "\n".join(lines) + f"\n{dashes}END RSA PRIVATE KEY{dashes}\n"
    return Secret("a private key", text, tuple(lines))


def texts(chance: random.Random) -> list[Secret]:
    """Every form that says by itself that it holds a secret, wherever it stands: tokens, URIs, private keys, pairs, headers, login files, base64."""
    found = [*tokens(chance), private_key(chance)]
    for scheme in ("postgresql", "mysql", "mongodb+srv", "redis", "amqp", "https", "snowflake", "jdbc:postgresql"):
        word = password(chance).replace("#", "+")
        found.append(Secret(f"a {scheme} URI", f"{scheme}://loader:{word}@db.internal:5432/sales", (word,)))
        found.append(
            Secret(f"a quoted {scheme} URI", f"{scheme}://loader:{quote(word + '/', safe='')}@db.internal/sales", (quote(word, safe=""),))
        )
    word, key = password(chance), machine_made(chance)
    found.append(Secret("a pair", f"host=db.internal;user=loader;password={word}", (word,)))
    found.append(Secret("JSON", json.dumps({"host": "db.internal", "password": key}), (key,)))
    secret_key = machine_made(chance, 40)
    found.append(
        Secret("an AWS pair", f"aws_access_key_id=AKIA{machine_made(chance, 16).upper()} aws_secret_access_key={secret_key}", (secret_key,))
    )
    bearer = machine_made(chance, 40)
    found.append(Secret("a header", f"Authorization: Bearer {bearer}", (bearer,)))
    inner = password(chance)
    found.append(Secret("base64", base64.b64encode(f"postgresql://loader:{inner}@db.internal/sales".encode()).decode(), (inner,)))
    return found


def forms(value: str) -> set[str]:
    """A value as outputs might hold it: raw, escaped for Python and for JSON, quoted for URLs and XML, and as base64."""
    plain = value.encode()
    found = {
        value,
        json.dumps(value)[1:-1],
        ascii(value)[1:-1],
        repr(value)[1:-1],
        quote(value, safe=""),
        quote(value),
        value.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#x27;"),
        plain.hex(),
    }
    return found | {base64.b64encode(plain).decode().rstrip("="), base64.urlsafe_b64encode(plain).decode().rstrip("=")}
