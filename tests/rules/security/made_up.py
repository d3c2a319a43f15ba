"""Values in the forms of secrets, made at random when a test runs, and the labelled snippets that they are put into."""

from __future__ import annotations

import base64
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).parent
WORDS = [
    "summit",
    "timber",
    "marlin",
    "granite",
    "canyon",
    "heron",
    "copper",
    "willow",
    "falcon",
    "ember",
    "zephyr",
    "badger",
    "maple",
    "harbor",
    "saffron",
    "otter",
    "pebble",
    "raven",
]
_BASE62 = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase
_HEX = "0123456789abcdef"
_TURNS = str.maketrans({"a": "bcdfghjkmnpqrstvwxz ", "A": "BCDFGHJKLMNPQRSTVWXZ ", "d": "23456789 "})
_SLOT = re.compile(r"<(\w+)>")


def _pick(rng: random.Random, letters: str, length: int) -> str:
    return "".join(rng.choice(letters) for _ in range(length))


def random_text(rng: random.Random) -> str:
    """Letters and digits without sense, as a password generator makes them, safe in URIs and shells."""
    return rng.choice("abcdefghjk") + _pick(rng, _BASE62, rng.randint(10, 18)) + rng.choice("23456789") + rng.choice("QWRTZ")


def ten(rng: random.Random) -> str:
    """Ten letters and digits without sense, in which capitals, small letters and digits take turns."""
    return "".join(_pick(rng, letters, 1) for letters in rng.choice(["aAdaAdaAda", "dAadaAdAad", "AdadAaAdAa"]).translate(_TURNS).split())


def human(rng: random.Random) -> str:
    """A password as people make them up."""
    one, two = rng.sample(WORDS, 2)
    year, small = rng.randint(1990, 2026), rng.randint(10, 99)
    forms = [
        f"{one.title()}{year}!",
        f"{one}{two}",
        f"{one}{small}",
        f"{one}_{two}{small}",
        f"P@ss{one}{small}",
        f"{one}DB@{year}",
        f"{one}-{two}-{one[::-1][:3]}{small}",
        f"{one[:3].upper()}{year}{one[3:]}#",
    ]
    return rng.choice([*forms, random_text(rng), random_text(rng) + "%"])


def strong(rng: random.Random) -> str:
    """A password that nobody takes for a word."""
    return random_text(rng) if rng.random() < 0.5 else f"{rng.choice(WORDS).title()}{rng.randint(100, 9999)}#x"


def basic(rng: random.Random) -> str:
    """User and password as basic authentication has them."""
    return base64.b64encode(f"etl:{random_text(rng)}".encode()).decode()


def pem(rng: random.Random) -> str:
    """A text in the form of a private key."""
    dashes, lines = "-" * 5, "\n".join(_pick(rng, _BASE62 + "+/", 64) for _ in range(5))
    return f"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{lines}\n{dashes}END RSA PRIVATE KEY{dashes}"


FORMS: dict[str, Callable[[random.Random], str]] = {
    "pw": human,
    "rnd": random_text,
    "ten": ten,
    "strong": strong,
    "tok": lambda rng: rng.choice([_pick(rng, _BASE62, rng.choice([24, 32, 40])), _pick(rng, _BASE62 + "-_", 43), _pick(rng, _HEX, 40)]),
    "b62": lambda rng: _pick(rng, _BASE62, 40),
    "hex": lambda rng: _pick(rng, _HEX, 32),
    "b64": lambda rng: base64.b64encode(rng.randbytes(64)).decode(),
    "b64pw": lambda rng: base64.b64encode(human(rng).encode()).decode(),
    "basic": basic,
    "aws": lambda rng: _pick(rng, _BASE62 + "/+", 40),
    "awsurl": lambda rng: quote(_pick(rng, _BASE62 + "/+", 40), safe=""),
    "akia": lambda rng: "AK" + "IA" + _pick(rng, _UPPER + "234567", 16),
    "fernet": lambda rng: base64.urlsafe_b64encode(rng.randbytes(32)).decode(),
    "hvs": lambda rng: "hv" + "s." + _pick(rng, _BASE62, 60),
    "ghp": lambda rng: "gh" + "p_" + _pick(rng, _BASE62, 36),
    "xoxb": lambda rng: "xo" + f"xb-{rng.randint(10**11, 10**12)}-{rng.randint(10**12, 10**13)}-" + _pick(rng, _BASE62, 24),
    "slackhook": lambda rng: (
        f"https://hooks.slack.com/services/T{_pick(rng, _UPPER, 8)}/B{_pick(rng, _UPPER, 8)}/{_pick(rng, _BASE62, 24)}"
    ),
    "telegram": lambda rng: f"{rng.randint(10**9, 10**10 - 1)}:A" + "A" + _pick(rng, _BASE62 + "-_", 33),
    "azure": lambda rng: base64.b64encode(rng.randbytes(64)).decode(),
    "pub": lambda rng: "pk_" + "live_" + _pick(rng, _BASE62, 24),
    "slacktok": lambda rng: f"T{_pick(rng, _UPPER, 8)}/B{_pick(rng, _UPPER, 8)}/{_pick(rng, _BASE62, 24)}",
    "openai": lambda rng: "sk" + "-proj-" + _pick(rng, _BASE62, 48),
    "aiza": lambda rng: "AI" + "za" + _pick(rng, _BASE62, 35),
    "stripe": lambda rng: "sk_" + "live_" + _pick(rng, _BASE62, 24),
    "pem": pem,
    "pemb64": lambda rng: base64.b64encode(pem(rng).encode()).decode(),
    "ghp1": lambda rng: "gh" + "p_" + _pick(rng, _BASE62, 10),
    "ghp2": lambda rng: _pick(rng, _BASE62, 26),
    "akiatail": lambda rng: _pick(rng, _UPPER + "234567", 16),
    "hexpw": lambda rng: human(rng).encode().hex(),
    "jwt": lambda rng: "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "J" + _pick(rng, _BASE62, 40) + "." + _pick(rng, _BASE62, 43),
    "hex64": lambda rng: _pick(rng, _HEX, 64),
    "discord": lambda rng: "https://discord.com/api/web" + f"hooks/{_pick(rng, '123456789', 18)}/{_pick(rng, _BASE62, 68)}",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "sig": lambda rng: quote(base64.b64encode(rng.randbytes(32)).decode(), safe=""),
    "maskedhook": lambda rng: "https://hooks.sl" + "ack.com/services/T00000000/B00000000/" + "X" * 24,
    "maskedkey": lambda rng: "AK" + "IA" + "X" * 16,
    "maskedgoogle": lambda rng: "AI" + "zaSy" + "X" * 33,
    "maskedsk": lambda rng: "sk" + "-" + "x" * 40,
}


@dataclass(frozen=True)
class Snippet:
    """Source, the lines that hold secrets, and the secrets."""

    source: str
    lines: tuple[int, ...]
    values: tuple[str, ...]


def snippets(name: str, seed: int) -> Iterator[Snippet]:
    """The snippets of a file, with values put in."""
    rng = random.Random(seed)
    for raw in (FOLDER / name).read_text(encoding="utf-8").split("\n---\n"):
        yield _filled(raw.rstrip("\n"), rng)


def _filled(raw: str, rng: random.Random) -> Snippet:
    lines, values = [], []

    def put(found: re.Match[str]) -> str:
        if found.group(1) not in FORMS:
            return found.group()
        values.append(FORMS[found.group(1)](rng))
        lines.append(raw.count("\n", 0, found.start()) + 1)
        return values[-1]

    source = _SLOT.sub(put, raw)
    return Snippet(source + "\n", tuple(dict.fromkeys(lines)), tuple(values))
