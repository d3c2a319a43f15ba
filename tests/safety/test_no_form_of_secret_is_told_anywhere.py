"""Secrets of every known form, at every place of a project, are in no output, cache, baseline or crash: not as they are, nor escaped, quoted or as base64."""

import base64
import json
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagcheck.engine.redact import careful, in_names
from dagcheck.engine.veil import MASK, Veil
from dagcheck.rule import ProjectContext
from tests.cli.conftest import Folder, folder
from tests.safety.leaky_project import PLACES, write
from tests.safety.made_up import Secret, forms, machine_made, password, texts

__all__ = ["folder"]

AT_EACH_PLACE = 3
COMMANDS = (
    *(("check", "--no-cache", "--jobs", "1", "--format", form) for form in ("full", "json", "sarif")),
    ("check", "--write-baseline", "known.json"),
    ("check",),
    ("show",),
    ("show", "--format", "json"),
    ("show", "--doubts"),
    *(("graph", "--format", form) for form in ("mermaid", "dot", "svg", "text", "json")),
    ("graph", "--across"),
    ("simulate",),
    ("simulate", "--format", "json"),
    ("simulate", "--format", "html"),
    ("config", "--format", "json"),
    ("rules",),
)
"""Every place of a project is in front of each of these. What differs among the other formats is how a finding is laid out."""
ON_FEW = (
    *(("check", "--no-cache", "--jobs", "1", "--format", form) for form in ("concise", "github", "gitlab", "junit", "markdown")),
    ("check", "--diff", "--unsafe-fixes"),
    ("rerun", "--examples", "1", "--seconds", "0.2", "--format", "json"),
    ("rerun", "--examples", "1", "--seconds", "0.2"),
    ("check", "--jobs", "2", "--no-cache"),
    ("check", "--with-project", "--statistics", "--select", "ALL", "--no-cache"),
)
FEW = ("environment", "file_names", "suppressions", "global_names", "statements", "task_ids", "yaml_files", "open_texts", "settings")


def dealt(seed: int, places: tuple[str, ...]) -> dict[str, list[Secret]]:
    """Some secrets for each place, so that every form is dealt out."""
    chance = random.Random(seed)
    given_out: list[Secret] = []
    found = {}
    for place in places:
        while len(given_out) < AT_EACH_PLACE:
            more = texts(chance)
            chance.shuffle(more)
            given_out += more
        found[place], given_out = given_out[:AT_EACH_PLACE], given_out[AT_EACH_PLACE:]
    return found


def leaks(said: str, by_place: dict[str, list[Secret]]) -> list[tuple[str, str]]:
    return [
        (place, secret.form)
        for place, secrets in by_place.items()
        for secret in secrets
        if any(form in said for value in secret.values for form in forms(value))
    ]


def kept(path: Path) -> str:
    """What is in the files that a run leaves behind."""
    files = [path / "known.json", *(path / "cache").rglob("*"), *(path / ".dagcheck").rglob("*")]
    return "\n".join(file.read_bytes().decode("latin-1") for file in files if file.is_file())


def run(folder: Folder, monkeypatch: pytest.MonkeyPatch, by_place: dict[str, list[Secret]], commands: tuple[tuple[str, ...], ...]) -> None:
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder.path / "cache"))
    write(folder.path, by_place)
    told = {}
    for command in commands:
        answer = folder.run(*command)
        assert answer.status in (0, 1, 2)
        assert "Traceback" not in answer.err, answer.err[-3000:]
        assert answer.out or answer.err
        told[command] = leaks(answer.out + answer.err, by_place)
    assert {command: found for command, found in told.items() if found} == {}
    assert leaks(kept(folder.path), by_place) == []


def test_no_command_tells_a_secret_of_any_form_at_any_place(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    by_place = dealt(1, tuple(PLACES))
    assert len({secret.form for secrets in by_place.values() for secret in secrets}) > 80
    run(folder, monkeypatch, by_place, COMMANDS)


def test_no_other_format_tells_a_secret(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, monkeypatch, dealt(2, FEW), ON_FEW)


def test_the_texts_of_a_project_are_looked_for_as_they_stand(tmp_path: Path) -> None:
    """The test above would find what is told: the files themselves hold every secret, but for encodings."""
    by_place = dealt(
        1, tuple(place for place in PLACES if place not in ("raised", "refused", "broken_lines", "open_texts", "file_names", "joined"))
    )
    write(tmp_path, by_place)
    said = "\n".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert {(place, secret.form) for place, secrets in by_place.items() for secret in secrets if secret.form != "base64"} <= set(
        leaks(said, by_place)
    ) | {(place, secret.form) for place, secrets in by_place.items() for secret in secrets if "JSON" in secret.form or "key" in secret.form}


@pytest.mark.parametrize(
    "hook",
    [
        "dagcheck_rules.structure.cyclic_dependency.CyclicDependency.check_dag",
        "dagcheck_rules.identity.duplicate_dag_id.DuplicateDagId.check_project",
        "dagcheck_rules.parsing.unused_suppression.UnusedSuppression.check_suppressions",
    ],
)
def test_a_rule_that_crashes_tells_no_secret_of_any_file(folder: Folder, monkeypatch: pytest.MonkeyPatch, hook: str) -> None:
    by_place = dealt(3, ("yaml_files", "environment", "helpers", "suppressions", "settings", "environment_files"))

    def crash(*_: object) -> list[object]:
        files = sorted((folder.path / "dags").rglob("*"))
        raise LookupError("not known: " + "".join(path.read_text() for path in files) + (folder.path / "dagcheck.toml").read_text())

    monkeypatch.setattr(hook, crash)
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder.path / "cache"))
    write(folder.path, by_place)
    for form in ("full", "sarif"):
        answer = folder.run("check", "--no-cache", "--jobs", "1", "--format", form)
        assert answer.status == 2
        assert "LookupError" in answer.err
        assert leaks(answer.out + answer.err, by_place) == []


@pytest.mark.parametrize("command", ["check", "show", "simulate", "graph", "rerun"])
def test_a_bug_tells_no_secret(folder: Folder, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    chance = random.Random(4)
    secrets = [*texts(chance)[:20], *(Secret("a password", word, (word,)) for word in (password(chance), machine_made(chance)))]

    def crash(*_: object, **__: object) -> None:
        try:
            raise KeyError(secrets[-1].text)
        except KeyError as error:
            raise RuntimeError("; ".join(repr(secret.text) for secret in secrets)) from error

    monkeypatch.setattr("dagcheck.commands.workspace.Workspace.discover", crash)
    answer = folder.run(command)
    assert answer.status == 2
    assert "RuntimeError" in answer.err
    assert "KeyError" in answer.err
    assert leaks(answer.out + answer.err, {"": secrets}) == []


def test_a_wrong_configuration_tells_no_secret(folder: Folder) -> None:
    chance = random.Random(5)
    folder.write("dags/good.py")
    for key in ("airflow", "fail-on", "select", "password"):
        secrets = texts(chance)[::12]
        for secret in secrets:
            folder.write("dagcheck.toml", f"{key} = {json.dumps(secret.text)}\n")
            answer = folder.run("check", "dags", "--no-cache")
            assert answer.status == 2
            assert leaks(answer.out + answer.err, {"": [secret]}) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), before=st.text(max_size=30), behind=st.text(max_size=30))
def test_a_veil_hides_a_secret_in_each_of_its_forms(seed: int, before: str, behind: str) -> None:
    value = random.Random(seed).choice((password, machine_made))(random.Random(seed))
    veil = Veil([value])
    escaped = (value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value), quote(value, safe=""), value.encode().hex())
    for form in escaped:
        assert value not in veil.text(f"{before}{form}{behind}")
        assert MASK in veil.text(f"{before}{form}{behind}")
    wrapped = base64.b64encode(f"{before}{value}{behind}".encode("utf-8", "replace")).decode()
    assert MASK in veil.text(wrapped)
    assert veil.whole({"x": [wrapped, value.encode()]}) == {"x": [MASK, MASK.encode()]}
    assert veil.text(f"{before}{behind}") == f"{before}{behind}" or value in f"{before}{behind}"
    assert veil.id(value) == veil.id(value) != veil.id("load") == "load"


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_what_reads_as_a_secret_is_taken_out_of_any_text(seed: int) -> None:
    for secret in random.Random(seed).sample(texts(random.Random(seed)), 5):
        said = careful(f"ValueError: cannot take {secret.text} as it is")
        assert not any(value in said for value in secret.values), secret
        assert "ValueError: cannot take" in said


@pytest.mark.parametrize(
    "text",
    [
        "The DAG runs at 03:00, catchup is on and 1,204 runs are due.",
        "Task extract_2024_orders_by_region waits for load_sales.insert_into_warehouse (max_active_runs=16).",
        "https://airflow.apache.org/docs/apache-airflow/2.11.0/core-concepts/dags.html",
        "dags/team_a/2024/daily_orders_v2.py:14:5: DAG301",
        "s3://bucket-17/landing/2024-01-01/part-00001-5f2c.snappy.parquet",
        "password is not known until the task runs: Variable warehouse_password_v2",
        "postgresql://warehouse.internal:5432/sales",
    ],
)
def test_usual_texts_stay_as_they_are(text: str) -> None:
    assert careful(text) == text
    assert in_names([text]) == frozenset()


def test_project_rules_see_no_secret(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    by_place = dealt(6, ("environment", "yaml_files", "params", "arguments", "assets"))
    seen: list[str] = []

    def look(_: object, context: ProjectContext) -> list[object]:
        seen.extend(repr(file.model_dump(mode="python")) for file in context.files)
        return []

    monkeypatch.setattr("dagcheck_rules.identity.duplicate_dag_id.DuplicateDagId.check_project", look)
    write(folder.path, by_place)
    folder.run("check", "--no-cache", "--jobs", "1")
    assert len(seen) == 5
    assert leaks("".join(seen), by_place) == []
