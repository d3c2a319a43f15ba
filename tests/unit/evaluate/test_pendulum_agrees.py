"""The model of pendulum gives the dates that pendulum itself gives."""

import datetime
from typing import Any

import pytest

from tests.unit.evaluate.running import run

pendulum = pytest.importorskip("pendulum")

EXPRESSIONS = [
    "pendulum.datetime(2021, 1, 1)",
    "pendulum.datetime(2021, 3, 28, 2, 30, tz='Europe/Amsterdam')",
    "pendulum.datetime(2021, 10, 31, 2, 30, tz='Europe/Amsterdam')",
    "pendulum.datetime(2021, 10, 31, 2, 30, tz='Europe/Amsterdam', fold=0)",
    "pendulum.datetime(2021, 3, 28, 2, 30, tz='Europe/Amsterdam', fold=0)",
    "pendulum.datetime(2021, 1, 1, tz=pendulum.timezone('Asia/Tokyo'))",
    "pendulum.datetime(2021, 3, 28, 1, tz='Europe/Amsterdam').add(hours=1)",
    "pendulum.datetime(2021, 3, 27, 2, 30, tz='Europe/Amsterdam').add(days=1)",
    "pendulum.datetime(2021, 10, 31, 2, 30, tz='Europe/Amsterdam').add(minutes=45)",
    "pendulum.datetime(2021, 10, 31, 1, 30, tz='Europe/Amsterdam').add(hours=1)",
    "pendulum.datetime(2021, 1, 31).add(months=1)",
    "pendulum.datetime(2021, 1, 31, 5).subtract(months=2, days=3, hours=4)",
    "pendulum.datetime(2021, 3, 27, 12, tz='Europe/Amsterdam') + datetime.timedelta(days=1)",
    "pendulum.datetime(2021, 3, 27, 12) + datetime.timedelta(days=1)",
    "pendulum.datetime(2021, 1, 27, 12, tz='Europe/London') - datetime.timedelta(hours=5)",
    "pendulum.datetime(2021, 1, 27, 12).add(minutes=90)",
    "pendulum.datetime(2021, 3, 27, 12, tz='Europe/Amsterdam') + pendulum.duration(days=1)",
    "pendulum.datetime(2021, 3, 27, 12, tz='Europe/Amsterdam') - pendulum.duration(months=1, days=2)",
    "pendulum.datetime(2021, 3, 28, 12, tz='Europe/Amsterdam') - pendulum.duration(days=1)",
    "pendulum.datetime(2021, 3, 28, 12, tz='Europe/Amsterdam') - pendulum.duration(days=1, months=1)",
    "pendulum.datetime(2021, 3, 28, 12, tz='Europe/Amsterdam') - datetime.timedelta(days=1)",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15, tz='Europe/Amsterdam').start_of('week')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).start_of('month')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).start_of('hour')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).start_of('year')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).start_of('decade')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).start_of('century')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).end_of('month')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).end_of('week')",
    "pendulum.datetime(2021, 5, 14, 13, 14, 15).end_of('minute')",
    "pendulum.datetime(2021, 5, 14, 13).in_timezone('America/New_York')",
    "pendulum.datetime(2021, 5, 14, 13).in_tz('Asia/Kolkata').start_of('day')",
    "pendulum.datetime(2021, 5, 14, 13).set(hour=3, minute=4)",
    "pendulum.datetime(2021, 5, 14, 13).set(tz='Europe/Oslo')",
    "pendulum.datetime(2021, 5, 14, 13).replace(day=1)",
    "pendulum.datetime(2021, 5, 14, 13).at(4, 5)",
    "pendulum.datetime(2021, 5, 14, 13).on(2020, 2, 3)",
    "pendulum.datetime(2021, 5, 14, 13).naive()",
    "pendulum.datetime(2021, 5, 14, 13).next(0)",
    "pendulum.datetime(2021, 5, 14, 13).previous(4)",
    "pendulum.datetime(2021, 5, 14, 13).next(4)",
    "pendulum.parse('2021-05-14')",
    "pendulum.parse('2021-05-14T10:11:12')",
    "pendulum.parse('2021-05-14T10:11:12+02:00')",
    "pendulum.parse('2021-05-14T10:11:12Z')",
    "pendulum.parse('2021-05-14', tz='Europe/Oslo')",
    "pendulum.parse('20210514T101112')",
    "pendulum.parse('2021-05')",
    "pendulum.from_format('2021-05-14 10', 'YYYY-MM-DD HH')",
    "pendulum.from_format('14/05/2021', 'DD/MM/YYYY', tz='Europe/Oslo')",
    "pendulum.from_timestamp(1620000000)",
    "pendulum.instance(datetime.datetime(2021, 5, 14, 10))",
    "pendulum.instance(datetime.datetime(2021, 5, 14, 10, tzinfo=datetime.timezone.utc))",
    "pendulum.DateTime(2021, 5, 14)",
    "pendulum.naive(2021, 5, 14)",
    "pendulum.datetime(2021, 5, 14, 10).to_date_string()",
    "pendulum.datetime(2021, 5, 14, 10).to_datetime_string()",
    "pendulum.datetime(2021, 5, 14, 10).to_iso8601_string()",
    "pendulum.datetime(2021, 5, 14, 10, tz='Europe/Oslo').to_iso8601_string()",
    "pendulum.datetime(2021, 5, 4, 9, 8, 7).format('YYYY-MM-DD[T]HH:mm:ss ddd MMM D H m s')",
    "pendulum.datetime(2021, 5, 4, 9, 8, 7, tz='Europe/Oslo').format('dddd DD MMMM YYYY Z ZZ')",
    "str(pendulum.datetime(2021, 5, 14, 10))",
    "pendulum.datetime(2021, 5, 14, 10).isoformat()",
    "pendulum.datetime(2021, 5, 14, 10).int_timestamp",
    "pendulum.datetime(2021, 5, 14, 10, tz='Europe/Oslo').timezone_name",
    "pendulum.datetime(2021, 5, 14, 10).day_of_year",
    "int(pendulum.datetime(2021, 5, 14, 10).day_of_week)",
    "pendulum.datetime(2021, 5, 14, 10).quarter",
    "pendulum.datetime(2021, 2, 14, 10).days_in_month",
    "pendulum.datetime(2021, 5, 14, 10).date()",
    "(pendulum.datetime(2021, 5, 14, 10) - pendulum.datetime(2021, 5, 12, 9)).in_hours()",
    "pendulum.datetime(2021, 5, 14, 10).diff(pendulum.datetime(2021, 5, 12, 9)).in_days()",
    "pendulum.duration(days=1, hours=3).total_seconds()",
    "pendulum.duration(weeks=2, minutes=5).in_minutes()",
    "pendulum.duration(minutes=90).total_hours()",
    "pendulum.datetime(2021, 5, 14) < pendulum.datetime(2021, 5, 15)",
    "pendulum.timezone('Europe/Oslo').name",
    "datetime.datetime(2021, 3, 28, 12, tzinfo=pendulum.timezone('Europe/Oslo')).utcoffset()",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_model_of_pendulum_gives_what_pendulum_gives(expression: str) -> None:
    real = eval(expression, {"pendulum": pendulum, "datetime": datetime})  # noqa: S307 an expression of these tests
    assert shown(run(f"import pendulum, datetime\nx = {expression}")[1]["x"]) == shown(real)


def shown(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat(), getattr(value.tzinfo, "key", None)
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value
