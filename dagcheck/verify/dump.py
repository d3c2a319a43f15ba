"""Load DAG files with the DagBag of the Airflow that is installed here, and print what it made of them, as JSON.

dagcheck never imports this file: `dagcheck verify` hands it to another interpreter, one that has Airflow (1.10 to 3.x). So it uses the standard library and
Airflow alone, and the syntax of Python 3.6.

Standard input: {"files": [path, ...], "roots": [folder, ...], "seconds": 60}; roots come before all else on the path for imports
Standard output: {"airflow": "3.3.2", "files": [{"path", "dags": [...], "errors": [...]}, ...]}

Each file is loaded in a process of its own, forked when Airflow has been imported, as Airflow's own processor does: a file that exits, hangs or changes
a module does not reach the others. What DAG files print goes to standard error.
"""

import datetime
import importlib
import json
import os
import signal
import sys
import traceback

KINDS = (
    ("NullTimetable", "none"),
    ("OnceTimetable", "once"),
    ("ContinuousTimetable", "continuous"),
    ("DatasetOrTimeSchedule", "asset-or-time"),
    ("AssetOrTimeSchedule", "asset-or-time"),
    ("DatasetTriggeredTimetable", "assets"),
    ("AssetTriggeredTimetable", "assets"),
    ("PartitionedAssetTimetable", "assets"),
    ("EventsTimetable", "events"),
    ("CronDataIntervalTimetable", "cron"),
    ("CronTriggerTimetable", "cron"),
    ("MultipleCronTriggerTimetable", "cron"),
    ("CronPartitionTimetable", "cron"),
    ("DeltaDataIntervalTimetable", "interval"),
    ("DeltaTriggerTimetable", "interval"),
)
PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
DEFAULT_SECONDS = 60


def attribute(value, *names):
    """The first attribute that is there and not None."""
    for name in names:
        found = getattr(value, name, None)
        if found is not None:
            return found
    return None


def iso(date):
    """A date in ISO 8601 in UTC, naive dates as they are."""
    if date is None:
        return None
    if date.tzinfo is not None:
        date = datetime.datetime.fromtimestamp(date.timestamp(), datetime.timezone.utc)
    return date.replace(tzinfo=date.tzinfo).isoformat()


def zone_name(zone):
    """The name of a time zone, whichever library made it; fixed offsets as they print themselves."""
    found = attribute(zone, "name", "key", "zone")
    return str(found) if found is not None and not callable(found) else str(zone)


def described_delta(delta):
    """Seconds of a timedelta; None for what has no fixed length."""
    return delta.total_seconds() if isinstance(delta, datetime.timedelta) else None


def described_schedule(dag):
    """Kind, expression and class of the timetable that Airflow made; before 2.2 there were none, and the interval itself is told."""
    timetable = getattr(dag, "timetable", None)
    if timetable is None:
        given = getattr(dag, "schedule_interval", None)  # @once has no normalized interval
        return described_interval(given if given == "@once" else getattr(dag, "normalized_schedule_interval", None))
    names = [cls.__name__ for cls in type(timetable).__mro__ if (cls.__module__ or "").startswith("airflow.")]
    own = type(timetable).__name__
    kind = next((kind for name, kind in KINDS if names and names[0] == name and own == name), "custom")
    told = {"kind": kind, "expression": None, "seconds": None, "timetable": own}
    if kind == "cron":
        expression = attribute(timetable, "_expression", "expression")
        told["expression"] = PRESETS.get(expression, expression) if isinstance(expression, str) else None
    elif kind == "interval":
        told["seconds"] = described_delta(attribute(timetable, "_delta", "delta", "interval"))
    inner = attribute(timetable, "_timetables", "timetables") or [timetable]  # several crons share their zone
    zone = attribute(inner[0], "_timezone", "timezone")
    if zone is not None:
        told["timezone"] = zone_name(zone)
    return told


def described_interval(interval):
    """The schedule of Airflow 1.10."""
    told = {"kind": "none", "expression": None, "seconds": None, "timetable": None}
    if interval == "@once":
        told["kind"] = "once"
    elif isinstance(interval, str):
        told.update(kind="cron", expression=PRESETS.get(interval, interval))
    elif interval is not None:
        told.update(kind="interval", seconds=described_delta(interval))
    return told


def is_mapped(task):
    """Whether the task is expanded at run time, by itself or with a group around it."""
    part = task
    while part is not None:
        line = part.__class__.__mro__  # not type(): Airflow 2 keeps groups as weak proxies
        if any(cls.__name__ in ("MappedOperator", "MappedTaskGroup") for cls in line):
            return True
        part = getattr(part, "task_group", None) if part is task else getattr(part, "parent_group", None)
    return False


def described_task(task):
    """What Airflow would show of a task."""
    rule = getattr(task, "trigger_rule", None)
    return {
        "operator": task.task_type,
        "mapped": is_mapped(task),
        "trigger_rule": str(getattr(rule, "value", rule)),
        "retries": task.retries,
        "pool": task.pool,
        "owner": task.owner,
        "setup": bool(getattr(task, "is_setup", False)),
        "teardown": bool(getattr(task, "is_teardown", False)),
    }


def described_groups(dag):
    """Each task group with its parent; the root, which has no name, is left out."""
    root = getattr(dag, "task_group", None)
    if root is None:
        return []
    found = []
    for name, group in root.get_task_group_dict().items():
        if name is not None:
            parent = getattr(group, "parent_group", None) or getattr(group, "task_group", None)
            found.append([name, getattr(parent, "group_id", None)])
    return sorted(found, key=str)


def effective_start(dag):
    """The DAG's start date, else the earliest of its tasks."""
    if dag.start_date is not None:
        return dag.start_date
    return min((task.start_date for task in dag.tasks if task.start_date is not None), default=None)


def described_dag(dag):
    """What Airflow made of one DAG."""
    schedule = described_schedule(dag)
    zone = schedule.pop("timezone", None) or zone_name(dag.timezone)
    return {
        "dag_id": dag.dag_id,
        "schedule": schedule,
        "timezone": zone,
        "start_date": iso(effective_start(dag)),
        "end_date": iso(dag.end_date),
        "catchup": bool(dag.catchup),
        "max_active_runs": dag.max_active_runs,
        "tags": sorted(str(tag) for tag in dag.tags or ()),
        "tasks": {task.task_id: described_task(task) for task in dag.tasks},
        "edges": sorted([task.task_id, downstream] for task in dag.tasks for downstream in task.downstream_task_ids),
        "groups": described_groups(dag),
    }


def dag_bag(path):
    """The DagBag of one file, however this Airflow calls it."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    arguments = DagBag.__init__.__code__.co_varnames
    options = {name: False for name in ("include_examples", "load_op_links", "store_serialized_dags") if name in arguments}
    return DagBag(dag_folder=path, **options)


def warm_up():
    """Import what nearly every DAG file needs, once for all forked processes."""
    dag_bag(os.devnull)
    for module in ("airflow.decorators", "airflow.operators.python", "airflow.operators.bash", "airflow.sensors.external_task", "airflow.sdk"):
        try:
            importlib.import_module(module)
        except ImportError:
            pass


def described_file(path):
    """What Airflow made of one file."""
    bag = dag_bag(path)
    errors = [str(text).strip().splitlines()[-1] if str(text).strip() else "unknown error" for _, text in sorted(bag.import_errors.items())]
    dags = [described_dag(bag.dags[dag_id]) for dag_id in sorted(bag.dags)]
    return {"path": path, "dags": dags, "errors": errors}


def load_alone(path, seconds):
    """`described_file` in a forked process that ends after `seconds`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(seconds)
        try:
            answer = described_file(path)
        except BaseException:
            answer = {"path": path, "dags": [], "errors": [traceback.format_exc().strip().splitlines()[-1]]}
        with os.fdopen(writing, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    status = os.waitpid(child, 0)[1]
    if text and status == 0:
        return json.loads(text)
    reason = "took longer than {} seconds".format(seconds) if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM else "ended its process"
    return {"path": path, "dags": [], "errors": ["loading the file " + reason]}


def main():
    """Read what is asked, load it, answer."""
    asked = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = asked.get("roots", []) + [folder for folder in sys.path if os.path.abspath(folder) != here]
    import airflow

    warm_up()
    seconds = int(asked.get("seconds", DEFAULT_SECONDS))
    files = [load_alone(path, seconds) for path in asked["files"]]
    with answers:
        json.dump({"airflow": airflow.__version__, "files": files}, answers)


if __name__ == "__main__":
    main()
