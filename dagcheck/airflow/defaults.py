"""`default_args`: of the DAG, of each group around a task, and of the call, merged as Airflow merges them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.perhaps import Perhaps
from dagcheck.evaluate.values import External, Opaque, Value
from dagcheck.model.values import Span, Unknown
from dagcheck.records import dataclass, field

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.evaluate.interpreter import Interpreter


@dataclass(slots=True)
class Defaults:
    """Merged defaults by name, the place of each where it is known, and why they are not known as a whole (an argument that is not listed may still be among them)."""

    values: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    unknown: Unknown | None = None

    def add(self, interp: Interpreter, more: Value) -> None:
        """Put further defaults over these."""
        blurred = more if isinstance(more, Unknown) else interp.state.doubtful(more)
        in_doubt = blurred.keys if isinstance(blurred, Perhaps) else frozenset()
        if blurred is not None and not in_doubt:
            self.unknown = blurred
        elif isinstance(more, External | Opaque):
            self.unknown = interp.unknown(f"{more.describe()} as default_args is not in the project", "import", name=more.dotted)
        if isinstance(more, dict):
            for name, value in more.items():
                if isinstance(name, str):
                    self.values[name] = blurred.plain() if isinstance(blurred, Perhaps) and name in blurred.keys else value
                    span = interp.origin(more, name)
                    if span is not None:
                        self.places[name] = span
                    else:
                        self.places.pop(name, None)

    def merge(self, other: Defaults) -> None:
        """Put another set over this one."""
        self.values |= other.values
        self.places |= other.places
        self.unknown = self.unknown if other.unknown is None else other.unknown

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to merge."""
        return not self.values and not self.places and self.unknown is None

    def copy(self) -> Defaults:
        return Defaults(dict(self.values), dict(self.places), self.unknown)


def merged_defaults(interp: Interpreter, dag: DagValue | None, group: GroupValue | None, own: Value) -> Defaults:
    """The defaults that hold for one operator call; they may be the DAG's own, and must not be changed."""
    found = dag.defaults if dag is not None else Defaults()
    if own is None and (group is None or group.defaults.is_empty):
        return found
    found = found.copy()
    if group is not None:
        found.merge(group.defaults)
    if own is not None:
        found.add(interp, own)
    return found
