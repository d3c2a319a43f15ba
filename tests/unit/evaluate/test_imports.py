"""Imports between the files of a project, and of what is nowhere."""

from typing import Any

import pytest

from dagcheck.evaluate.values import External, Raised
from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import run

FILES = {
    "helper.py": "A = 1\n_private = 2\ndef f(): return A\nclass C: n = 5\n",
    "listed.py": "__all__ = ['one']\none = 1\ntwo = 2\n",
    "pkg/__init__.py": "from .inner import I\nfrom . import other as o\nP = I + o.O\n",
    "pkg/inner.py": "I = 10\n",
    "pkg/other.py": "from pkg.inner import I\nO = I + 1\n",
    "pkg/deep/__init__.py": "",
    "pkg/deep/leaf.py": "from ..inner import I\nfrom .. import inner as again\nL = I + again.I\n",
    "space/part.py": "S = 3\n",
    "first.py": "X = 1\nimport second\nY = second.Z\n",
    "second.py": "import first\nZ = first.X + 1\n",
    "broken.py": "raise ValueError('no')\n",
    "syntax.py": "def (:\n",
    "json.py": "loads = 'ours'\n",
    "lazy.py": "def __getattr__(name): return name * 2\n",
    "effects.py": "import helper\nhelper.A = 50\nhelper.C.n = 6\n",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nowhere\nT = TYPE_CHECKING\n",
    "guarded.py": "if __name__ == '__main__':\n    raise SystemExit\nG = __name__\n",
}

CASES: dict[str, tuple[str, Any]] = {
    "module": ("import helper\nx = helper.A, helper.f(), helper.C.n", (1, 1, 5)),
    "as": ("import helper as h\nfrom helper import A as B\nx = h.A, B", (1, 1)),
    "star": ("from helper import *\nx = A, '_private' in globals()", (1, False)),
    "star with __all__": ("from listed import *\nx = one, 'two' in globals()", (1, False)),
    "package": ("import pkg\nx = pkg.P, pkg.inner.I, pkg.o.O", (21, 10, 11)),
    "relative in depth": ("from pkg.deep.leaf import L\nx = L", 20),
    "dotted": ("import pkg.deep.leaf\nx = pkg.deep.leaf.L", 20),
    "namespace package": ("from space import part\nimport space.part as p\nx = part.S, p.S", (3, 3)),
    "a cycle": ("import first\nx = first.Y", 2),
    "once": ("import helper\nhelper.A = 9\nimport helper as again\nx = again.A, again.f()", (9, 9)),
    "changed elsewhere": ("import effects\nimport helper\nx = helper.A, helper.C().n", (50, 6)),
    "module __getattr__": ("from lazy import ab\nimport lazy\nx = ab, lazy.cd", ("abab", "cdcd")),
    "a fallback": ("try:\n    from helper import NOPE\nexcept ImportError:\n    NOPE = 'fallback'\nx = NOPE", "fallback"),
    "a missing module of a package": (
        "try:\n    import pkg.nope\nexcept ModuleNotFoundError as e:\n    x = e.name or 'missing'",
        "missing",
    ),
    "an import that raises": ("try:\n    import broken\nexcept ValueError as e:\n    x = str(e)", "no"),
    "a file that is no Python": ("try:\n    import syntax\nexcept SyntaxError:\n    x = 'syntax'", "syntax"),
    "type checking": ("from typed import T\nx = T", False),
    "main guard": ("from guarded import G\nx = G", "guarded"),
    "in a function": ("def f():\n    from helper import A\n    return A\nx = f(), 'A' in globals()", (1, False)),
    "dunder import": ("x = __import__('helper').A", 1),
    "a class across files": ("from helper import C\nclass D(C):\n    m = C.n + 1\nx = D.m, D().n, issubclass(D, C)", (6, 5, True)),
    "path": ("import os, helper\nx = os.path.basename(helper.__file__), helper.__name__", ("helper.py", "helper")),
}


@pytest.mark.parametrize("name", CASES)
def test_an_import_gives_what_python_gives(name: str) -> None:
    source, expected = CASES[name]
    assert run(source, files=FILES)[1]["x"] == expected


def test_a_module_that_is_nowhere_is_known_by_its_path() -> None:
    values = run("import far.away\nfrom far.away import thing\nx = far.away.other")[1]
    assert isinstance(values["thing"], External)
    assert (values["thing"].dotted, values["x"].dotted) == ("far.away.thing", "far.away.other")


def test_a_project_module_of_the_name_of_a_standard_one_does_not_confuse_the_evaluator() -> None:
    values = run("import json\nx = json.loads", files=FILES)[1]
    assert values["x"] == "ours" or values["x"].describe() == "loads()"


def test_an_error_in_an_imported_file_is_placed_there() -> None:
    with pytest.raises(Raised) as caught:
        run("import broken", files=FILES)
    assert caught.value.span is not None
    assert (caught.value.span.path, caught.value.span.line) == ("broken.py", 1)


def test_a_star_import_of_what_is_nowhere_puts_the_file_in_doubt() -> None:
    interp, _ = run("from far.away import *")
    assert [doubt.cause for doubt in interp.doubts] == ["import"]


def test_a_name_that_a_star_import_of_what_is_nowhere_may_have_brought_is_known_by_its_path() -> None:
    values = run(
        "from shared import *\nx = Thing\ny = len", files={"shared.py": "from far.away import *\nfrom helper import *\n", **FILES}
    )[1]
    assert (values["x"].dotted, values["A"]) == ("far.away.Thing", 1)
    assert values["y"].name == "len"


def test_a_mere_folder_may_be_completed_by_an_installed_package() -> None:
    values = run("from lineage import Client", files={"lineage/deep/part.py": "P = 1\n"})[1]
    assert (type(values["Client"]), values["Client"].dotted) == (External, "lineage.Client")
    with pytest.raises(Raised, match="cannot import name"):
        run("from space import nothing", files=FILES)


def test_what_json_would_make_of_things_from_elsewhere_is_unknown() -> None:
    values = run("import json\nfrom far.away import LIMIT\nx = json.dumps({'limits': [LIMIT]})\ny = json.dumps({'limits': [1]})")[1]
    assert isinstance(values["x"], Unknown)
    assert values["y"] == '{"limits": [1]}'


def test_a_name_that_a_module_may_have_given_itself_is_not_known() -> None:
    made = "import os\nglobals().update({name: 1 for name in os.environ['NAMES'].split(',')})\n"
    interp, names = run("from made import a\nimport made\nb = made.b\nx = 1", files={"made.py": made})
    assert isinstance(names["a"], Unknown)
    assert isinstance(names["b"], Unknown)
    assert names["x"] == 1
    assert interp.doubts


@pytest.mark.parametrize(
    "source",
    [
        "from pkg import _fast\nx = _fast.run()",
        "from pkg._fast import run\nx = run()",
        "import pkg._fast\nx = pkg._fast.run()",
        "from pkg.deep import _fast as f\nx = f.run()",
        "from pkg._version import version as x",
        "from pkg.deep.orders_pb2 import Order\nx = Order()",
        "from pkg import orders_pb2_grpc as g\nx = g.Stub()",
    ],
)
def test_a_module_that_a_build_makes_is_there_but_not_known(source: str) -> None:
    files = FILES | {"pkg/_fast.cpython-311-x86_64-linux-gnu.so": "", "pkg/deep/_fast.pyd": ""}
    assert run(source, files=files)[1].get("x") is not None


@pytest.mark.parametrize(
    "source", ["import pkg._slow", "from pkg import _slow", "from pkg.deep import _fast", "from helper import _version_"]
)
def test_a_module_that_no_build_makes_is_missing(source: str) -> None:
    with pytest.raises(Raised):
        run(source, files=FILES | {"pkg/_fast.so": "", "_slow.so": ""})


@pytest.mark.parametrize("name", ["__cached__", "__spec__", "__loader__", "__builtins__"])
def test_what_python_adds_to_a_module_is_there(name: str) -> None:
    assert isinstance(run(f"x = {name}")[1]["x"], Unknown)


def test_names_of_a_class_body_that_a_metaclass_keeps_in_an_object_of_its_own_are_not_known() -> None:
    program = """
class Names(dict):
    def __missing__(self, key): return key.upper()
class Keeper:
    def __getitem__(self, key): return 1
class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases): return Keeper()
class C(metaclass=Meta):
    found = anything
x = C
"""
    interp, _ = run(program)
    assert interp.doubts
