"""Texts made from others by chance: bytes, characters, tokens, lines and syntax trees, and two texts spliced."""

from __future__ import annotations

import ast
import copy
import io
import random
import tokenize
import warnings
from collections.abc import Callable, Sequence

from tests.fuzz.corpus import PIECES

Mutation = Callable[[random.Random, str, Sequence[str]], str]


def mutate(chance: random.Random, text: str, others: Sequence[str], rounds: int = 4) -> str:
    """The text after one to `rounds` mutations; `others` are what it may be spliced with."""
    for _ in range(chance.randint(1, rounds)):
        text = chance.choice(MUTATIONS)(chance, text, others)
    return text[:200_000]


def drop_piece(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """Characters taken out."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + text[start + chance.randint(1, 20) :]


def repeat_piece(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """A part said again, often."""
    start = chance.randrange(len(text) + 1)
    piece = text[start : start + chance.randint(1, 30)]
    return text[:start] + piece * chance.choice([2, 3, 40, 300]) + text[start:]


def put_piece(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """Something that tempts, put in anywhere."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice(PIECES) + text[start:]


def change_character(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """One character made another."""
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice("\"'()[]{}:,.=#\\\n\t\r\0%@*-+<>|&^~0a_é𝄞\u200b\ufeff") + text[start + 1 :]


def shuffle_lines(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """Lines dropped, doubled, exchanged or indented."""
    lines = text.splitlines(keepends=True) or [""]
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[first]
        case 1:
            lines.insert(second, lines[first])
        case 2:
            lines[first], lines[second] = lines[second], lines[first]
        case 3:
            lines[first] = "    " + lines[first]
        case _:
            lines[first] = lines[first].lstrip()
    return "".join(lines)


def splice(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """The head of one and the tail of another, cut at lines."""
    one, two = text.splitlines(keepends=True), chance.choice(others).splitlines(keepends=True)
    return "".join(one[: chance.randrange(len(one) + 1)] + two[chance.randrange(len(two) + 1) :])


def change_line_ends(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """Other line ends, on some or all lines."""
    end = chance.choice(["\r\n", "\r", "\n\n", "\\\n", "\x0c\n"])
    return "".join(line.rstrip("\n") + (end if chance.random() < 0.5 else "\n") for line in text.splitlines(keepends=True))


def exchange_tokens(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """A token put in the place of another one, of this file or of another."""
    here, there = _tokens(text), _tokens(chance.choice([text, *others[:50]]))
    if not here or not there:
        return text
    line, start, end = chance.choice(here)[:3]
    lines = text.splitlines(keepends=True)
    if line > len(lines):
        return text
    lines[line - 1] = lines[line - 1][:start] + chance.choice(there)[3] + lines[line - 1][end:]
    return "".join(lines)


def _tokens(text: str) -> list[tuple[int, int, int, str]]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string.strip() and token.start[0] == token.end[0]:
                found.append((token.start[0], token.start[1], token.end[1], token.string))
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def change_tree(chance: random.Random, text: str, others: Sequence[str]) -> str:
    """A valid file whose expressions, arguments and statements were exchanged with those of another, or nested in themselves."""
    trees = [tree for tree in (_tree(text), _tree(chance.choice(others))) if tree is not None]
    if not trees:
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _changed(chance, trees)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return text


def _changed(chance: random.Random, trees: Sequence[ast.Module]) -> str:
    nodes = [node for item in trees for node in ast.walk(item)]
    expressions = [copy.deepcopy(node) for node in nodes if isinstance(node, ast.expr) and chance.random() < 0.2]
    statements = [copy.deepcopy(node) for node in nodes if isinstance(node, ast.stmt) and chance.random() < 0.2]
    for _ in range(chance.randint(1, 4)):
        _exchange(chance, trees[0], expressions, statements)
    return ast.unparse(ast.fix_missing_locations(trees[0]))


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _exchange(chance: random.Random, tree: ast.Module, expressions: list[ast.expr], statements: list[ast.stmt]) -> None:
    nodes = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Assign | ast.Dict | ast.List | ast.keyword | ast.For | ast.If)
    ]
    bodies = [node.body for node in ast.walk(tree) if isinstance(getattr(node, "body", None), list)]
    if bodies and statements and chance.random() < 0.4:
        body = chance.choice(bodies)
        body.insert(chance.randrange(len(body) + 1), copy.deepcopy(chance.choice(statements)))
        return
    if not nodes or not expressions:
        return
    node, value = chance.choice(nodes), copy.deepcopy(chance.choice(expressions))
    if isinstance(node, ast.Call) and chance.random() < 0.5:
        name = chance.choice(["dag", "task_id", "schedule", "start_date", "sql", "bash_command", "default_args", "env", "retries", None])
        node.keywords.append(ast.keyword(name, value))
    elif isinstance(node, ast.Call | ast.List):
        items = node.args if isinstance(node, ast.Call) else node.elts
        items.insert(chance.randrange(len(items) + 1), value)
    elif isinstance(node, ast.Dict):
        node.keys.append(value)
        node.values.append(copy.deepcopy(chance.choice(expressions)))
    elif isinstance(node, ast.For):
        node.iter = value
    elif isinstance(node, ast.If):
        node.test = value
    else:
        node.value = value


MUTATIONS: tuple[Mutation, ...] = (
    drop_piece,
    repeat_piece,
    put_piece,
    change_character,
    shuffle_lines,
    splice,
    change_line_ends,
    exchange_tokens,
    exchange_tokens,
    change_tree,
    change_tree,
    change_tree,
    change_tree,
)
"""All mutations; those that keep more files valid are there more often."""
