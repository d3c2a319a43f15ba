"""A project in which whatever is run, imported, unpickled or opened by mistake leaves a mark, or would."""

from __future__ import annotations

import os
import pickle
import subprocess
from dataclasses import dataclass
from pathlib import Path

SHADOWS = (
    "json", "yaml", "ruff", "sqlglot", "jinja2", "croniter", "libcst", "networkx", "pydantic", "pendulum", "duckdb", "hypothesis", "rich", "zoneinfo", "tomllib",
    "difflib", "textwrap", "signal", "struct", "queue", "multiprocessing", "concurrent", "airflow", "dagcheck_rules", "conftest", "sitecustomize", "usercustomize",
)  # fmt: skip
"""Modules that lie beside the DAGs under the names of ours, of libraries and of the standard library."""

_DAG = """\
import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

{before}

with DAG("{name}", schedule="@daily", start_date=datetime.datetime(2024, 1, 1), catchup=False, default_args={{"retries": 1}}) as dag:
    SQLExecuteQueryOperator(task_id="load", conn_id="postgres", sql={sql!r})
    PythonOperator(task_id="run", python_callable=lambda: mark("task"))

{after}
"""

_PROGRAMS = {
    "writes": "open({mark!r} + '/writes', 'w').write('x')\nimport os\nos.makedirs({mark!r} + '/made')\nos.remove(__file__)",
    "executes": "exec(\"open({mark!r} + '/exec', 'w')\")\neval(\"open({mark!r} + '/eval', 'w')\")\ncompile('open(1)', 'x', 'exec')",
    "imports": "__import__('os').system('touch {mark}/import')\nimport importlib\nimportlib.import_module('evil_module').go()\nimport evil_module, json, airflow, yaml",
    "processes": "import os, subprocess\nos.system('touch {mark}/system')\nsubprocess.run(['touch', '{mark}/run'])\nos.popen('touch {mark}/popen').read()",
    "metaclasses": (
        "class Meta(type):\n"
        "    def __prepare__(name, bases): open({mark!r} + '/prepare', 'w'); return {{}}\n"
        "    def __new__(*a, **k): open({mark!r} + '/meta', 'w'); return type.__new__(*a)\n"
        "class A(metaclass=Meta):\n"
        "    def __init_subclass__(cls): open({mark!r} + '/subclass', 'w')\n"
        "    def __del__(self): open({mark!r} + '/del', 'w')\n"
        "    def __format__(self, spec): open({mark!r} + '/format', 'w'); return ''\n"
        "class B(A): pass\n"
        "x = f'{{A()}}'\n"
        "().__class__.__base__.__subclasses__()[0]\n"
        "'{{0.__class__.__init__.__globals__}}'.format(A())"
    ),
    "unpickles": "import pickle\nimport yaml\npickle.load(open(__file__.replace('unpickles.py', 'evil.pkl'), 'rb'))\n"
    "pickle.loads({pickled!r})\nyaml.load(open('evil.yml'), yaml.Loader)\nyaml.unsafe_load({document!r})\nyaml.full_load({document!r})",
    "connects": "import socket, urllib.request, requests\nsocket.create_connection(('127.0.0.1', 9))\nurllib.request.urlopen('http://127.0.0.1:9/')\n"
    "requests.get('http://127.0.0.1:9/')",
    "reads": "import os, pathlib, yaml\nx = open('../../outside/secret.txt').read()\ny = pathlib.Path(__file__).parent.joinpath('link.yml').read_text()\n"
    "z = os.listdir('../../outside')\nw = list(pathlib.Path('../../outside').glob('**/*'))\nfrom linked_module import value\nimport linked_package.inner",
    "renders": "import jinja2\njinja2.Template(\"{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}\").render()\n"
    "jinja2.Template(\"{{{{ cycler.__init__.__globals__.os.system('touch {mark}/jinja') }}}}\").render()\n"
    "jinja2.Environment(loader=jinja2.FileSystemLoader('../../outside')).get_template('secret.txt').render()",
    "loads": "import ctypes, numpy\nctypes.CDLL('{project}/evil.so')\nctypes.string_at(0)\nimport sys\nsys.path.insert(0, '../../outside')\nimport outside_module\n"
    "import atexit, signal, threading\natexit.register(lambda: open({mark!r} + '/atexit', 'w'))\nthreading.Thread(target=lambda: open({mark!r} + '/thread', 'w')).start()",
}

_SQL = (
    "COPY (SELECT 1) TO '{mark}/copied.csv'",
    "ATTACH '{mark}/attached.db' AS a; CREATE TABLE a.t AS SELECT 1 AS x",
    "INSTALL httpfs; LOAD httpfs; SET enable_external_access = true; COPY (SELECT 1) TO '{mark}/again.csv'",
    "CREATE TABLE t AS SELECT * FROM read_text('{outside}/secret.txt'); EXPORT DATABASE '{mark}/exported'",
    "INSERT INTO t SELECT * FROM read_csv('{outside}/secret.txt'); PRAGMA temp_directory='{mark}/spill'",
    "{{% include '../../outside/secret.txt' %}} {{% include 'link.yml' %}} {{{{ ''.__class__.__mro__ }}}} {{{{ macros.os.system('touch {mark}/macro') }}}} SELECT 1",
    "../../outside/secret.sql",
    "link.sql",
)


@dataclass(frozen=True)
class HostileProject:
    """The project's folder, the folder beside it that must not be read, and the one in which marks would lie."""

    folder: Path
    outside: Path
    marks: Path


def make(folder: Path) -> HostileProject:
    """Write the project below an empty folder."""
    made = HostileProject(folder / "project", folder / "outside", folder / "marks")
    for path in (made.folder / "dags", made.outside, made.marks):
        path.mkdir(parents=True)
    _write_outside(made)
    _write_dags(made)
    for place in (made.folder, made.folder / "dags"):
        _write_shadows(place, made.marks)
    _write_programs(made)
    _write_repository(made)
    return made


def _write_outside(made: HostileProject) -> None:
    for name, text in {"secret.txt": "x: 1\n", "secret.sql": "DELETE FROM outside\n", "outside_module.py": "value = 1\n"}.items():
        (made.outside / name).write_text(text)
    (made.outside / "package").mkdir()
    (made.outside / "package" / "inner.py").write_text("value = 1\n")
    (made.outside / "dags").mkdir()
    (made.outside / "dags" / "more.py").write_text(_DAG.format(before="", after="", name="outside", sql="SELECT 1"))


class _Evil:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> object:
        return os.system, (self.command,)


def _write_dags(made: HostileProject) -> None:
    dags = made.folder / "dags"
    pickled = pickle.dumps(_Evil(f"touch {made.marks}/pickle"))
    document = f"!!python/object/apply:os.system ['touch {made.marks}/yaml']\n"
    (dags / "evil.pkl").write_bytes(pickled)
    (dags / "evil.yml").write_text(document)
    for number, (name, program) in enumerate(_PROGRAMS.items()):
        before = program.format(mark=str(made.marks), project=made.folder, pickled=pickled, document=document)
        sql = _SQL[number % len(_SQL)].format(mark=made.marks, outside=made.outside)
        mark = f"def mark(name):\n    open({str(made.marks)!r} + '/' + name, 'w')\n\n\nmark('function')\n"
        (dags / f"{name}.py").write_text(_DAG.format(before=f"{mark}{before}", after="mark('after')", name=name, sql=sql))
        calm = _DAG.format(before=mark, after="", name=f"calm_{name}", sql=sql)
        (dags / f"calm_{name}.py").write_text(calm)
    for link, target in {
        "link.yml": "secret.txt",
        "link.sql": "secret.sql",
        "linked_module.py": "outside_module.py",
        "linked_package": "package",
        "linked_dag.py": "dags/more.py",
        "linked_folder": "dags",
    }.items():
        (dags / link).symlink_to(made.outside / target)


def _write_shadows(place: Path, marks: Path) -> None:
    for name in SHADOWS:
        text = f"open({str(marks)!r} + '/shadow_{name}', 'w')\nraise SystemExit('the module {name} of the project was imported')\n"
        if name in ("airflow", "dagcheck_rules", "ruff", "concurrent", "multiprocessing"):
            (place / name).mkdir()
            (place / name / "__init__.py").write_text(text)
            (place / name / "__main__.py").write_text(text)
        else:
            (place / f"{name}.py").write_text(text)
    (place / "evil_module.py").write_text(f"open({str(marks)!r} + '/evil_module', 'w')\n")
    (place / "evil_pack.py").write_text(f"open({str(marks)!r} + '/evil_pack', 'w')\n")
    (place / "evil.pth").write_text(f"import os; os.system('touch {marks}/pth')\n")
    for kind in ("dist-info", "egg-info"):
        info = place / f"evil-1.0.{kind}"
        info.mkdir()
        (info / ("METADATA" if kind == "dist-info" else "PKG-INFO")).write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[dagcheck.rules]\nevil = evil_pack\n\n[pytest11]\nevil = evil_pack\n\n[duckdb]\nevil = evil_pack\n"
        )


def _write_programs(made: HostileProject) -> None:
    for name in ("git", "ruff", "sh", "touch"):
        program = made.folder / name
        if program.exists():  # the package that is called ruff
            continue
        program.write_text(f"#!/bin/sh\n: > {made.marks}/program_{name}\n")
        program.chmod(0o755)


def _write_repository(made: HostileProject) -> None:
    (made.folder / "dagcheck.toml").write_text('dags = ["dags"]\nroots = ["dags", "."]\n')
    (made.folder / "ruff.toml").write_text('extend = "../outside/ruff.toml"\n')
    (made.folder / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(made.folder))
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "dags", ".gitattributes"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "begin"], check=True)
    (made.folder / "dags" / "calm_writes.py").write_text((made.folder / "dags" / "calm_writes.py").read_text() + "\n")
    os.utime(made.folder / "dags" / "calm_reads.py", (1, 1))
    hook = made.folder / "hook"
    hook.write_text(f"#!/bin/sh\n: > {made.marks}/git_hook\ncat\n")
    hook.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.alternateRefsCommand", "diff.external", "diff.evil.textconv", "diff.evil.command",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "gpg.program", "credential.helper", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        subprocess.run([*git, "config", key, str(hook)], check=True)
    subprocess.run([*git, "config", "filter.evil.required", "true"], check=True)
    hooks = made.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"):
        (hooks / name).write_text(hook.read_text())
        (hooks / name).chmod(0o755)
