"""A graph in plain text: each node with what comes next, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.drawing.picture import Edge, Picture


def draw_words(picture: Picture) -> Iterator[str]:
    """The lines of a picture."""
    yield picture.title + (f"  ({picture.note})" if picture.note else "")
    after: dict[str, list[Edge]] = {}
    for edge in picture.edges:
        after.setdefault(edge.upstream, []).append(edge)
    by_id = {node.id: node for node in picture.nodes}
    for name in in_order(picture):
        node = by_id[name]
        kind = "" if node.kind in ("task", "dag") else f"{node.kind} "
        detail = f"  [{kind}{node.detail}]" if node.detail or kind else ""
        yield f"  {name}{detail}"
        for edge in after.get(name, ()):
            yield f"    → {edge.downstream}" + (f"  ({edge.label})" if edge.label else "")


def in_order(picture: Picture) -> list[str]:
    """The nodes so that each comes after what it waits for, as far as there is no cycle; ties stay as they were given."""
    waiting: dict[str, set[str]] = {node.id: set() for node in picture.nodes}
    below: dict[str, list[str]] = {}
    for edge in picture.edges:
        if edge.upstream in waiting and edge.downstream in waiting and edge.upstream != edge.downstream:
            waiting[edge.downstream].add(edge.upstream)
            below.setdefault(edge.upstream, []).append(edge.downstream)
    ready = [name for name, before in waiting.items() if not before]
    order: list[str] = []
    for name in ready:
        order.append(name)
        for next_name in below.get(name, ()):
            waiting[next_name].discard(name)
            if not waiting[next_name] and next_name not in ready:
                ready.append(next_name)
    return order + [name for name in waiting if name not in set(order)]
