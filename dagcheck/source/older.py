"""What a syntax error most likely means: Python 2, a newer Python than ours, or a mistake."""

from __future__ import annotations

import sys

from dagcheck.patterns import late

_BREAK = late(r"\r\n|\r|\n")
_LONGEST = 10_000

_PYTHON_2 = (
    ("print statement", late(r"""^\s*print\s+(["'\w%]|>>)""")),
    ("exec statement", late(r"""^\s*exec\s+["'\w]""")),
    ("`except X, e`", late(r"^\s*except\s+[\w.]+\s*,\s*[a-z_]\w*\s*:")),
    ("`except X, e`", late(r"^\s*except\s*\(.*\)\s*,\s*[a-z_]\w*\s*:")),
    ("`raise X, message`", late(r"^\s*raise\s+[\w.]+\s*,")),
    ("backticks", late(r"`[^`]+`")),
    ("`<>`", late(r"\S\s*<>\s*\S")),
    ("octal number", late(r"(?<![\w.])0[0-7]+(?![\w.])")),
    ("long number", late(r"(?<![\w.])\d+[lL]\b")),
    ("`ur` string", late(r"""\b[uU][rR]["']""")),
)
"""Constructs that Python 2 had and Python 3 refuses (docs.python.org, "What's New In Python 3.0")."""

_NEWER = (
    ("3.15", late(r"^\s*lazy\s+(import|from)\s")),
    ("3.14", late(r"""(?<!\w)([tT][rR]?|[rR][tT])["']""")),
    ("3.14", late(r"^\s*except\s+[\w.]+(\s*,\s*[\w.]+)+\s*:")),
    ("3.12", late(r"^\s*type\s+\w+(\s*\[.*\])?\s*=")),
    ("3.12", late(r"^\s*((async\s+)?def|class)\s+\w+\s*\[")),
    ("3.12", late(r"""(?<!\w)([fF][rR]?|[rR][fF])["']""")),
)
"""Constructs by the first Python that reads them (PEPs 810, 750, 758, 695, 701)."""


def explain(text: str, error: SyntaxError) -> str:
    """A sentence on a syntax error: Python's own message, and the Python version that the file seems to be written for."""
    lines = _BREAK.split(text)
    line = lines[error.lineno - 1][:_LONGEST] if error.lineno and error.lineno <= len(lines) else ""
    message = (error.msg or "invalid syntax").strip()
    for what, pattern in _PYTHON_2:
        if pattern.search(line):
            return f"does not parse: it seems to be written for Python 2 ({what})"
    for version, pattern in _NEWER:
        if pattern.search(line) and _version(version) > sys.version_info[:2]:
            return f"does not parse with Python {_running()}: it seems to be written for Python {version} or newer ({message})"
    return f"does not parse: {message}"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _running() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"
