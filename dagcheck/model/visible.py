"""Texts of others as they can be shown on one line: what a terminal would obey, or what would begin a line of its own, is spelled out."""

from __future__ import annotations

import os


def visible(text: str) -> str:
    """The text with line ends, escapes and other characters that are not printed spelled as in Python."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def visible_path(path: str) -> str:
    """The same of a path: each byte of what is not printed is spelled, so that the path can be told from it."""
    return path if path.isprintable() else "".join(char if char.isprintable() else _bytes_of(char) for char in path)


def hidden_path(shown: str) -> str:
    """The path that `visible_path` made this of; the text itself where no byte is spelled in it."""
    if "\\x" not in shown:
        return shown
    first, *parts = shown.split("\\x")
    raw = os.fsencode(first)
    for part in parts:
        try:
            raw += bytes.fromhex(part[:2]) + os.fsencode(part[2:])
        except ValueError:
            raw += b"\\x" + os.fsencode(part)
    return os.fsdecode(raw)


def _spelled(char: str) -> str:
    return char if char.isprintable() else ascii(char)[1:-1]


def _bytes_of(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(char))
