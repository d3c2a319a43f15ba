import os
import sys
from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_HARMLESS = frozenset({"test", "this", "antigravity", "idlelib", "__main__"})
_OF_AIRFLOW = frozenset(
    {"airflow", "alembic", "attr", "attrs", "cattrs", "click", "croniter", "cryptography", "fastapi", "flask", "httpx", "jinja2",
    "jsonschema", "jwt", "kubernetes", "lazy_object_proxy",
     "markdown", "numpy", "opentelemetry", "packaging", "pandas", "pathspec", "pendulum", "pluggy", "psutil", "pydantic", "pygments",
     "requests", "rich", "setproctitle", "sqlalchemy",
     "structlog", "tabulate", "tenacity", "typing_extensions", "uvicorn", "werkzeug", "yaml"}
)  # fmt: skip
"""Top-level modules of Airflow and of what it needs; from the metadata of apache-airflow-core 3.3, 2026-11-22."""

_ON_THE_PATH = ("dags", "plugins")
"""The folders that Airflow surely puts on the import path; a root of another name may be one for other reasons."""


class ShadowingModule(Rule):
    """File or folder that hides a module of another name's owner

    Airflow puts the DAG folder and `plugins/` on the import path. A file `datetime.py`, or a folder `airflow` with an `__init__.py`, that lies right there is then
    imported in place of the real one, by every DAG and by the libraries. Of two modules of one name in two such folders the first hides the other.
    """

    meta = Meta(code="DAG006", name="shadowing-module", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            REGION = "north"  # DAG006
            """,
            path="dags/calendar.py",
            config=(("dags", ["dags"]),),
        ),
        Bad(
            """
            from airflow.sdk import DAG  # DAG006

            with DAG("sales"):
                pass
            """,
            path="dags/pandas.py",
            config=(("dags", ["dags"]),),
            title="A dependency",
        ),
        Bad(
            """
            def regions():  # DAG006
                return ["north"]
            """,
            path="plugins/shared.py",
            files=(("dags/shared.py", "def regions():\n    return []\n"),),
            config=(("dags", ["dags"]), ("roots", ["dags", "plugins"])),
            title="Hidden by another of its name",
        ),
    )
    good = (
        Good(
            """
            REGION = "north"
            """,
            path="dags/sales/calendar.py",
            config=(("dags", ["dags"]),),
            title="In a package of its own",
        ),
        Good(
            """
            REGION = "north"
            """,
            path="dags/sales_calendar.py",
            config=(("dags", ["dags"]),),
        ),
        Good(
            """
            def regions():
                return ["north"]
            """,
            path="plugins/common/shared.py",
            files=(("dags/shared.py", "REGION = 1\n"),),
            config=(("dags", ["dags"]), ("roots", ["dags", "plugins"])),
            title="The same name in a package",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding, at the first statement, for a module that lies right on the import path under such a name."""
        path = os.path.join(context.sources.base, file.path)
        module = os.path.dirname(path) if os.path.basename(path) == "__init__.py" else os.path.splitext(path)[0]
        folder, name = os.path.split(module)
        roots = [root for root in map(os.fspath, context.sources.roots) if os.path.basename(root) in _ON_THE_PATH]
        if folder not in roots or not context.tree.body:
            return
        span = context.span(context.tree.body[0])
        if (name in sys.stdlib_module_names and name not in _HARMLESS) or name in _OF_AIRFLOW:
            what = (
                "Airflow's own" if name == "airflow" else "of Python's library" if name in sys.stdlib_module_names else "that Airflow needs"
            )
            yield Finding(f"This is imported in place of the module {name} {what}.", span, help="Give it another name.", subject=name)
            return
        found = context.sources.find_module(name) if roots.index(folder) > 0 else None
        if found is not None and os.fspath(found) not in (path, module):
            shown = Span(context.sources.show(found), 1, 1, 1, 1)
            message = f"This module is never imported: {shown.path} has the same name and comes before it."
            yield Finding(message, span, help="Give one of them another name.", subject=name)
