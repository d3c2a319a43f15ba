"""A graph as a self-contained SVG picture, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dagcheck.drawing.layout import NODE_HEIGHT, Layout, Place, lay_out
from dagcheck.drawing.picture import Box, Edge, Node, Picture

HEAD = 34.0
STYLE = """
svg { background: #fff; font: 13px system-ui, sans-serif; }
.title { font-size: 16px; font-weight: 600; fill: #1b1f24; } .note { fill: #8a5a00; }
.box { fill: #f4f6f8; stroke: #c3cad2; } .box-label { fill: #57606a; font-size: 12px; font-weight: 600; }
.node rect { fill: #fff; stroke: #57606a; } .node text { fill: #1b1f24; } .node .detail { fill: #57606a; font-size: 10.5px; }
.sensor rect { stroke: #8250df; } .mapped rect { stroke: #0969da; stroke-width: 2.5; } .setup rect, .teardown rect { stroke: #1a7f37; stroke-dasharray: 5 3; }
.missing rect { stroke: #cf222e; stroke-dasharray: 3 3; } .asset rect { stroke: #bc4c00; rx: 18; }
.edge { fill: none; stroke: #6e7781; } .edge-label { fill: #57606a; font-size: 10.5px; } marker path { fill: #6e7781; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; } .title, .node text { fill: #e6edf3; } .box { fill: #161b22; stroke: #3d444d; } .node rect { fill: #0d1117; stroke: #9198a1; }
.box-label, .node .detail, .edge-label { fill: #9198a1; } .note { fill: #d29922; } }
"""


def draw_svg(pictures: list[Picture]) -> Iterator[str]:
    """The pictures one below the other."""
    layouts = [lay_out(picture) for picture in pictures]
    width = max([layout.width for layout in layouts] + [8.5 * len(picture.title) + 40 for picture in pictures], default=100.0)
    height = sum(layout.height + HEAD for layout in layouts)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
    yield f"<style>{STYLE}</style>"
    yield '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
    top = 0.0
    for picture, layout in zip(pictures, layouts, strict=True):
        yield f'<g transform="translate(0 {top:.1f})">'
        yield f'<text class="title" x="16" y="24">{escape(picture.title)}</text>'
        if picture.note:
            yield f'<text class="note" x="{16 + 9.5 * len(picture.title):.0f}" y="24">{escape(picture.note)}</text>'
        yield f'<g transform="translate(0 {HEAD:.0f})">'
        yield from _drawn(picture, layout)
        yield "</g></g>"
        top += layout.height + HEAD
    yield "</svg>"


def _drawn(picture: Picture, layout: Layout) -> Iterator[str]:
    for box in _outer_first(picture):
        yield from _box(box, layout.boxes[box.id])
    for edge in picture.edges:
        if edge.upstream in layout.nodes and edge.downstream in layout.nodes:
            yield from _edge(edge, layout.nodes[edge.upstream], layout.nodes[edge.downstream])
    for node in picture.nodes:
        yield from _node(node, layout.nodes[node.id])


def _outer_first(picture: Picture) -> list[Box]:
    parents = {box.id: box.parent for box in picture.boxes}

    def depth(name: str | None) -> int:
        return 0 if name is None else 1 + depth(parents.get(name))

    return sorted(picture.boxes, key=lambda box: depth(box.id))


def _box(box: Box, place: Place) -> Iterator[str]:
    yield f'<rect class="box" x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" rx="8"/>'
    yield f'<text class="box-label" x="{place.x + 10:.1f}" y="{place.y + 16:.1f}">{escape(box.label)}</text>'


def _node(node: Node, place: Place) -> Iterator[str]:
    middle = place.x + place.width / 2
    yield f'<g class="node {node.kind}"><title>{escape(node.id)}</title>'
    yield f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{NODE_HEIGHT:.0f}" rx="6"/>'
    shift = 16 if node.detail else 23
    yield f'<text x="{middle:.1f}" y="{place.y + shift:.1f}" text-anchor="middle">{escape(_cut(node.label))}</text>'
    if node.detail:
        yield f'<text class="detail" x="{middle:.1f}" y="{place.y + 30:.1f}" text-anchor="middle">{escape(_cut(node.detail))}</text>'
    yield "</g>"


def _cut(text: str) -> str:
    return text if len(text) <= 42 else f"{text[:41]}…"


def _edge(edge: Edge, start: Place, end: Place) -> Iterator[str]:
    x1, y1 = start.x + start.width, start.y + start.height / 2
    x2, y2 = end.x - 2, end.y + end.height / 2
    bend = max(24.0, abs(x2 - x1) / 2)
    yield f'<path class="edge" marker-end="url(#tip)" d="M{x1:.1f} {y1:.1f} C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"/>'
    if edge.label:
        yield f'<text class="edge-label" x="{(x1 + x2) / 2:.1f}" y="{(y1 + y2) / 2 - 4:.1f}" text-anchor="middle">{escape(edge.label)}</text>'
