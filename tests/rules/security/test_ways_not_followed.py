"""Values are followed only where something could come of it: what is found is the same when they are followed everywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagcheck.engine.packs import load_packs
from dagcheck.model.dag import File
from dagcheck.rule import FileContext, Setting
from dagcheck.source.project import ProjectFiles
from dagcheck.source.text import Source, SourceError
from dagcheck_rules.security._flow import evaluation, outputs, shells, statements
from scripts.fixture_outputs import BROKEN

FINDERS: dict[str, Callable[[FileContext], object]] = {
    "evaluation": evaluation.unsafe_calls,
    "outputs": outputs.outputs,
    "shells": shells.injections,
    "statements": statements.injections,
}


def texts() -> Iterator[bytes]:
    for rule in load_packs():
        if rule.meta.code.startswith("DAG4"):
            yield from (example.source.encode() for example in rule.bad)
            yield from (example.source.encode() for example in rule.good)
    yield from (path.read_bytes() for path in sorted(BROKEN.parent.rglob("*.py")))


def contexts() -> Iterator[FileContext]:
    """Each with a source of its own, which remembers nothing of what another one was asked."""
    for number, data in enumerate(texts()):
        path = Path(f"/project/dags/f{number}.py")
        sources = ProjectFiles([path.parent], path.parent, {path: data})
        try:
            sources.source(path)
        except SourceError:
            continue
        yield FileContext(File(path=sources.show(path)), sources, Setting("2.11"))


@pytest.mark.parametrize("name", FINDERS)
def test_what_is_passed_over_holds_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [FINDERS[name](context) for context in contexts()]
    monkeypatch.setattr(Source, "says", lambda self, *words: True)
    monkeypatch.setattr(Source, "mentions", lambda self, *parts: True)
    monkeypatch.setattr(outputs, "may_hold_secrets", lambda source, imports: True)
    monkeypatch.setattr(evaluation, "_may_run_data", lambda call, context: True)
    monkeypatch.setattr(statements, "_is_put_together", lambda given: True)
    assert [FINDERS[name](context) for context in contexts()] == found
    assert any(found)
    assert not all(found)
