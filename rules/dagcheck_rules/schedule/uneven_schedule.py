import ast
import re
from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.timing import place_of_schedule, when

_KINDS = ("uneven-step", "missing-days", "or-days")
_WEEKS = {"1-7": 1, "8-14": 2, "15-21": 3, "22-28": 4}


class UnevenSchedule(Rule):
    """Cron expression whose runs are less regular than they read

    A step such as `*/40` starts over with each hour, day or month, so the last step is shorter; a day such as the 31st does not exist in every month; and where the day of
    the month and the day of the week are both restricted, one of the two is enough. The finding says when that first shows. Write the times down one by one, `L` for the
    last day of the month, `1#1` for the first Monday; or leave it where it is meant so.
    """

    meta = Meta(code="DAG311", name="uneven-schedule", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="*/40 * * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG311
                pass

            with DAG("stock", schedule="0 */7 * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG311
                pass
            """,
            title="Steps that do not divide",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="0 6 1-7 * mon", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False)  # DAG311
            def first_monday():
                @task
                def load():
                    pass

                load()

            first_monday()
            """,
            fixed="""
            import pendulum

            from airflow.sdk import dag, task

            @dag(schedule="0 6 * * mon#1", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False)
            def first_monday():
                @task
                def load():
                    pass

                load()

            first_monday()
            """,
            title="TaskFlow: on seven days and on every Monday",
        ),
        Bad(
            """
            from datetime import datetime

            from airflow import DAG

            SCHEDULES = {"invoices": "0 0 31 * *", "rents": "0 0 1 * *", "wages": "0 0 15,30 * *"}

            for name, schedule in SCHEDULES.items():
                with DAG(name, schedule=schedule, start_date=datetime(2025, 1, 1), catchup=False):  # DAG311
                    pass
            """,
            airflow="2.11",
            title="Generated: days that some months lack",
        ),
        Bad(
            """
            import pendulum

            from airflow.sdk import DAG, CronTriggerTimetable

            with DAG(
                "close",
                schedule=CronTriggerTimetable("0 0 31 * *", timezone="UTC"),  # DAG311
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
            ):
                pass

            with DAG("invoices", schedule="0 0 31 * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):  # DAG311
                pass
            """,
            fixed="""
            import pendulum

            from airflow.sdk import DAG, CronTriggerTimetable

            with DAG(
                "close",
                schedule=CronTriggerTimetable("0 0 31 * *", timezone="UTC"),
                start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
            ):
                pass

            with DAG("invoices", schedule="0 0 L * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass
            """,
            title="The last day of the month",
        ),
    )
    good = (
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            for name, schedule in {"a": "*/15 * * * *", "b": "5/20 * * * *", "c": "0 */6 * * *", "d": "10 1/8 1 */3 *"}.items():
                with DAG(name, schedule=schedule, start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                    pass
            """,
            title="Steps that divide",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0,40 * * * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass

            with DAG("stock", schedule="0 8-18/4 * * mon-fri", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass
            """,
            title="Times one by one, and a step through office hours",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("invoices", schedule="0 0 28-31 * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass

            with DAG("rents", schedule="0 0 L * *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass

            with DAG("bonus", schedule="0 0 31 1,7,12 *", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass
            """,
            title="The end of each month, and months that are long enough",
        ),
        Good(
            """
            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="0 6 * * mon#1", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass

            with DAG("stock", schedule="0 6 1,15 * ?", start_date=pendulum.datetime(2025, 1, 1, tz="UTC")):
                pass
            """,
            title="One of the day fields",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each irregularity of the schedule."""
        timed = context.timing(dag)
        found = [surprise for surprise in context.surprises(dag) if surprise.kind in _KINDS]
        for surprise in found:
            if timed is None:
                return
            first = (
                f" (first: {when(surprise.first, timed.plan.zone)})" if surprise.first is not None and surprise.kind != "or-days" else ""
            )
            place = place_of_schedule(dag)
            yield Finding(
                f"{surprise.message[:1].upper()}{surprise.message[1:]}{first}.",
                place,
                help=_HELP[surprise.kind],
                dag_id=dag.dag_id,
                fix=_fix(context.text(place), place) if len(found) == 1 and place.path == dag.path else None,
                subject=surprise.kind,
            )


_HELP = {
    "uneven-step": "List the times one by one, or take a step that divides; a timedelta steps evenly.",
    "missing-days": "Write L for the last day of the month, or a day that every month has.",
    "or-days": "Restrict one of the two; write 1#1 for the first Monday of the month, L5 for the last Friday.",
}


def _fix(written: str, place: Span) -> Fix | None:
    """The n-th weekday for a week of days and a weekday, the last day for the 31st; where the expression stands right there."""
    try:
        expression = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return None
    words = expression.split() if isinstance(expression, str) else []
    if len(words) != 5:
        return None
    if words[2] in _WEEKS and re.fullmatch(r"[0-7]|[A-Za-z]{3}", words[4]):
        words[2:] = ["*", words[3], f"{words[4]}#{_WEEKS[words[2]]}"]
    elif words[2] == "31" and words[4] == "*":
        words[2] = "L"
    else:
        return None
    return Fix(f"Write {' '.join(words)!r}", (replace_value(place, f'"{" ".join(words)}"'),), "unsafe")
