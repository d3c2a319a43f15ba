"""Made-up values for the examples of the secret rules: put together when they are used, so that no file of the pack holds anything that reads as a secret."""

from __future__ import annotations

_WORDS = ("harbor", "lantern", "granite", "willow", "comet", "saffron", "juniper", "basalt")
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def password(number: int = 0) -> str:
    """A password as people make them up."""
    return f"{_WORDS[number % len(_WORDS)].title()}{47 + 13 * number}!"


def machine_made(length: int = 32, number: int = 0, letters: str = _LETTERS) -> str:
    """A text without sense, always the same for the same arguments."""
    state, out = 12345 + 7919 * (number + 1), []
    for _ in range(length):
        state = (1103515245 * state + 12345) % 2**31
        out.append(letters[(state >> 16) % len(letters)])
    return "".join(out)


def private_key() -> str:
    """A text in the form of a private key, with line breaks as backslash and `n`."""
    dashes = "-" * 5
    lines = "\\n".join(machine_made(64, line) for line in range(4))
    return f"{dashes}BEGIN PRIVATE KEY{dashes}\\n{lines}\\n{dashes}END PRIVATE KEY{dashes}\\n"
