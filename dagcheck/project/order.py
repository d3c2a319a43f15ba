"""Cycles in graphs of tasks or DAGs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

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
    return _peel(_peel(left, below, above), above, below) if left else left


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
    Edges from a node to itself are left out.
    """
    proper = [edge for edge in edges if edge[0] != edge[1]]
    left = left_in_cycles(proper)
    if not left:
        return []
    below: dict[str, list[str]] = {node: [] for node in sorted(left)}
    above: dict[str, list[str]] = {node: [] for node in below}
    for upstream, downstream in sorted(set(proper)):
        if upstream in left and downstream in left:
            below[upstream].append(downstream)
            above[downstream].append(upstream)
    return sorted(_from_smallest(_shortest(knot, below)) for knot in knots(below, above) if len(knot) > 1)


def knots(below: Mapping[str, Iterable[str]], above: Mapping[str, Iterable[str]]) -> Iterator[set[str]]:
    """The strongly connected components, each after all that come before it (Kosaraju's algorithm, linear).

    networkx has them too, but takes longer to load than most runs to finish.
    """
    taken: set[str] = set()
    for last in reversed(_by_end(below)):
        if last in taken:
            continue
        knot, waiting = {last}, [last]
        while waiting:
            for upstream in above[waiting.pop()]:
                if upstream not in taken and upstream not in knot:
                    knot.add(upstream)
                    waiting.append(upstream)
        taken |= knot
        yield knot


def _by_end(below: Mapping[str, Iterable[str]]) -> list[str]:
    """The nodes in the order in which a search in depth leaves them."""
    seen: set[str] = set()
    left: list[str] = []
    for start in below:
        path = [(start, iter(below[start]))] if start not in seen else []
        seen.add(start)
        while path:
            node, rest = path[-1]
            for downstream in rest:
                if downstream not in seen:
                    seen.add(downstream)
                    path.append((downstream, iter(below[downstream])))
                    break
            else:
                left.append(node)
                path.pop()
    return left


def _shortest(knot: set[str], below: dict[str, list[str]]) -> list[str]:
    best: list[str] = []
    for start in sorted(knot)[:_STARTS]:
        found = _back_to(start, knot, below, len(best) - 1 if best else len(knot))
        best = found or best
        if len(best) == 2:
            break
    return best


def _back_to(start: str, knot: set[str], below: dict[str, list[str]], longest: int) -> list[str]:
    """A shortest cycle through a node, from it on; empty where it has more than `longest` nodes."""
    before: dict[str, str] = {}
    layer = [start]
    for _ in range(longest):
        following: list[str] = []
        for node in layer:
            for downstream in below[node]:
                if downstream == start:
                    return _path_to(node, start, before)
                if downstream in knot and downstream not in before:
                    before[downstream] = node
                    following.append(downstream)
        layer = following
    return []


def _path_to(node: str, start: str, before: dict[str, str]) -> list[str]:
    path = [node]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


def _from_smallest(cycle: list[str]) -> list[str]:
    start = cycle.index(min(cycle))
    return cycle[start:] + cycle[:start]
