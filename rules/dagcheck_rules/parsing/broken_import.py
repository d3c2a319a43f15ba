import ast
import sys
from collections.abc import Iterable, Iterator

from dagcheck.airflow.facts import is_library
from dagcheck.model.dag import File, FileError
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.project import OutsideRoots
from dagcheck_rules.parsing._imports import imported_files, way
from dagcheck_rules.parsing._requirements import Requirements, normal, requirements_of

_PLACE = late(r"\((.+):(\d+)\)\.?$")
"""Where an error is that was raised in another file."""
_NAMESPACES = frozenset({"google", "azure", "airflow", "zope", "ruamel", "sphinxcontrib", "backports"})
_OTHER_NAMES = {
    "yaml": "pyyaml", "sklearn": "scikit-learn", "cv2": "opencv-python", "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "PIL":
    "pillow", "dotenv": "python-dotenv",
    "jwt": "pyjwt", "git": "gitpython", "MySQLdb": "mysqlclient", "OpenSSL": "pyopenssl", "attr": "attrs", "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "slack_sdk": "slack-sdk", "github": "pygithub", "gitlab": "python-gitlab", "magic": "python-magic", "serial": "pyserial", "Crypto":
    "pycryptodome", "docx": "python-docx",
    "pptx": "python-pptx", "nacl": "pynacl", "ldap": "python-ldap", "telegram": "python-telegram-bot", "kafka": "kafka-python", "fitz":
    "pymupdf", "skimage": "scikit-image",
}  # fmt: skip
"""Import names whose distribution is called otherwise."""


class BrokenImport(Rule):
    """Import of what does not exist

    A module of the project that is not there, a name that its module does not have, a module or name that this Airflow does not have: Airflow shows an import error
    and loads none of the file's DAGs. A third-party module counts where the project has a lock file (uv, Poetry, PDM, Pipenv, pip-compile) with Airflow in it that lacks the
    module; where there is only a list of requirements, it is a warning, and modules that Airflow or its providers bring are left alone.
    """

    meta = Meta(code="DAG005", name="broken-import", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG
            from shared import REGION  # DAG005

            with DAG(f"sales_{REGION}"):
                pass
            """,
            files=(("dags/shared.py", 'REGIONS = ["north"]'),),
        ),
        Bad(
            """
            from airflow.sdk import DAG
            from airflow.operators.subdag import SubDagOperator  # DAG005

            with DAG("sales"):
                pass
            """,
            title="What Airflow 3 no longer has",
        ),
        Bad(
            """
            import requests
            import sklearn
            import unheard_of  # DAG005

            from airflow.sdk import DAG

            with DAG("sales"):
                pass
            """,
            files=(
                (
                    "uv.lock",
                    '[[package]]\nname = "apache-airflow"\n\n[[package]]\nname = "requests"\n\n[[package]]\nname = "scikit-learn"\n',
                ),
            ),
            config=(("roots", [".", "dags"]),),
            title="Not in the lock file",
        ),
        Bad(
            """
            from airflow.sdk import DAG
            from regions import REGIONS  # DAG005

            with DAG("sales", tags=REGIONS):
                pass
            """,
            title="Helpers that import each other",
            files=(
                ("dags/regions.py", "from owners import OWNER\n\nREGIONS = [OWNER]\n"),
                ("dags/owners.py", "from regions import REGIONS\n\nOWNER = REGIONS[0]\n"),
            ),
        ),
        Bad(
            """
            import requests
            import unheard_of  # DAG005

            from airflow.sdk import dag

            @dag
            def sales():
                pass

            sales()
            """,
            title="Not among the requirements, nor brought by Airflow",
            files=(("requirements.txt", "apache-airflow==3.3.2\npandas>=2  # frames\n"),),
            config=(("roots", [".", "dags"]),),
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG
            from shared import REGIONS

            for region in REGIONS:
                with DAG(f"sales_{region}"):
                    pass
            """,
            files=(("dags/shared.py", 'REGIONS = ["north"]'),),
        ),
        Good(
            """
            from airflow.sdk import DAG
            from company.defaults import OWNER

            with DAG("sales", default_args={"owner": OWNER}):
                pass
            """,
            title="A package that is not here, without a lock file",
        ),
        Good(
            """
            try:
                import unheard_of
            except ImportError:
                unheard_of = None

            from airflow.sdk import DAG, task

            with DAG("sales"):

                @task
                def load():
                    import another

                load()
            """,
            files=(("uv.lock", '[[package]]\nname = "apache-airflow"\n\n[[package]]\nname = "requests"\n'),),
            config=(("roots", [".", "dags"]),),
            title="Expected to fail, and inside a task",
        ),
        Good(
            """
            import heard_of
            import numpy
            import requests

            from airflow.sdk import DAG

            with DAG("sales"):
                pass
            """,
            title="Among the requirements, or brought by what is there",
            files=(("requirements.txt", "heard-of==1.0\nscikit-learn[all]>=1 ; python_version > '3.9'\n"),),
            config=(("roots", [".", "dags"]),),
        ),
        Good(
            """
            import unheard_of

            from airflow.sdk import DAG

            with DAG("sales"):
                pass
            """,
            title="Requirements that are partly elsewhere",
            files=(("requirements.txt", "-r ../base.txt\npandas\n"),),
            config=(("roots", [".", "dags"]),),
        ),
        Good(
            """
            import sqlalchemy
            from sqlalchemy import TIMESTAMP

            from airflow.sdk import DAG

            with DAG("sales"):
                pass
            """,
            title="A module of a package that bears the name of a library",
            path="jobs/shop/example.py",
            files=(("jobs/shop/__init__.py", ""), ("jobs/shop/sqlalchemy.py", "ENGINE = None\n")),
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for the import that the evaluation saw fail, and one for each that the lock file lacks."""
        if not context.is_dag_file:
            return
        for error in file.errors:
            if error.kind == "import":
                yield _of_error(error, file, context)
        asked = requirements_of(context.sources) if file.dags else None
        for statement, module in _third_party(context) if asked else ():
            if asked is None or _distributions(module) & asked.names or asked.may_bring(module):
                continue
            if not asked.complete and (is_library(module) or _has_nearer(asked, context)):
                continue
            if asked.complete:
                message = f"{module} is neither in the project nor in its lock file: where Airflow runs, the import fails."
                yield Finding(message, context.span(statement), subject=module)
            else:
                message = f"{module} is neither in the project nor in its {asked.file}: unless something else brings it, the import fails where Airflow runs."
                yield Finding(message, context.span(statement), subject=module, severity="warning")


def _of_error(error: FileError, file: File, context: FileContext) -> Finding:
    """The import that failed, at the statement of this file that leads there, and the circle of imports that it is on."""
    span, message = Span(file.path, error.line, error.column, error.line, error.column), error.message.rstrip(".")
    place = _PLACE.search(error.message)
    here = context.source.absolute if context.source is not None else None
    if place is not None and here is not None:
        there = context.sources.locate(place[1])
        for statement, imported in imported_files(here, context.sources):
            if imported == there or way(imported, there, context.sources) is not None:
                span = context.span(statement)
                break
        circle = way(there, there, context.sources)
        if circle is not None and "cannot import name" in message:
            shown = " → ".join(context.sources.show(path) for path in circle)
            message += f". The files import each other in a circle, {shown}, so what is imported is not there yet"
    return Finding(f"{message}. None of its DAGs appears.", span, subject="import")


def _third_party(context: FileContext) -> Iterator[tuple[ast.stmt, str]]:
    """The imports at the top level of modules that are neither of Python, nor of Airflow, nor of the project."""
    for statement in context.tree.body:
        modules = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            modules = [statement.module]
        for module in modules:
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in _NAMESPACES and not _is_near(top, context):
                yield statement, top


def _has_nearer(asked: Requirements, context: FileContext) -> bool:
    """True if a folder between the requirements and the file asks for something of its own."""
    parents = context.source.absolute.parents if context.source is not None else ()
    between = [folder for folder in parents if asked.folder is not None and folder.is_relative_to(asked.folder) and folder != asked.folder]
    try:
        return any(
            context.sources.kind(folder / name) == "file"
            for folder in between
            for name in ("requirements.txt", "pyproject.toml", "Dockerfile")
        )
    except OutsideRoots:
        return True


def _is_near(module: str, context: FileContext) -> bool:
    """True if the project has the module, or a folder of its name above the file, which a deployment may put on the path."""
    if context.sources.find_module(module) is not None or context.source is None:
        return True
    folders = [folder for folder in context.source.absolute.parents if folder.is_relative_to(context.sources.base)]
    try:
        return any(context.sources.kind(folder / module) == "folder" for folder in folders)
    except OutsideRoots:
        return True


def _distributions(module: str) -> set[str]:
    """The names that the distribution of a module may have."""
    plain = normal(module)
    return {
        plain,
        normal(_OTHER_NAMES.get(module, module)),
        f"python-{plain}",
        f"py{plain}",
        f"{plain}-python",
        f"{plain}-sdk",
        f"apache-{plain}",
        f"{plain}-client",
    }
