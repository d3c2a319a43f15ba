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


def split(value: str, size: int = 8) -> str:
    """The inside of adjoining string literals that hold a value in short pieces, so that pages made from the examples hold nothing that reads as a secret."""
    return '" "'.join(value[at : at + size] for at in range(0, len(value), size))


def private_key() -> str:
    """The inside of adjoining string literals that join to a text in the form of a private key."""
    dashes = "-" * 5
    lines = "\\n".join(split(machine_made(64, line), 32) for line in range(3))
    return f'{dashes}" "BEGIN PRIVATE KEY" "{dashes}\\n{lines}\\n{dashes}" "END PRIVATE KEY" "{dashes}\\n'
