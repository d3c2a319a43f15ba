import re
from collections.abc import Iterable

from dagcheck.model.dag import Effect, File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

_SCAN = re.compile(r"\bos\.walk\(|\bwalk\(|\.rglob\(|\*\*")


class SlowParsing(Rule):
    """Waiting, scanning or reading much when the file is parsed

    Whatever a file does at its top level is done at each parse, every half minute or so, and before each task. Sleeping, walking through folder trees and reading
    data files there makes the scheduler late for all DAGs. Small configuration files are fine.
    """

    meta = Meta(code="DAG604", name="slow-parsing", severity="warning", since="0.1.0")
    options = (Option("max-file-size", 1_000_000, "the size in bytes of a file that may be read at parse time"),)
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
                return [path.name for path in Path(__file__).parent.rglob("*.csv")]  # DAG604

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
        if _SCAN.search(context.text(effect.span).partition("\n")[0]):
            return "A folder tree is walked"
        try:
            size = len(context.sources.read_bytes(context.sources.base / effect.name))
        except (OutsideRoots, SourceError, OSError, ValueError):
            return None
        return f"A file of {size:,} bytes is read" if size > self.option("max-file-size") else None
