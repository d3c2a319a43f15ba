"""Runs inside a real Airflow: reads cases from standard input, a line of JSON each, and answers with the runs that Airflow's timetable gives.

A case holds `source` (the text of a DAG file), `now`, `runs`, and for a window `from` and `to`. The answer holds `error`, or `timetable`, `timezone` and `runs`.
"""

import datetime
import json
import logging
import sys
import types
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import pendulum  # noqa: E402 - after the warnings are off

CLOCK = {}


def utcnow():
    return pendulum.instance(CLOCK["now"])


def seconds():
    return CLOCK["now"].timestamp()


class FrozenDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return CLOCK["now"].astimezone(tz) if tz else CLOCK["now"].replace(tzinfo=None)


def freeze():
    """Make every module of Airflow see our clock."""
    pendulum.DateTime.utcnow = staticmethod(utcnow)
    for name, module in list(sys.modules.items()):
        if not name.startswith("airflow"):
            continue
        if callable(getattr(module, "utcnow", None)):
            module.utcnow = utcnow
        if name.endswith("timetables._delta"):
            module.datetime = types.SimpleNamespace(datetime=FrozenDatetime, timedelta=datetime.timedelta)
        if name == "airflow.timetables.trigger":
            module.time = types.SimpleNamespace(time=seconds)


def load(source):
    """The DAG of a source, as the scheduler sees it: validated, serialized and read back."""
    import airflow

    space = {"__name__": "case"}
    exec(compile(source, "case.py", "exec"), space)  # noqa: S102 - what Airflow itself does with a DAG file; the text is our own
    dag = space["dag"]
    freeze()
    if airflow.__version__ >= "3":
        from airflow.serialization.serialized_objects import DagSerialization

        dag.timetable.validate()
        return DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    from airflow.serialization.serialized_objects import SerializedDAG

    dag.timetable.validate()
    return SerializedDAG.from_dict(json.loads(json.dumps(SerializedDAG.to_dict(dag))))


def next_info(dag, last, restriction):
    if hasattr(dag.timetable, "next_dagrun_info_v2"):
        return dag.timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
    interval = last.data_interval if last else None
    return dag.timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)


def infos(dag, case):
    if "from" in case:
        yield from dag.iter_dagrun_infos_between(pendulum.parse(case["from"]), pendulum.parse(case["to"]))
        return
    last = None
    while (last := next_info(dag, last, dag._time_restriction)) is not None:
        yield last


def plain(moment):
    return None if moment is None else pendulum.instance(moment).in_timezone("UTC").isoformat().replace("+00:00", "Z")


def answer(case):
    CLOCK["now"] = pendulum.parse(case["now"])
    try:
        dag = load(case["source"])
    except Exception as error:  # noqa: BLE001 - whatever Airflow raises is its answer
        return {"error": f"{type(error).__name__}: {error}"}
    runs = []
    try:
        for info in infos(dag, case):
            if len(runs) >= case["runs"]:
                break
            interval = info.data_interval
            bounds = [plain(interval.start), plain(interval.end)] if interval else [None, None]
            runs.append([plain(info.logical_date), *bounds, plain(info.run_after)])
    except Exception as error:  # noqa: BLE001 - as above
        if not runs:
            return {"error": f"{type(error).__name__}: {error}"}
    return {"timetable": type(dag.timetable).__name__, "timezone": dag.timezone.name, "runs": runs}


def main():
    import airflow
    import airflow.timetables.events
    import airflow.timetables.interval
    import airflow.timetables.simple
    import airflow.timetables.trigger  # noqa: F401

    print("READY", flush=True)
    for line in sys.stdin:
        print("ANSWER" + json.dumps(answer(json.loads(line))), flush=True)


main()
