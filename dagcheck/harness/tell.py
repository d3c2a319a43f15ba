"""Tells what was found so that an engineer sees the bug at once: a timeline, the rows that differ, and the lines that wrote them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from dagcheck.harness.corruption import Corruption
from dagcheck.harness.history import dumped
from dagcheck.harness.playing import Happening
from dagcheck.harness.stage import Stage
from dagcheck.harness.verdict import Blame, Diff, Found, Line
from dagcheck.harness.world import Difference, Effect, State


def found_of(stage: Stage, corruption: Corruption) -> Found:
    """A corruption, told."""
    differences = tuple(_diff(difference) for difference in corruption.differences)
    replay = {
        "version": 1,
        "dag_id": stage.dag.dag_id,
        "path": stage.dag.path,
        "seed": stage.setting.seed,
        "airflow": stage.setting.airflow,
        "history": dumped(corruption.history),
        **({"execute": True} if stage.python else {}),
    }
    return Found(
        summary=summary_of(corruption),
        timeline=tuple(_line(stage, happening, corruption) for happening in corruption.played.happenings),
        differences=differences,
        blame=tuple(_blame(stage, corruption)),
        error=corruption.error,
        replay=replay,
    )


def summary_of(corruption: Corruption) -> str:
    """What is wrong at the end, in one sentence."""
    if corruption.note is not None:
        return corruption.note
    if corruption.error is not None:
        at = corruption.played.stuck_at
        where = (
            f"task {at.task} of run {corruption.played.happenings[-1].run.run_id}"
            if at is not None and corruption.played.happenings[-1].run is not None
            else "a task"
        )
        return f"{where} fails however often it is retried: {corruption.error}"
    parts = []
    for difference in corruption.differences:
        if difference.thing[0] == "variable" and difference.extra and difference.missing:
            parts.append(
                f"{difference.name} is {difference.extra[0]!r}, and would be {difference.missing[0]!r} if each interval had run once"
            )
            continue
        if difference.extra_count == difference.missing_count:
            other = "is not as it should be" if difference.extra_count == 1 else "are not as they should be"
            parts.append(f"{difference.name}: {_many(difference.extra_count, difference)} {other}")
            continue
        extra = f"{_many(difference.extra_count, difference)} too many" if difference.extra_count else ""
        missing = f"{_many(difference.missing_count, difference)} missing" if difference.missing_count else ""
        parts.append(f"{difference.name}: {', '.join(part for part in (extra, missing) if part)}")
    return "; ".join(parts)


def _many(count: int, difference: Difference) -> str:
    word = "row" if difference.thing[0] == "table" else "line" if difference.thing[0] == "file" else "entry"
    plural = {"row": "rows", "line": "lines", "entry": "entries"}[word]
    return f"{count} {word if count == 1 else plural}"


def _diff(difference: Difference) -> Diff:
    def shown(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple([cell(item) for item in value] if isinstance(value, tuple) else cell(value) for value in values)

    return Diff(
        thing=difference.name, columns=difference.columns, extra=shown(difference.extra), missing=shown(difference.missing),
        extra_count=difference.extra_count, missing_count=difference.missing_count,
    )  # fmt: skip


def cell(value: Any) -> Any:
    """A value as JSON can say it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _line(stage: Stage, happening: Happening, corruption: Corruption) -> Line:
    run = happening.run.logical_date.strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00") if happening.run is not None else None
    changes = stage.changes(happening.before, happening.after)
    done = [_effect_line(stage, effect) for effect in happening.effects]
    lost = [f"not reached: {_effect_line(stage, effect)}" for effect in happening.lost]
    return Line(
        clock=happening.clock.strftime("%Y-%m-%d %H:%M"),
        kind=happening.kind,
        run=run,
        task_id=happening.task,
        text=_text(happening, run),
        lines=(*done, *changes, *lost),
        beside=happening.kind == "attempt" and not _matters(happening, corruption),
    )


def _matters(happening: Happening, corruption: Corruption) -> bool:
    """Whether an attempt changes what differs, or is one of the task that fails."""
    if corruption.error is not None:
        return corruption.played.stuck_at is not None and corruption.played.stuck_at.task == happening.task
    return any(happening.before.get(difference.thing) != happening.after.get(difference.thing) for difference in corruption.differences)


def _effect_line(stage: Stage, effect: Effect) -> str:
    """What was done, and where that stands: the line alone where it is in the DAG's own file."""
    if effect.line is None:
        return effect.what
    path = stage.shown(effect.path)
    return f"line {effect.line}: {effect.what}" if path in (None, stage.dag.path) else f"{path}:{effect.line}: {effect.what}"


def _text(happening: Happening, run: str | None) -> str:
    name = f"{happening.task}[{happening.index}]" if happening.index >= 0 else str(happening.task)
    again = f" (try {happening.try_number})" if happening.try_number > 1 else ""
    match happening.kind:
        case "attempt":
            return f"{name} of {run} runs{again}"
        case "crash":
            when = (
                "before it does anything"
                if not happening.effects
                else "after its last effect"
                if not happening.lost
                else f"after effect {len(happening.effects)}"
            )
            return f"{name} of {run} crashes {when}{again}"
        case "error":
            return f"{name} of {run} fails{again}: {happening.note}"
        case "hold":
            return f"{name} of {run} has come so far when another run goes on{again}"
        case "clear" if happening.task is None:
            return f"someone clears run {run}"
        case "clear":
            return f"someone clears {name} of {run}" + (f" (and with it {happening.note})" if happening.note else "")
    return "late rows turn up in the sources"


def changes_between(before: State, after: State, diff: Any) -> list[str]:
    """What changed between two states, a line a thing; `diff` compares one thing."""
    lines = []
    for thing in sorted(set(before) | set(after)):
        if before.get(thing) == after.get(thing) or thing[0] in ("xcom", "loads"):
            continue
        if thing[0] == "variable":
            lines.append(f"variable {thing[1]}: {after[thing]!r}" if thing in after else f"variable {thing[1]} is deleted")
            continue
        if thing[0] == "folder":
            continue
        difference: Difference | None = diff(thing, after.get(thing, 0), before.get(thing, 0))
        if difference is not None:
            more = f"+{difference.extra_count}" if difference.extra_count else ""
            less = f"-{difference.missing_count}" if difference.missing_count else ""
            word = "row" if thing[0] == "table" else "line"
            plural = "" if difference.extra_count + difference.missing_count == 1 else "s"
            lines.append(f"{difference.name}: {' '.join(part for part in (more, less) if part)} {word}{plural}")
        else:
            lines.append(f"{thing[0]} {thing[1]} is written")
    return lines


def _blame(stage: Stage, corruption: Corruption) -> list[Blame]:
    """The effects that wrote what differs, those of the last writers first."""
    wanted = {difference.thing for difference in corruption.differences}
    found: dict[tuple[str, str | None, int | None], Blame] = {}
    for happening in reversed(corruption.played.happenings):
        changed = any(happening.before.get(thing) != happening.after.get(thing) for thing in wanted)
        failing = corruption.error is not None and happening.kind == "error"
        if happening.task is None or not (changed or failing):
            continue
        effects = happening.effects if changed else happening.lost or happening.effects
        naming = [effect for effect in effects if stage.touches(effect, wanted)]
        for effect in effects if failing or not naming else naming:
            found.setdefault(
                (happening.task, effect.path, effect.line),
                Blame(task_id=happening.task, what=effect.what, path=stage.shown(effect.path), line=effect.line),
            )
    return list(found.values())[:4]
