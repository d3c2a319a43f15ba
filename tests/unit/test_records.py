"""Records behave as Python's own dataclasses do."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

import pytest

from dagcheck import records


def _classes(maker: Any) -> dict[str, type[Any]]:
    """The same classes, made by the one or the other module."""

    @maker.dataclass
    class Plain:
        a: int
        b: list[int] = maker.field(default_factory=list)
        c: str = "c"

        def twice(self) -> int:
            return self.a * 2

    @maker.dataclass(frozen=True)
    class Frozen:
        a: int
        quiet: int = maker.field(default=3, repr=False, compare=False)
        kind: "ClassVar[str]" = "k"

        @property
        def more(self) -> int:
            return self.a + 1

    @maker.dataclass(frozen=True, slots=True)
    class Slotted:
        a: int
        b: str = "b"

    @maker.dataclass(frozen=True, slots=True)
    class Below(Slotted):
        """More."""

        c: "tuple[int, ...]" = ()

    @maker.dataclass(eq=False, slots=True)
    class Itself:
        a: int = 1

    @maker.dataclass
    class After:
        a: int
        made: int = maker.field(init=False, default=1)
        later: int = maker.field(init=False)

        def __post_init__(self) -> None:
            self.later = self.a + self.made

    @maker.dataclass(frozen=True)
    class Empty:
        pass

    @maker.dataclass(frozen=True)
    class Own:  # noqa: PLW1641 - the decorator adds a hash
        a: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

    return {kind.__name__: kind for kind in (Plain, Frozen, Slotted, Below, Itself, After, Empty, Own)}


THEIRS = _classes(dataclasses)


@pytest.fixture(params=[0, 1_000], ids=["written", "not written"])
def ours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, type[Any]]:
    """The records, with an `__init__` that is written for the first object, or for none."""
    monkeypatch.setattr(records, "_FEW", request.param)
    return _classes(records)


USES: list[Callable[[dict[str, type[Any]], ModuleType], object]] = [
    lambda made, of: (vars(made["Plain"](1)), made["Plain"](1).twice(), made["Plain"].c),
    lambda made, of: made["Plain"](1, b=[2]) == made["Plain"](1, [2]),
    lambda made, of: made["Plain"](1) != made["Plain"](2),
    lambda made, of: made["Plain"](1).b is made["Plain"](1).b,
    lambda made, of: made["Plain"].__hash__,
    lambda made, of: made["Plain"](1) == made["Frozen"](1),
    lambda made, of: (vars(made["Frozen"](1)), made["Frozen"].kind, made["Frozen"](1).more),
    lambda made, of: made["Frozen"](1, 2) == made["Frozen"](1, 9),
    lambda made, of: hash(made["Frozen"](1, 2)) == hash(made["Frozen"](1, 9)),
    lambda made, of: made["Frozen"].__match_args__,
    lambda made, of: hasattr(made["Slotted"](1), "__dict__"),
    lambda made, of: made["Below"].__slots__,
    lambda made, of: (made["Below"](1, "x", (2,)).c, isinstance(made["Below"](1), made["Slotted"]), made["Below"].__doc__),
    lambda made, of: made["Slotted"](1) == made["Below"](1),
    lambda made, of: len({made["Slotted"](1), made["Slotted"](1), made["Slotted"](1, "c")}),
    lambda made, of: made["Itself"]() == made["Itself"](),
    lambda made, of: len({made["Itself"](), made["Itself"]()}),
    lambda made, of: vars(made["After"](2)),
    lambda made, of: (made["Empty"]() == made["Empty"](), hash(made["Empty"]()) == hash(made["Empty"]())),
    lambda made, of: (made["Own"](1) == 3, repr(made["Own"](1))),
    lambda made, of: of.replace(made["Below"](1), c=(5,)).c,
    lambda made, of: copy.copy(made["Slotted"](1, "z")).b,
    lambda made, of: copy.deepcopy(made["Plain"](1, [2])).b,
]


@pytest.mark.parametrize("use", USES)
def test_a_record_is_what_a_dataclass_is(use: Callable[[dict[str, type[Any]], ModuleType], object], ours: dict[str, type[Any]]) -> None:
    assert use(ours, records) == use(THEIRS, dataclasses)


@pytest.mark.parametrize("name", ["Plain", "Frozen", "Slotted", "Below", "Itself", "After", "Empty"])
def test_what_a_record_tells_of_itself_is_what_a_dataclass_tells(name: str, ours: dict[str, type[Any]]) -> None:
    given = () if name in ("Itself", "Empty") else (1,)
    own: Any = ours[name](*given)
    theirs: Any = THEIRS[name](*given)
    assert repr(own) == repr(theirs)
    assert dataclasses.asdict(own) == dataclasses.asdict(theirs)
    assert [(field.name, field.init, field.compare) for field in dataclasses.fields(own)] == [
        (field.name, field.init, field.compare) for field in dataclasses.fields(theirs)
    ]
    assert dataclasses.is_dataclass(own)


@pytest.mark.parametrize("name", ["Frozen", "Slotted", "Below"])
def test_a_frozen_record_takes_no_other_value(name: str, ours: dict[str, type[Any]]) -> None:
    made = ours[name](1)
    with pytest.raises(AttributeError, match="a"):
        made.a = 2
    with pytest.raises(AttributeError, match="a"):
        del made.a
    assert made.a == 1


@pytest.mark.parametrize("given", [((), {}), ((1, 2, 3, 4), {}), ((1,), {"no": 1}), ((1,), {"a": 1})])
def test_a_record_refuses_what_its_fields_do_not_take(given: tuple[tuple[int, ...], dict[str, int]], ours: dict[str, type[Any]]) -> None:
    args, kwargs = given
    for made in (ours["Slotted"], ours["Slotted"]):  # the first time, and later
        with pytest.raises(TypeError):
            made(*args, **kwargs)


def test_a_dataclass_of_python_may_derive_from_a_record(ours: dict[str, type[Any]]) -> None:
    More: Any = dataclasses.dataclass(frozen=True)(type("More", (ours["Frozen"],), {"__annotations__": {"c": "int"}, "c": 0}))  # noqa: N806 - a class
    assert (More(1, 2, 3).c, More(1) == More(1), More(1).more) == (3, True, 2)


@records.dataclass(frozen=True, slots=True)
class Kept:
    """One that pickle can find."""

    a: int
    b: tuple[str, ...] = ()


def test_a_frozen_record_with_slots_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, ("x",)))) == Kept(1, ("x",))


def test_making_records_loads_no_inspection() -> None:
    code = "import sys; from dagcheck import records; records.dataclass(type('A', (), {'__annotations__': {'a': 'int'}}))(1); print('inspect' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
