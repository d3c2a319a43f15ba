import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.project import OutsideRoots, ProjectFiles
from dagcheck.source.text import SourceError

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_AIRFLOW = frozenset({"apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk"})
"""A lock file without one of these is of something else than what runs the DAGs."""
_NAME = re.compile(r'^name = "([^"]+)"', re.MULTILINE)
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
    and loads none of the file's DAGs. A third-party module counts where the project has a lock file (uv, Poetry, PDM) with Airflow in it that lacks the module.
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
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for the import that the evaluation saw fail, and one for each that the lock file lacks."""
        if not context.is_dag_file:
            return
        for error in file.errors:
            if error.kind == "import":
                span = Span(file.path, error.line, error.column, error.line, error.column)
                yield Finding(f"{error.message.rstrip('.')}. None of its DAGs appears.", span, subject="import")
        locked = _locked(context.sources) if file.dags else None
        for statement, module in _third_party(context) if locked else ():
            if locked is not None and not _distributions(module) & locked:
                message = f"{module} is neither in the project nor in its lock file: where Airflow runs, the import fails."
                yield Finding(message, context.span(statement), subject=module)


@lru_cache(maxsize=4)
def _locked(sources: ProjectFiles) -> frozenset[str] | None:
    """The distributions of the project's lock file, by normalised name; None where there is none."""
    for folder in (sources.base, *sources.roots):
        for name in _LOCKS:
            try:
                text = sources.read_bytes(folder / name).decode("utf-8", "replace")
            except (OutsideRoots, SourceError):
                continue
            found = frozenset(_normal(name) for name in _NAME.findall(text))
            if found & _AIRFLOW:
                return found
    return None


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
    plain = _normal(module)
    return {
        plain,
        _normal(_OTHER_NAMES.get(module, module)),
        f"python-{plain}",
        f"py{plain}",
        f"{plain}-python",
        f"{plain}-sdk",
        f"apache-{plain}",
        f"{plain}-client",
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
