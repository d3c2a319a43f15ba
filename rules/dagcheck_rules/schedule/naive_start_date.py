import ast
import datetime
from collections.abc import Iterable

from dagcheck.model.dag import Argument, Dag
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Related, Rule
from dagcheck.rule.code import keyword
from dagcheck.rule.edits import add_keyword, call_at, insert_import
from dagcheck.rule.timing import BY_TIME, place_of_schedule, start_argument
from dagcheck.source.nodes import every
from dagcheck.timetable.dates import default_zone
from dagcheck.timetable.describe import Timing
from dagcheck.timetable.errors import NotKnown, Refused
from dagcheck.timetable.grids import CronGrid
from dagcheck.timetable.surprise import crons_of

_ZONES = (
    "pendulum.timezone",
    "pendulum.tz.timezone",
    "pendulum.Timezone",
    "zoneinfo.ZoneInfo",
    "pytz.timezone",
    "dateutil.tz.gettz",
    "airflow.utils.timezone.parse_timezone",
)
_UNIVERSAL = ("utc", "etc/utc", "gmt", "z", "zulu")


class NaiveStartDate(Rule):
    """Start date without a time zone

    The start date says in which zone Airflow reads the hours of a schedule. Without one that is `core.default_timezone`, a setting of each installation: the same file runs at
    other hours where it is set otherwise. It is a warning where the file itself, or the setting, shows that another zone than UTC is around and the schedule names hours;
    else it is only worth knowing. Write the zone down: `pendulum.datetime(2025, 1, 1, tz="Europe/Oslo")`.
    """

    meta = Meta(code="DAG305", name="naive-start-date", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            import datetime

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="30 6 * * *",
                start_date=datetime.datetime(2025, 1, 1),  # DAG305
            ):
                pass
            """,
            fixed="""
            import datetime

            from airflow.sdk import DAG

            with DAG(
                "sales",
                schedule="30 6 * * *",
                start_date=datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc),
            ):
                pass
            """,
            title="UTC unless a setting says otherwise: worth knowing",
        ),
        Bad(
            """
            from datetime import datetime
            from zoneinfo import ZoneInfo

            from airflow.sdk import dag, task

            OSLO = ZoneInfo("Europe/Oslo")

            @dag(schedule="0 6 * * mon-fri", start_date=datetime(2025, 1, 1))  # DAG305
            def sales():
                @task
                def load():
                    print(datetime.now(OSLO))

                load()

            sales()
            """,
            title="TaskFlow: the file knows a zone, and the start date does not have it",
        ),
        Bad(
            """
            import datetime

            from airflow import DAG
            from airflow.operators.bash import BashOperator

            default_args = {
                "owner": "sales",
                "start_date": datetime.datetime(2025, 1, 1),  # DAG305
            }

            for region, hour in {"north": 5, "south": 7}.items():
                with DAG(f"sales_{region}", schedule=f"0 {hour} * * *", default_args=default_args, catchup=False):
                    BashOperator(task_id="load", bash_command="load")
            """,
            airflow="2.11",
            config=(("airflow-settings", {"core.default_timezone": "America/New_York"}),),
            title="Generated, where the installation has another default",
        ),
    )
    good = (
        Good(
            """
            from datetime import datetime

            from airflow.sdk import DAG

            with DAG("sales", schedule="*/15 * * * *", start_date=datetime(2025, 1, 1)):
                pass

            with DAG("stock", schedule=None, start_date=datetime(2025, 1, 1)):
                pass
            """,
            title="No hour that a zone would move",
        ),
        Good(
            """
            from datetime import datetime, timezone

            import pendulum

            from airflow.sdk import DAG

            with DAG("sales", schedule="30 6 * * *", start_date=datetime(2025, 1, 1, tzinfo=timezone.utc)):
                pass

            with DAG("stock", schedule="30 6 * * *", start_date=pendulum.datetime(2025, 1, 1)):
                pass
            """,
            title="In UTC, and said so (pendulum means UTC)",
        ),
        Good(
            """
            from datetime import datetime

            from airflow.sdk import DAG, CronTriggerTimetable

            with DAG(
                "sales",
                schedule=CronTriggerTimetable("30 6 * * *", timezone="Europe/Oslo"),
                start_date=datetime(2025, 1, 1),
                catchup=False,
            ):
                pass
            """,
            title="The timetable has a zone of its own",
        ),
        Good(
            """
            from datetime import datetime, timedelta

            from airflow import DAG

            with DAG("sales", schedule=timedelta(hours=2), start_date=datetime(2025, 1, 1), catchup=False):
                pass
            """,
            airflow="2.11",
            title="What begins in the past and catches nothing up",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that runs by time, where its zone decides on when."""
        if dag.schedule.kind not in BY_TIME:
            return
        start = start_argument(dag)
        value = start.value.get("start_date") if start is not None and isinstance(start.value, dict) else start and start.value
        if start is None or not isinstance(value, datetime.datetime) or value.tzinfo is not None:
            return
        zone, timed = _default(context), context.timing(dag)
        if timed is None or timed.dates.zone.name != zone:
            return
        hours = _names_hours(timed, zone)
        if not hours and not _begins(timed, context):
            return
        other = _other_zone(context) if zone == "UTC" else None
        matters = hours and (zone != "UTC" or other is not None)
        read = f"the hours of {timed.plan.crons[0]!r} are" if hours else "it is"
        message = f"The start date has no time zone, so {read} read in core.default_timezone, {zone}"
        tail = (
            f", although the file speaks of {other}."
            if other and hours
            else "; another installation may have another one."
            if matters
            else "."
        )
        yield Finding(
            message + tail,
            start.span,
            help='Give it a zone, such as pendulum.datetime(2025, 1, 1, tz="Europe/Oslo").',
            dag_id=dag.dag_id,
            related=(Related(place_of_schedule(dag), "the schedule"),) if hours else (),
            fix=_fix(start, context) if zone == "UTC" and not matters else None,
            severity=None if matters else "info",
            subject="start_date",
        )


def _default(context: FileContext) -> str | None:
    """The name of the zone that a naive date is read in; None where it is the machine's."""
    try:
        return default_zone(context.airflow, context.setting.airflow_settings).name
    except (NotKnown, Refused):
        return None


def _names_hours(timed: Timing, zone: str | None) -> bool:
    """True if the schedule names hours, and it is the DAG's zone that they are read in."""
    grids = crons_of(timed.plan.timetable)
    own = timed.plan.timetable.name in ("CronDataIntervalTimetable", "CronTriggerTimetable") and timed.plan.zone.name == zone
    return own and len(timed.plan.crons) == 1 and any(isinstance(grid, CronGrid) and grid.cron.values(1) is not None for grid in grids)


def _begins(timed: Timing, context: FileContext) -> bool:
    """True if the moment at which the DAG starts decides on its runs from now on."""
    return timed.catchup or timed.plan.kind == "once" or (timed.earliest is not None and timed.earliest > context.setting.instant)


def _other_zone(context: FileContext) -> str | None:
    """A zone other than UTC that the file makes somewhere, by its name."""
    if context.source is None or not any(word in context.source.text for word in ("imezone(", "ZoneInfo(", "gettz(", "tz=")):
        return None
    for node in every(context.tree, ast.Call):
        named = keyword(node, "tz") if node.keywords else None
        if named is None and node.args and context.dotted(node.func) in _ZONES:
            named = node.args[0]
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value.lower() not in _UNIVERSAL:
            return named.value
    return None


def _fix(start: Argument, context: FileContext) -> Fix | None:
    """The zone that counts now, written down, where the date is made right there."""
    source = context.source_of(start.span.path)
    call = call_at(source, start.span) if source else None
    if source is None or call is None or source is not context.source:
        return None
    made = context.dotted(call.func)
    if made != "datetime.datetime" or call.args[6:]:
        return None
    written = isinstance(call.func, ast.Name)
    module = "" if written else f"{context.text(start.span).partition('.')[0]}."
    edit = add_keyword(source, start.span, "tzinfo", f"{module}timezone.utc")
    bring = insert_import(source, "datetime", "timezone") if written else None
    return Fix("Write UTC down", tuple(each for each in (edit, bring) if each), "unsafe") if edit else None
