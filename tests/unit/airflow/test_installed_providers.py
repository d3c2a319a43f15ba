"""An import in a `try` is settled only where the provider is surely there: in Airflow's own image, imported elsewhere, or the file's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagcheck.airflow.extract import extract
from dagcheck.airflow.facts import in_image, index, load, provider_of_file
from dagcheck.airflow.target import Target
from dagcheck.source.project import ProjectFiles

SOURCE = """
from airflow import DAG
{before}
try:
    from {module} import {name}
except ImportError:
    {name} = None
with DAG("d") as dag:
    if {name} is not None:
        {name}(task_id="t")
"""
S3 = ("airflow.providers.amazon.aws.operators.s3", "S3ListOperator")
YDB = ("airflow.providers.ydb.operators.ydb", "YDBExecuteQueryOperator")


def is_exact(module: str, name: str, version: str = "3.3", before: str = "", path: str = "/p/dags/main.py") -> bool:
    place = Path(path)
    text = SOURCE.format(module=module, name=name, before=before)
    project = ProjectFiles([place.parent], base=place.parent, texts={place: text.encode()})
    (dag,) = extract(project.source(place), project, Target(version)).dags
    return dag.exact and [task.task_id for task in dag.tasks] == ["t"]


@pytest.mark.parametrize(("version", "known"), [("3.3", True), ("2.11", True), ("2.7", False)])
def test_a_provider_of_the_image_is_there_in_the_releases_that_are_known(version: str, known: bool) -> None:
    assert is_exact(*S3, version=version) is known


def test_another_provider_may_be_missing() -> None:
    assert not is_exact(*YDB)
    assert is_exact(*YDB, before="from airflow.providers.ydb.hooks.ydb import YDBHook")
    assert is_exact(*YDB, path="/p/airflow/providers/ydb/example_dags/main.py")
    assert is_exact(*YDB, path="/p/providers/ydb/tests/system/ydb/main.py")


@pytest.mark.parametrize(
    "place",
    [
        ("airflow.providers.amazon.aws.operators.s3", "S3NeverHeardOfOperator"),
        ("airflow.providers.amazon.aws.operators.never_heard_of", "S3ListOperator"),
        ("airflow.providers.amazon.aws.transfers.mongo_to_s3", "MongoToS3Operator"),  # it needs pymongo
    ],
)
def test_a_name_that_is_not_in_the_release_that_is_known_or_needs_more_may_be_missing(place: tuple[str, str]) -> None:
    assert not is_exact(*place)


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("/p/airflow/providers/common/ai/example_dags/x.py", "common.ai"),
        ("/p/tests/system/cncf/kubernetes/x.py", "cncf.kubernetes"),
        ("/p/tests/system/x.py", None),
        ("/p/tests/system/nobody/x.py", None),
        ("/p/dags/x.py", None),
    ],
)
def test_the_provider_of_a_file_is_told_by_its_place(path: str, provider: str | None) -> None:
    assert provider_of_file(Path(path)) == provider


def test_every_provider_of_the_image_has_a_table() -> None:
    assert [name for name in load("image.json")["providers"] if name not in index()["providers"]] == []
    assert in_image("amazon")
    assert not in_image("ydb")
