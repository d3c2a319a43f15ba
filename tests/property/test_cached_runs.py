"""Whatever happens to the files of a project, a run with a cache says what one without a cache says."""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dagcheck.cache.program import Program
from dagcheck.cache.store import Store
from dagcheck.commands.choosing import Choice, known_rules
from dagcheck.commands.examining import Workers
from dagcheck.commands.judging import judge
from dagcheck.commands.keeping import Keeper
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome
from dagcheck.witness import Watched

RULES = known_rules()

DAG = """\
import os
import pendulum
from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
{imports}
HERE = os.path.dirname(__file__)
with DAG("{dag_id}", schedule={schedule}, start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup={catchup}, tags={tags}):
    first = BashOperator(task_id="first", bash_command="echo 1")
    second = ExternalTaskSensor(task_id="second", external_dag_id="{other}", external_task_id="first")
    {edge}
"""
IMPORTS = [
    "",
    "from constants import TAGS",
    "from shared.names import TAGS",
    "import yaml\nTAGS = yaml.safe_load(open(os.path.dirname(__file__) + '/tags.yaml'))",
]
NAMES = st.sampled_from(["a.py", "b.py", "team/c.py", "team/old/d.py", "constants.py"])
SOURCES = st.builds(
    lambda imports, dag_id, other, schedule, catchup, edge, comment: (
        DAG.format(
            imports=imports, dag_id=dag_id, other=other, schedule=schedule, catchup=catchup, edge=edge, tags="TAGS" if imports else "[]"
        )
        + comment
    ),
    st.sampled_from(IMPORTS),
    st.sampled_from(["one", "two", "six", "ten"]),
    st.sampled_from(["one", "two", "six", "ten"]),
    st.sampled_from(["None", "'@daily'", "'0 25 * * *'", "'0 15 * * *'"]),
    st.sampled_from(["True", "False"]),
    st.sampled_from(["first >> second", "second >> first", "first >> second >> first", "pass"]),
    st.sampled_from(
        [
            "",
            "# same\n",
            "# dagcheck: ignore-file[DAG301]\n",
            "    third = BashOperator(task_id='third', bash_command='a', env={'PASSWORD': 'kX9wq7Lz2VpT4mRb'})\n",
        ]
    ),
)
SETTINGS = st.sampled_from(
    [
        "",
        'ignore = ["DAG3"]\n',
        'airflow = "2.11"\n',
        'exclude = ["old"]\n',
        '[per-file-ignores]\n"team/*" = ["DAG"]\n',
        "[rule.catchup-risk]\nmax-runs = 100000\n",
    ]
)


class Project(RuleBasedStateMachine):
    """A project folder with a cache beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(os.path.realpath(tempfile.mkdtemp(prefix="dagcheck-test-")))
        self.folder = self.top / "project"
        (self.folder / ".git").mkdir(parents=True)
        self.put("a.py", DAG.format(imports="", dag_id="one", other="two", schedule="'@daily'", catchup="True", edge="pass", tags="[]"))

    def teardown(self) -> None:
        shutil.rmtree(self.top)

    def put(self, name: str, text: str) -> None:
        path = self.folder / "dags" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @rule(name=NAMES, text=SOURCES)
    def write(self, name: str, text: str) -> None:
        self.put(name, text)

    @rule(name=NAMES, text=SOURCES)
    def write_within_the_same_moment(self, name: str, text: str) -> None:
        path = self.folder / "dags" / name
        before = path.stat() if path.exists() else None
        self.put(name, text)
        if before is not None:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(name=NAMES)
    def change_one_letter(self, name: str) -> None:
        path = self.folder / "dags" / name
        if path.exists():
            self.put(name, path.read_text().translate(str.maketrans("15", "51")))

    @rule(name=NAMES)
    def touch(self, name: str) -> None:
        path = self.folder / "dags" / name
        if path.exists():
            os.utime(path)

    @rule(name=NAMES, to=NAMES)
    def move(self, name: str, to: str) -> None:
        path, goal = self.folder / "dags" / name, self.folder / "dags" / to
        if path.exists():
            goal.parent.mkdir(parents=True, exist_ok=True)
            path.rename(goal)

    @rule(
        name=st.one_of(
            NAMES,
            st.sampled_from(["tags.yaml", "shared/names.py", "shared/__init__.py", ".airflowignore", "../.gitignore", "../dagcheck.toml"]),
        )
    )
    def remove(self, name: str) -> None:
        (self.folder / "dags" / name).unlink(missing_ok=True)

    @rule(folder=st.sampled_from(["team", "team/old", "shared"]))
    def remove_folder(self, folder: str) -> None:
        shutil.rmtree(self.folder / "dags" / folder, ignore_errors=True)

    @rule(
        name=st.sampled_from(["constants.py", "shared/names.py", "shared/__init__.py"]),
        tags=st.sampled_from(["['a']", "['b']", "None", "1 / 0"]),
    )
    def write_helper(self, name: str, tags: str) -> None:
        self.put(name, f"TAGS = {tags}\n")

    @rule(name=st.sampled_from(["tags.yaml", "team/tags.yaml"]), text=st.sampled_from(["[a]", "[b]", "{", "3"]))
    def write_data(self, name: str, text: str) -> None:
        self.put(name, text)

    @rule(
        name=st.sampled_from([".airflowignore", "team/.airflowignore", "../.gitignore"]),
        text=st.sampled_from(["old\n", "a.py\n", "team/\n", "*.py\n!b.py\n"]),
    )
    def write_ignore_file(self, name: str, text: str) -> None:
        self.put(name, text)

    @rule(text=SETTINGS)
    def configure(self, text: str) -> None:
        self.put("../dagcheck.toml", text)

    @invariant()
    def a_cached_run_says_what_an_uncached_one_says(self) -> None:
        cache = str(self.top / "cache")
        with Watched():
            keeper = Keeper(Store(cache), Program(cache))
            cached = self.judged(Workers(1, keeper))
            keeper.flush()
        assert said(cached) == said(self.judged(Workers(1)))
        kept = b"".join(path.read_bytes() for path in (self.top / "cache").rglob("*") if path.is_file())
        assert b"kX9wq7Lz2VpT4mRb" not in kept

    def judged(self, workers: Workers) -> Outcome:
        return judge(Workspace(base=self.folder), [], Choice(), rules=RULES, workers=workers, need_dags=False)


def said(outcome: Outcome) -> list[object]:
    """All of an outcome but for the time that it took."""
    parts = {name: value for name, value in vars(outcome).items() if name != "duration_ms"}
    return list(parts.items())


Project.TestCase.settings = settings(
    max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
TestProject = Project.TestCase
