"""Graphs in the languages of others: Mermaid (as GitHub renders it) and DOT."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.drawing.picture import Box, Node, Picture

MERMAID_SHAPES = {
    "sensor": ("{{", "}}"),
    "mapped": ("[[", "]]"),
    "setup": ("[/", "\\]"),
    "teardown": ("[\\", "/]"),
    "missing": ("([", "])"),
    "asset": ("[(", ")]"),
}
DOT_SHAPES = {
    "sensor": "hexagon",
    "mapped": "box3d",
    "setup": "invtrapezium",
    "teardown": "trapezium",
    "missing": "ellipse",
    "asset": "cylinder",
}


def draw_mermaid(pictures: list[Picture]) -> Iterator[str]:
    """A Mermaid flowchart of all pictures. Node ids are numbered, so that no task id can clash with a word of the language."""
    yield "flowchart LR"
    number = 0
    for place, picture in enumerate(pictures):
        names = {}
        for node in picture.nodes:
            names[node.id] = f"n{number}"
            number += 1
        indent = "  "
        if len(pictures) > 1:
            yield f'  subgraph d{place} ["{_mermaid_text(picture.title)}"]'
            indent = "    "
        yield from _mermaid_level(picture, None, names, indent, f"g{place}_")
        for edge in picture.edges:
            label = f'|"{_mermaid_text(edge.label)}"|' if edge.label else ""
            yield f"{indent}{names[edge.upstream]} -->{label} {names[edge.downstream]}"
        if len(pictures) > 1:
            yield "  end"


def _mermaid_level(picture: Picture, parent: str | None, names: dict[str, str], indent: str, prefix: str) -> Iterator[str]:
    for node in picture.nodes:
        if node.box == parent:
            left, right = MERMAID_SHAPES.get(node.kind, ("[", "]"))
            yield f'{indent}{names[node.id]}{left}"{_mermaid_text(node.label)}"{right}'
    for index, box in enumerate(picture.boxes):
        if box.parent == parent:
            yield f'{indent}subgraph {prefix}{index} ["{_mermaid_text(box.label)}"]'
            yield from _mermaid_level(picture, box.id, names, f"{indent}  ", prefix)
            if not any(node.box == box.id for node in picture.nodes) and not any(inner.parent == box.id for inner in picture.boxes):
                yield f'{indent}  {prefix}{index}_empty[" "]'
            yield f"{indent}end"


def _mermaid_text(text: str) -> str:
    """A text inside double quotes: what Mermaid would read as its own is written as an entity."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;"), ("\n", " "), ("\\", "#92;")):
        text = text.replace(char, entity)
    return text or " "


def draw_dot(pictures: list[Picture]) -> Iterator[str]:
    """A DOT digraph of all pictures, groups as clusters."""
    yield "digraph dags {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    for place, picture in enumerate(pictures):
        indent = "  "
        if len(pictures) > 1:
            yield f"  subgraph cluster_d{place} {{"
            yield f"    label={_quoted(picture.title)};"
            indent = "    "
        yield from _dot_level(picture, None, indent, place)
        for edge in picture.edges:
            label = f" [label={_quoted(edge.label)}]" if edge.label else ""
            yield f"{indent}{_dot_id(edge.upstream, place)} -> {_dot_id(edge.downstream, place)}{label};"
        if len(pictures) > 1:
            yield "  }"
    yield "}"


def _dot_level(picture: Picture, parent: str | None, indent: str, place: int) -> Iterator[str]:
    for node in picture.nodes:
        if node.box == parent:
            yield f"{indent}{_dot_id(node.id, place)} [label={_quoted(_dot_label(node))}{_dot_shape(node)}];"
    for index, box in enumerate(picture.boxes):
        if box.parent == parent:
            yield f"{indent}subgraph cluster_{place}_{index} {{"
            yield f"{indent}  label={_quoted(box.label)};"
            yield from _dot_level(picture, box.id, f"{indent}  ", place)
            yield f"{indent}}}"


def _dot_label(node: Node) -> str:
    return f"{node.label}\n{node.detail}" if node.detail else node.label


def _dot_shape(node: Node) -> str:
    shape = DOT_SHAPES.get(node.kind)
    return f", shape={shape}" if shape else ""


def _dot_id(name: str, place: int) -> str:
    return _quoted(f"{place}:{name}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


__all__ = ["Box", "draw_dot", "draw_mermaid"]
