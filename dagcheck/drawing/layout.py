"""Where things stand in a drawing: each box is laid out by itself, then takes part as one large node in the box around it.

The layered layout of one level is grandalf's (Sugiyama's method).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dagcheck.drawing.picture import Edge, Node, Picture

CHAR = 7.2
NODE_HEIGHT = 38.0
PADDING = 16.0
TITLE = 20.0
GAP_X = 56.0
GAP_Y = 20.0


@dataclass(slots=True)
class Place:
    """A rectangle, in pixels from the upper left corner of the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Layout:
    """The place of every node and box by id, and the size of the whole."""

    nodes: dict[str, Place] = field(default_factory=dict)
    boxes: dict[str, Place] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


def lay_out(picture: Picture) -> Layout:
    """A layered layout from left to right in which no two boxes overlap unless one holds the other."""
    layout = Layout()
    place = _lay_level(picture, None, layout)
    layout.width, layout.height = place.width, place.height
    return layout


def node_width(node: Node) -> float:
    """How wide a node must be for its texts."""
    return max(70.0, CHAR * max(len(_short(node.label)), 0.82 * len(_short(node.detail))) + 2 * 12)


def _short(text: str) -> str:
    return text if len(text) <= 42 else f"{text[:41]}…"


def _lay_level(picture: Picture, box: str | None, layout: Layout) -> Place:
    """Lay out what stands directly in a box; gives the size, with everything placed relative to the box's own corner."""
    sizes: dict[str, tuple[float, float]] = {}
    members: dict[str, str] = {}
    for node in picture.nodes:
        if node.box == box:
            sizes[f"n:{node.id}"] = (node_width(node), NODE_HEIGHT)
            members[f"n:{node.id}"] = node.id
    for inner in picture.boxes:
        if inner.parent == box:
            size = _lay_level(picture, inner.id, layout)
            sizes[f"b:{inner.id}"] = (max(size.width, CHAR * len(inner.label) + 2 * PADDING), size.height + TITLE)
            members[f"b:{inner.id}"] = inner.id
    corners = _corners(sizes, _projected(picture, box, sizes))
    width = max((corners[name][0] + size[0] for name, size in sizes.items()), default=60.0) + PADDING
    height = max((corners[name][1] + size[1] for name, size in sizes.items()), default=NODE_HEIGHT) + PADDING
    for name, (x, y) in corners.items():
        if name.startswith("n:"):
            layout.nodes[members[name]] = Place(x, y, *sizes[name])
        else:
            layout.boxes[members[name]] = Place(x, y, *sizes[name])
            _shift(picture, members[name], layout, x, y + TITLE)
    return Place(0, 0, width, height)


def _shift(picture: Picture, box: str, layout: Layout, dx: float, dy: float) -> None:
    """Move all that stands in a box, at any depth."""
    for node in picture.nodes:
        if node.box == box:
            layout.nodes[node.id].x += dx
            layout.nodes[node.id].y += dy
    for inner in picture.boxes:
        if inner.parent == box:
            layout.boxes[inner.id].x += dx
            layout.boxes[inner.id].y += dy
            _shift(picture, inner.id, layout, dx, dy)


def _projected(picture: Picture, box: str | None, sizes: dict[str, tuple[float, float]]) -> set[tuple[str, str]]:
    """The edges between the members of one level; an edge into an inner box counts for the box."""
    parents = {inner.id: inner.parent for inner in picture.boxes}
    home = {node.id: node.box for node in picture.nodes}

    def member(name: str) -> str | None:
        if home.get(name) == box and name in home:
            return f"n:{name}"
        current = home.get(name)
        while current is not None and parents.get(current) != box:
            current = parents.get(current)
        return f"b:{current}" if current is not None else None

    found = {(member(edge.upstream), member(edge.downstream)) for edge in picture.edges if isinstance(edge, Edge)}
    return {(a, b) for a, b in found if a is not None and b is not None and a != b and a in sizes and b in sizes}


def _corners(sizes: dict[str, tuple[float, float]], edges: set[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """The upper left corner of each member; parts that are not tied to each other stand one below the other."""
    from grandalf.graphs import Edge as Tie
    from grandalf.graphs import Graph, Vertex
    from grandalf.layouts import SugiyamaLayout

    vertices = {name: Vertex(name) for name in sizes}
    for name, vertex in vertices.items():
        vertex.view = _View(sizes[name][1], sizes[name][0])
    graph = Graph(list(vertices.values()), [Tie(vertices[a], vertices[b]) for a, b in sorted(edges)])
    corners: dict[str, tuple[float, float]] = {}
    top = PADDING
    for core in graph.C:
        sugiyama = SugiyamaLayout(core)
        sugiyama.xspace, sugiyama.yspace = GAP_Y, GAP_X
        sugiyama.init_all()
        sugiyama.draw(3)
        members = [(vertex.data, vertex.view) for vertex in core.sV]
        low_x = min(view.xy[1] - sizes[name][0] / 2 for name, view in members)
        low_y = min(view.xy[0] - sizes[name][1] / 2 for name, view in members)
        for name, view in members:
            corners[name] = (view.xy[1] - sizes[name][0] / 2 - low_x + PADDING, view.xy[0] - sizes[name][1] / 2 - low_y + top)
        top = max(corners[name][1] + sizes[name][1] for name, _ in members) + GAP_Y
    return corners


class _View:
    """What grandalf wants to know of a node: its size across (`w`) and along (`h`) the layers; it sets `xy`, the centre."""

    def __init__(self, across: float, along: float) -> None:
        self.w = across
        self.h = along
        self.xy = (0.0, 0.0)
