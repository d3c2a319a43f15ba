"""The nodes of a tree, in order and by kind."""

import ast

import pytest

from dagcheck.source.nodes import below, children, every, texts_of, walk

TEXT = """
import os as system, json
from airflow.models import DAG as Dag
from . import near

class Load(Base, flag=True):
    async def run(self, *rows, **more):
        return [row for row in rows if row > 1]

def build(x: int = 1, /, *, y=None, z):
    global COUNT
    try:
        with open("a" "b") as file:
            f = lambda n: f"{n!r:>{x}}-{y}"
    except (OSError, ValueError) as error:
        raise
    match x:
        case {"k": [1, *rest], **others} | Point(a=b"bytes"):
            del f, rest
    return {**others, "say": -x ** 2, None: not y}
"""
_LEFT_OUT = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def test_nodes_come_in_the_order_of_pythons_own_walk_without_contexts_and_operators() -> None:
    tree = ast.parse(TEXT)
    assert walk(tree) == [node for node in ast.walk(tree) if not isinstance(node, _LEFT_OUT)]
    assert below(tree) == walk(tree)[1:]
    for node in walk(tree):
        assert children(node) == [child for child in ast.iter_child_nodes(node) if not isinstance(child, _LEFT_OUT)]


@pytest.mark.parametrize(
    "kinds",
    [
        (ast.Name,),
        (ast.FunctionDef, ast.AsyncFunctionDef),
        (ast.Import, ast.ImportFrom),
        (ast.Constant, ast.Call, ast.Module),
        (ast.While,),
    ],
)
def test_nodes_of_some_kinds_come_in_the_same_order(kinds: tuple[type[ast.AST], ...]) -> None:
    tree = ast.parse(TEXT)
    for root in (tree, *tree.body):
        assert every(root, *kinds) == [node for node in walk(root) if type(node) in kinds]


def test_what_a_tree_says_are_its_names_and_the_texts_of_its_strings() -> None:
    said = texts_of(ast.parse(TEXT))
    assert {
        "system",
        "os",
        "json",
        "airflow.models",
        "DAG",
        "Dag",
        "near",
        "Load",
        "Base",
        "flag",
        "run",
        "rows",
        "more",
        "ab",
        "say",
    } < said
    assert {"build", "x", "y", "z", "-", ">", "bytes", "k"} < said
    assert not said & {"a", "b", "error", "class", "COUNT"}
