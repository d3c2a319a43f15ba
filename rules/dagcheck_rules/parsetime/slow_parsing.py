from collections.abc import Iterable
from pathlib import Path

from dagcheck.model.dag import Effect, File
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

_SCAN = late(r"\bos\.walk\(|\bwalk\(|\.rglob\(|\*\*")


class SlowParsing(Rule):
    """Waiting, scanning or reading much when the file is parsed

    Whatever a file does at its top level is done at each parse, every half minute or so, and before each task. Sleeping, walking through folder trees and reading
    data files there makes the scheduler late for all DAGs. Small configuration files are fine.
    """

    meta = Meta(code="DAG604", name="slow-parsing", severity="warning", since="0.1.0")
    options = (
        Option("max-file-size", 1_000_000, "the size in bytes of a file that may be read at parse time"),
        Option("max-files", 300, "the number of files in a folder or folder tree of the project that may be listed at parse time"),
    )
    bad = (
        Bad(
            """
            import time

            from airflow.sdk import DAG

            time.sleep(5)  # DAG604

            with DAG("sales"):
                pass
            """
        ),
        Bad(
            """
            import pandas as pd

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            regions = pd.read_csv("/data/regions.csv")  # DAG604

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="A data frame",
        ),
        Bad(
            """
            from pathlib import Path

            from airflow.sdk import dag, task

            def files():
                return [path.name for path in Path("/data/sales").rglob("*.csv")]  # DAG604

            @dag
            def sales():
                @task
                def load(name):
                    pass

                for name in files():
                    load(name)

            sales()
            """,
            title="A folder tree, in a function that builds the DAG",
        ),
        Bad(
            """
            from pathlib import Path

            from airflow.sdk import DAG

            for path in Path(__file__).parent.rglob("*.sql"):  # DAG604
                with DAG(f"run_{path.stem}"):
                    pass
            """,
            title="A tree of many files, with a limit that is set low",
            files=tuple((f"dags/sql/q{number}.sql", "SELECT 1") for number in range(12)),
            config=(("rule", {"slow-parsing": {"max-files": 10}}),),
        ),
    )
    good = (
        Good(
            """
            import time

            import pandas as pd

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    time.sleep(5)
                    pd.read_csv("/data/regions.csv")

                load()

            sales()
            """
        ),
        Good(
            """
            from pathlib import Path

            import yaml

            from airflow.sdk import DAG

            CONFIG = yaml.safe_load((Path(__file__).parent / "regions.yaml").read_text())

            for region in CONFIG["regions"]:
                with DAG(f"sales_{region}"):
                    pass
            """,
            files=(("dags/regions.yaml", "regions: [north, south]"),),
            title="A small configuration file",
        ),
        Good(
            """
            import os
            from pathlib import Path

            from airflow.sdk import DAG

            FOLDER = Path(__file__).parent
            NAMES = sorted(os.listdir(FOLDER))

            with DAG("sales", tags=["walk(", "**"]):
                pass
            """,
            title="One folder",
        ),
        Good(
            """
            from pathlib import Path

            import yaml

            from airflow.sdk import DAG

            for path in sorted(Path(__file__).parent.rglob("*.yaml")):
                with DAG(yaml.safe_load(path.read_text())["name"]):
                    pass
            """,
            title="A factory that reads its few files",
            files=(("dags/config/north.yaml", "name: north"), ("dags/config/south.yaml", "name: south")),
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such place."""
        for effect in file.effects if file.dags else ():
            problem = self._problem(effect, context)
            if problem:
                yield Finding(f"{problem} each time the file is parsed.", effect.span, help="Move it into a task.", subject=effect.kind)

    def _problem(self, effect: Effect, context: FileContext) -> str | None:
        if effect.kind == "sleep":
            return "This waits"
        if effect.kind != "file-read":
            return None
        if effect.name.startswith(("pandas.", "polars.", "openpyxl.")):
            return "A data file is read"
        scans = _SCAN.search(context.text(effect.span).partition("\n")[0]) is not None
        try:
            kind = context.sources.kind(context.sources.base / effect.name)
        except (OutsideRoots, ValueError):
            return "A folder tree outside of the project is walked" if scans and effect.name.startswith("/") else None
        if kind == "folder":
            many = _entries(context.sources.base / effect.name, context, self.option("max-files"), deep=scans)
            return f"A folder{' tree' if scans else ''} with more than {self.option('max-files'):,} files is listed" if many else None
        size = _size(context.sources.base / effect.name, context) if kind == "file" else 0
        return f"A file of {size:,} bytes is read" if size > self.option("max-file-size") else None


def _entries(folder: Path, context: FileContext, limit: int, *, deep: bool) -> bool:
    """True if a folder, or with `deep` the tree below it, holds more than so many entries."""
    waiting, count = [folder], 0
    while waiting and count <= limit:
        try:
            found = context.sources.list_folder(waiting.pop())
        except (OutsideRoots, OSError):
            continue
        count += len(found)
        waiting += [entry for entry in found if deep and not entry.is_symlink() and _kind(entry, context) == "folder"]
    return count > limit


def _kind(path: Path, context: FileContext) -> str:
    try:
        return context.sources.kind(path)
    except OutsideRoots:
        return "none"


def _size(path: Path, context: FileContext) -> int:
    """The bytes of a file of the project; 0 where it can't be told."""
    try:
        return len(context.sources.read_bytes(path))
    except (OutsideRoots, SourceError, OSError, ValueError):
        return path.stat().st_size if path.is_file() else 0
