"""Graphs as text, Mermaid, DOT, SVG and JSON."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest

import dagcheck
from dagcheck.commands.graph import pictures, render
from dagcheck.drawing.layout import Place, lay_out
from dagcheck.drawing.picture import Box, Edge, Node, Picture

SOURCE = """
from airflow.sdk import DAG, Asset, TaskGroup
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

with DAG("sales", schedule="@daily"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="raw")
    with TaskGroup("load"):
        with TaskGroup("inner"):
            first = EmptyOperator(task_id="end", outlets=[Asset("s3://b/x")])
        second = EmptyOperator(task_id="graph")
        first >> second
    wait >> first
    second >> TriggerDagRunOperator(task_id="kick", trigger_dag_id="report")

with DAG("report", schedule=[Asset("s3://b/x")]):
    EmptyOperator(task_id="only")
"""


def test_text_lists_tasks_in_an_order_in_which_they_can_run() -> None:
    sales = render(pictures(dagcheck.show(source=SOURCE))[:1], "text").splitlines()
    assert [line.split()[0] for line in sales if line.startswith("  ") and "→" not in line] == [
        "wait",
        "load.inner.end",
        "load.graph",
        "kick",
    ]
    assert "    → load.graph" in sales


def test_the_graph_across_shows_waits_triggers_assets_and_dags_that_are_not_there() -> None:
    (picture,) = pictures(dagcheck.show(source=SOURCE), across=True)
    assert {(edge.upstream, edge.downstream, edge.label) for edge in picture.edges} == {
        ("raw", "sales", "waits"),
        ("sales", "report", "triggers"),
        ("sales", "asset s3://b/x", "writes"),
        ("asset s3://b/x", "report", "starts"),
    }
    assert {node.id: node.kind for node in picture.nodes} == {"sales": "dag", "report": "dag", "raw": "missing", "asset s3://b/x": "asset"}


@pytest.mark.parametrize("name", ["end", "graph", "subgraph", 'say "hi"', "a#b", "<b>", "x`y", "back\\slash", "ümläut", "a\nb"])
def test_no_name_can_break_out_of_a_language(name: str) -> None:
    picture = Picture(name, (Node("a", name, "task", name), Node("b", "b", "sensor")), (Box("g", name),), (Edge("a", "b", name),))
    mermaid = render([picture], "mermaid")
    assert all(line.count('"') % 2 == 0 for line in mermaid.splitlines())
    assert not re.search(r"^\s*(end|graph)\b(?!$)", mermaid, re.MULTILINE)
    bare = re.sub(r'"[^"]*"', "S", mermaid)
    assert bare.count("subgraph") == bare.splitlines().count("  end") == 1
    dot = re.sub(r'"(?:[^"\\]|\\.)*"', "S", render([picture], "dot"))
    assert dot.count("{") == dot.count("}")
    assert '"' not in dot
    ElementTree.fromstring(render([picture], "svg"))


def test_a_cycle_a_lone_task_and_an_edge_to_itself_can_be_drawn() -> None:
    nodes = tuple(Node(name, name, "task") for name in "abcd")
    picture = Picture("c", nodes, (), (Edge("a", "b"), Edge("b", "c"), Edge("c", "a"), Edge("d", "d")))
    for form in ("text", "mermaid", "dot", "svg", "json"):
        assert render([picture], form)
    assert set(lay_out(picture).nodes) == set("abcd")


def overlap(one: Place, other: Place) -> bool:
    return one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.y + other.height and other.y < one.y + one.height


@pytest.mark.parametrize("seed", range(6))
def test_nothing_overlaps_in_a_layout_of_200_tasks(seed: int) -> None:
    groups = [f"g{i}" for i in range(8)]
    boxes = tuple(Box(name, name, groups[i // 3 - 1] if i >= 3 else None) for i, name in enumerate(groups))
    nodes = tuple(Node(f"t{i}", f"task_{i}", "task", "EmptyOperator", groups[i % 11] if i % 11 < 8 else None) for i in range(200))
    edges = tuple(Edge(f"t{i}", f"t{(i * (3 + seed)) % 200}") for i in range(0, 200, 2) if i < (i * (3 + seed)) % 200)
    layout = lay_out(Picture("big", nodes, boxes, edges))
    assert not [pair for pair in itertools.combinations(layout.nodes.values(), 2) if overlap(*pair)]
    siblings = [[layout.boxes[box.id] for box in boxes if box.parent == parent] for parent in {box.parent for box in boxes}]
    assert not [pair for group in siblings for pair in itertools.combinations(group, 2) if overlap(*pair)]
    for node in nodes:
        if node.box is not None:
            inner, outer = layout.nodes[node.id], layout.boxes[node.box]
            assert outer.x <= inner.x
            assert inner.x + inner.width <= outer.x + outer.width
            assert outer.y <= inner.y
            assert inner.y + inner.height <= outer.y + outer.height
