"""Cycles in graphs of tasks or DAGs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import networkx as nx

_STARTS = 50

Node = TypeVar("Node", bound=Hashable)


def left_in_cycles(edges: Iterable[tuple[Node, Node]]) -> set[Node]:
    """The nodes that lie on a cycle or between two cycles; empty exactly when the graph has none. Linear in the number of edges."""
    below: dict[Node, set[Node]] = {}
    above: dict[Node, set[Node]] = {}
    for upstream, downstream in edges:
        below.setdefault(upstream, set()).add(downstream)
        above.setdefault(downstream, set()).add(upstream)
    left = below.keys() & above.keys()
    left = _peel(set(left), below, above)
    return _peel(left, above, below)


def _peel(left: set[Node], below: dict[Node, set[Node]], above: dict[Node, set[Node]]) -> set[Node]:
    """What stays when nodes without a node above them are taken away again and again."""
    count = {node: len(above[node] & left) for node in left}
    free = [node for node, number in count.items() if not number]
    while free:
        node = free.pop()
        left.discard(node)
        for downstream in below[node] & left:
            count[downstream] -= 1
            if not count[downstream]:
                free.append(downstream)
    return left


def find_cycles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """One shortest cycle of each knot of cycles, as the nodes in order from the smallest, without the closing repeat; sorted.

    In a knot of more than 50 nodes it is the shortest through one of the first 50.
    Edges from a node to itself are left out. networkx is loaded only where there is a cycle.
    """
    proper = [(upstream, downstream) for upstream, downstream in edges if upstream != downstream]
    left = left_in_cycles(proper)
    if not left:
        return []
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(sorted((a, b) for a, b in proper if a in left and b in left))
    knots = [graph.subgraph(nodes) for nodes in nx.strongly_connected_components(graph) if len(nodes) > 1]
    return sorted(_from_smallest(_shortest(knot)) for knot in knots)


def _shortest(knot: nx.DiGraph[str]) -> list[str]:
    import networkx as nx

    best: list[str] = []
    for node in sorted(knot)[:_STARTS]:
        for downstream in sorted(knot[node]):
            path = nx.shortest_path(knot, downstream, node)
            if not best or len(path) < len(best):
                best = list(path)
        if len(best) == 2:
            break
    return best


def _from_smallest(cycle: list[str]) -> list[str]:
    start = cycle.index(min(cycle))
    return cycle[start:] + cycle[:start]
