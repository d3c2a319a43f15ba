"""Cycles, on graphs made by hand and by chance."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.project.order import find_cycles, left_in_cycles

EDGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=14)


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ([], []),
        ([("a", "b"), ("b", "c"), ("a", "c")], []),
        ([("a", "b"), ("b", "a")], [["a", "b"]]),
        ([("c", "a"), ("a", "b"), ("b", "c"), ("c", "d")], [["a", "b", "c"]]),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")], [["a", "b"]]),
        ([("a", "b"), ("b", "a"), ("x", "y"), ("y", "x"), ("b", "x")], [["a", "b"], ["x", "y"]]),
        ([("a", "a")], []),
    ],
)
def test_each_knot_gives_its_shortest_cycle(edges: list[tuple[str, str]], cycles: list[list[str]]) -> None:
    assert find_cycles(edges) == cycles


@given(EDGES)
def test_there_is_a_cycle_exactly_where_networkx_sees_one(edges: list[tuple[str, str]]) -> None:
    proper = [(a, b) for a, b in edges if a != b]
    found = find_cycles(edges)
    assert bool(found) is not nx.is_directed_acyclic_graph(nx.DiGraph(proper))
    for cycle in found:
        assert all(pair in proper for pair in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        assert len(set(cycle)) == len(cycle)


@given(EDGES)
def test_what_is_left_holds_every_node_of_every_cycle(edges: list[tuple[str, str]]) -> None:
    proper = [(a, b) for a, b in edges if a != b]
    knots = [nodes for nodes in nx.strongly_connected_components(nx.DiGraph(proper)) if len(nodes) > 1]
    assert set().union(*knots) <= left_in_cycles(proper)


def test_a_long_chain_needs_no_deep_recursion() -> None:
    chain = [(str(number), str(number + 1)) for number in range(5_000)]
    assert find_cycles(chain) == []
    assert len(find_cycles([*chain[:300], ("300", "0")])[0]) == 301
