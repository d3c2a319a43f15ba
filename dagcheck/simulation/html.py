"""A simulation as one self-contained HTML page: what runs when, and how crowded the week is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dagcheck.simulation.heat import DAYS, shade
from dagcheck.simulation.model import Load, Preview, Run, Simulation
from dagcheck.simulation.page_style import STYLE
from dagcheck.simulation.text import headline
from dagcheck.simulation.times import abbreviation, local, span, zone_named

_SHADES = 6
_CELL, _ROW, _LABEL = 30, 26, 44


def as_page(simulation: Simulation) -> str:
    """The page. It asks nothing of the network and follows the reader's light or dark setting."""
    body = "\n".join(_body(simulation))
    count = f"{len(simulation.dags)} DAG{'' if len(simulation.dags) == 1 else 's'}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>Runs of {count}, Airflow {escape(simulation.airflow)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(simulation: Simulation) -> Iterator[str]:
    yield f'<header><h1>When DAGs run</h1><p class="quiet">Airflow {escape(simulation.airflow)}, as of {_utc(simulation.now)}</p></header>'
    yield from _figures(simulation)
    if simulation.load is not None:
        yield from _load(simulation.load)
    yield from _dags(simulation)
    yield from _together(simulation)


def _figures(simulation: Simulation) -> Iterator[str]:
    last = simulation.airflow.rpartition(",")[2]
    dags, load = [dag for dag in simulation.dags if dag.airflow == last], simulation.load
    figures = [("DAGs", len(dags)), ("runs due now", sum(dag.backlog for dag in dags))]
    if load is not None:
        figures += [("runs in the span", load.total_runs), ("tasks of these", load.total_tasks)]
    figures += [
        (name, count)
        for name, count in (("refused", sum(bool(dag.error) for dag in dags)), ("not known", sum(bool(dag.unknown) for dag in dags)))
        if count
    ]
    yield '<dl class="figures">' + "".join(f"<div><dt>{name}</dt><dd>{count:,}</dd></div>" for name, count in figures) + "</dl>"


def _load(load: Load) -> Iterator[str]:
    zone = zone_named(load.timezone)
    stretch = f"{local(load.start, zone, '%Y-%m-%d %H:%M')} to {local(load.end, zone, '%Y-%m-%d %H:%M')} {escape(load.timezone)}"
    yield f'<section><h2>The week, hour by hour</h2><p class="quiet">{stretch}, all weeks of the span together</p>'
    for title, week in (("Runs that start", load.runs), ("Tasks of these runs", load.tasks)):
        most = max(max(day) for day in week)
        yield f"<figure><figcaption>{title} <span class='quiet'>at most {most:,} in an hour of the week</span></figcaption>"
        yield _picture(week, most, title, wide=True) + _picture(week, most, title, wide=False)
        yield _legend(most) + "</figure>"
    yield "</section>"
    if load.crowded:
        yield _table(
            "Most crowded minutes",
            ("minute", "runs", "tasks", "at once", "made by"),
            (
                (
                    local(slot.start, zone),
                    f"{slot.runs:,}",
                    f"{slot.tasks:,}",
                    f"{slot.first_tasks:,}",
                    ", ".join(f"{share.dag_id} ({share.tasks})" for share in slot.dags),
                )
                for slot in load.crowded
            ),
            numbers={1, 2, 3},
        )
    if load.pools:
        yield _table(
            "Pools",
            ("pool", "slots asked for", "size", "when"),
            (
                (
                    pool.pool,
                    f"{pool.asked:,}" + (" — too small" if pool.size is not None and pool.asked > pool.size else ""),
                    "not told" if pool.size is None else f"{pool.size:,}",
                    local(pool.start, zone) if pool.start else "",
                )
                for pool in load.pools
            ),
            numbers={1, 2},
        )


def _picture(week: Sequence[Sequence[int]], most: int, title: str, *, wide: bool) -> str:
    """The heat map as SVG: days down and hours across, or the other way round for narrow screens."""
    across, down = (24, 7) if wide else (7, 24)
    width, height = _LABEL + across * _CELL, 22 + down * _ROW
    parts = [
        f'<svg class="{"wide" if wide else "narrow"}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)} by weekday and hour">'
    ]
    names = [f"{hour:02d}" for hour in range(24)]
    heads, sides = (names, DAYS) if wide else (DAYS, [f"{name}:00" for name in names])
    parts += [
        f'<text x="{_LABEL + index * _CELL + _CELL / 2}" y="14" class="label middle">{head}</text>' for index, head in enumerate(heads)
    ]
    for row, side in enumerate(sides):
        parts.append(f'<text x="{_LABEL - 8}" y="{22 + row * _ROW + 17}" class="label end">{side}</text>')
        for column in range(across):
            day, hour = (row, column) if wide else (column, row)
            parts.append(_square(_LABEL + column * _CELL, 22 + row * _ROW, week[day][hour], most, f"{DAYS[day]} {hour:02d}:00"))
    return "".join([*parts, "</svg>"])


def _square(left: int, top: int, count: int, most: int, name: str) -> str:
    step = shade(count, most, _SHADES)
    said = f"{count:,}" if count < 10_000 else f"{count / 1000:.0f}k"
    text = f'<text x="{left + _CELL / 2}" y="{top + 17}" class="count middle t{step}">{said}</text>' if count else ""
    box = f'<rect x="{left + 1}" y="{top + 1}" width="{_CELL - 2}" height="{_ROW - 2}" rx="3" class="s{step}"/>'
    return f"<g><title>{name}: {count:,}</title>{box}{text}</g>"


def _legend(most: int) -> str:
    steps = "".join(f'<span class="swatch s{step}"></span>' for step in range(_SHADES))
    return f'<p class="legend quiet">0 {steps} {most:,}</p>'


def _dags(simulation: Simulation) -> Iterator[str]:
    yield "<section><h2>DAGs</h2>"
    for preview in simulation.dags:
        yield from _dag(preview, simulation)
    yield "</section>"


def _dag(preview: Preview, simulation: Simulation) -> Iterator[str]:
    open_ = " open" if len(simulation.dags) <= 3 else ""
    version = f" · Airflow {escape(preview.airflow)}" if "," in simulation.airflow else ""
    if (preview.error and not preview.runs) or preview.unknown:
        state, why = ("refused", preview.error) if preview.error else ("not known", preview.unknown)
        yield f'<details{open_}><summary><b>{escape(preview.dag_id)}</b> <span class="bad">{state}</span>{version}</summary><p>{escape(why or "")}</p></details>'
        return
    zone = zone_named(preview.clock or preview.timezone)
    marks = f' <span class="mark" title="surprises">{len(preview.surprises)} !</span>' if preview.surprises else ""
    line = f'<span class="quiet">{escape(preview.description)}</span>'
    yield f"<details{open_}><summary><b>{escape(preview.dag_id)}</b> {line}{marks}{version}</summary>"
    yield f"<p>{escape(headline(preview, simulation.now, zone))}</p>"
    facts = [
        preview.expression,
        preview.timetable,
        preview.timezone,
        f"catchup {'on' if preview.catchup else 'off'}",
        f"{preview.backlog:,} due now",
        preview.path,
    ]
    yield f'<p class="quiet">{escape(" · ".join(fact for fact in facts if fact))}</p>'
    if preview.surprises:
        yield "<ul>" + "".join(f"<li>{escape(surprise.message)}</li>" for surprise in preview.surprises) + "</ul>"
    if preview.runs:
        head = [f"run after ({zone.name})", "UTC", "data", "notes"]
        kept = [
            index for index in range(4) if not (index == 1 and zone.name == "UTC") and (index < 3 or any(run.notes for run in preview.runs))
        ]
        rows = [_run(run, preview) for run in preview.runs]
        yield _table(None, [head[index] for index in kept], ([row[index] for index in kept] for row in rows))
    if preview.ends:
        yield f'<p class="quiet">{"then no further run: " if preview.runs else ""}{escape(preview.ends)}</p>'
    yield "</details>"


def _run(run: Run, preview: Preview) -> tuple[str, ...]:
    zone = zone_named(preview.clock or preview.timezone)
    data = "empty interval"
    if run.data_interval_start is None or run.data_interval_end is None:
        data = f"partition {run.partition_key}" if run.partition_key else "none"
    elif run.data_interval_start != run.data_interval_end:
        data = span(run.data_interval_start, run.data_interval_end, zone)
    return (
        f"{local(run.run_after, zone)} {abbreviation(run.run_after, zone)}",
        local(run.run_after, zone_named("UTC"), "%m-%d %H:%M"),
        data,
        "; ".join(run.notes),
    )


def _together(simulation: Simulation) -> Iterator[str]:
    for upgrade in simulation.upgrades:
        if upgrade.changes:
            changes = ((change.what, change.before or "none", change.after or "none") for change in upgrade.changes)
            yield _table(f"{upgrade.dag_id}: Airflow {upgrade.before} to {upgrade.after}", ("what", upgrade.before, upgrade.after), changes)
    if simulation.waits:
        waits = ((f"{wait.dag_id}.{wait.task_id}", wait.waits_for or "unknown", wait.verdict, wait.reason) for wait in simulation.waits)
        yield _table("Sensors that wait for other DAGs", ("sensor", "waits for", "verdict", "why"), waits)
    if simulation.consumers:
        made = (
            (
                one.dag_id,
                "; ".join(f"{key} from {', '.join(dags)}" for key, dags in one.producers.items()) or "nothing here",
                f"{len(one.runs):,}",
            )
            for one in simulation.consumers
        )
        yield _table("DAGs that run when assets are updated", ("DAG", "assets", "runs in the span"), made, numbers={2})


def _utc(value: object) -> str:
    return escape(str(value).replace("+00:00", " UTC"))


def _table(title: str | None, head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    right = set(numbers)
    mark = ['class="number"' if index in right else "" for index in range(len(head))]
    heads = "".join(f"<th {mark[index]}>{escape(cell)}</th>" for index, cell in enumerate(head))
    body = "".join("<tr>" + "".join(f"<td {mark[index]}>{escape(cell)}</td>" for index, cell in enumerate(row)) + "</tr>" for row in rows)
    table = f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    return f"<section><h2>{escape(title)}</h2>{table}</section>" if title else table
