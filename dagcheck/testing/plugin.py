"""The pytest plug-in: `pytest --dagcheck dags/` makes two tests of each DAG, one for `check` and one for `rerun`; and the `world` fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag
    from dagcheck.testing.world import World


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plug-in."""
    group = parser.getgroup("dagcheck", "Airflow DAGs")
    group.addoption(
        "--dagcheck",
        action="append",
        default=[],
        metavar="PATH",
        help="make tests of the DAGs in this file or folder: one for check, one for rerun",
    )
    group.addoption(
        "--dagcheck-execute",
        action="store_true",
        help="let rerun play Python tasks too, which runs the code of the DAG files in child processes",
    )
    group.addoption("--dagcheck-examples", type=int, default=100, metavar="N", help="histories to draw for a DAG; default: 100")
    group.addoption("--dagcheck-seed", type=int, default=0, metavar="N", help="seed of rows and histories; default: 0")


def pytest_collection(session: pytest.Session) -> None:
    """Take the paths of `--dagcheck` for collection, too."""
    for path in session.config.getoption("--dagcheck"):
        if path not in session.config.args:
            if session.config.args_source is not pytest.Config.ArgsSource.ARGS:
                session.config.args.clear()
                session.config.args_source = pytest.Config.ArgsSource.ARGS
            session.config.args.append(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A Python file below a path of `--dagcheck` is a file of DAGs."""
    return DagFile.from_parent(parent, path=file_path) if _is_wanted(file_path, parent.config) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    """Such a file is never imported, as pytest would do with a Python file that is named to it."""
    return Nothing.from_parent(parent, path=module_path) if _is_wanted(module_path, parent.config) else None


def _is_wanted(path: Path, config: pytest.Config) -> bool:
    wanted = [(config.invocation_params.dir / name).resolve() for name in config.getoption("--dagcheck")]
    return path.suffix == ".py" and any(path.is_relative_to(folder) for folder in wanted)


class Nothing(pytest.File):
    """A file without tests."""

    def collect(self) -> Iterator[pytest.Item]:
        return iter(())


class DagFile(pytest.File):
    """A file of DAGs."""

    def collect(self) -> Iterator[pytest.Item]:
        import dagcheck

        for file in dagcheck.show([self.path]).files:
            for dag in file.dags:
                yield CheckItem.from_parent(self, name=f"{dag.dag_id}::check", dag=dag)
                yield RerunItem.from_parent(self, name=f"{dag.dag_id}::rerun", dag=dag)


class _Item(pytest.Item):
    """A test of one DAG."""

    def __init__(self, *, dag: Dag, **more: Any) -> None:
        super().__init__(**more)
        self.dag = dag

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.dag.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, not our stack."""
        return str(excinfo.value) if isinstance(excinfo.value, AssertionError) else super().repr_failure(excinfo, style)


class FoundError(AssertionError):
    """`check` has findings."""


class CheckItem(_Item):
    """`dagcheck check` finds nothing in the DAG."""

    def runtest(self) -> None:
        import dagcheck

        findings = [
            finding for finding in dagcheck.check([self.path]).findings if finding.dag_id == self.dag.dag_id and finding.severity != "info"
        ]
        if findings:
            raise FoundError("\n".join(f"{finding.path}:{finding.line}: {finding.code} {finding.message}" for finding in findings))


class RerunItem(_Item):
    """`dagcheck rerun` finds no history that corrupts; a DAG of which nothing can be played is skipped."""

    def runtest(self) -> None:
        from dagcheck.testing.rerunning import rerun

        option = self.config.getoption
        report = rerun(
            self.path,
            dag_id=self.dag.dag_id,
            examples=option("--dagcheck-examples"),
            seed=option("--dagcheck-seed"),
            execute=option("--dagcheck-execute"),
        )
        verdict = report.dags[0]
        if verdict.verdict == "not played":
            pytest.skip(f"not played: {verdict.reason}")


@pytest.fixture
def world() -> Iterator[World]:
    """An empty `dagcheck.testing.world.World`: add the parts that your code changes."""
    from dagcheck.testing.world import World

    made = World()
    yield made
    made.close()
