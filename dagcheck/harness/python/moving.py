"""Whether a function may see the clock, chance, or the number of its try: judged by words in its source and in what it uses of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

WORDS = re.compile(
    r"\b(now|today|utcnow|time|clock|monotonic|uuid\w*|random\w*|secrets|urandom|token_\w+|shuffle|choice|choices|sample|randint|getpid|tempfile|mkstemp|"
    r"NamedTemporaryFile|TemporaryDirectory|try_number|days_ago|start_date|prev_\w+_success)\b"
)
"""Words that speak of clock, chance or tries. A word too many only costs time."""


@cache
def _tree(path: Path) -> tuple[ast.Module | None, tuple[str, ...]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        return ast.parse(text), tuple(text.splitlines())
    except (OSError, SyntaxError, ValueError):
        return None, ()


def moves(path: Path, line: int, end_line: int, roots: Sequence[Path]) -> tuple[bool, bool]:
    """Whether the function at these lines may see clock or chance, and whether reading its file may."""
    tree, lines = _tree(path)
    if tree is None:
        return True, True
    named = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    loose = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
    ]
    reading = _speaks("\n".join(_text(node, lines) for node in loose if not _is_dag(node))) or _project_speaks(tree, path, roots)
    texts, wanted, seen = ["\n".join(lines[line - 1 : end_line])], [], set[str]()
    wanted = re.findall(r"\w+", texts[0])
    while wanted:
        name = wanted.pop()
        if name in named and name not in seen:
            seen.add(name)
            texts.append(_text(named[name], lines))
            wanted += re.findall(r"\w+", texts[-1])
    return reading or _speaks("\n".join(texts)), reading


def _is_dag(node: ast.stmt) -> bool:
    """Whether a statement only makes a DAG: `with DAG(…)`, whose own words are no matter of its tasks' functions."""
    return isinstance(node, ast.With)


def _speaks(text: str) -> bool:
    return WORDS.search(re.sub(r"#.*", "", text)) is not None


def _text(node: ast.stmt, lines: Sequence[str]) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _project_speaks(tree: ast.Module, path: Path, roots: Sequence[Path]) -> bool:
    """Whether a module of the project that the file imports speaks of clock or chance."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    for name in names:
        for root in (path.parent, *roots):
            place = root.joinpath(*name.split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file() and _speaks(file.read_text(encoding="utf-8", errors="replace")):
                    return True
    return False
