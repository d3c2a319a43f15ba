"""Small random programs come out of the evaluator as out of Python; with an unknown test in them, what is known is what every outcome gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagcheck.evaluate.values import Raised
from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import alike, is_plain, python, run

NAMES = ("a", "b", "c")
HEAD = """import os
a, b, c, l, d, m = 1, 2, 'x', [1, 2], {'k': 1}, []
class O:
    shared = 0
    def __init__(self): self.v = 1; self.w = [1]
    def bump(self, by): self.v += by; O.shared += 1; return self
    def __enter__(self): self.w.append(7); return self
    def __exit__(self, *e): self.w.append(8); return False
o = O()
def g(x):
    global b
    b += x
    m.append(x)
    return b
def gen(n):
    for i in range(n):
        if i == 2: return
        yield i * n
"""

numbers = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "a",
        "b",
        "len(l)",
        "d.get('k', 5)",
        "a + b",
        "a * 2 - 1",
        "sum(l)",
        "max(a, b)",
        "l[0]",
        "(a if b > 1 else 7)",
        "a // 2",
    ]
)
texts = st.sampled_from(["c", "'y'", "c + 'z'", "f'{a}-{c}'", "str(a)", "c.upper()", "'-'.join(map(str, l))", "c * 2"])
tests = st.sampled_from(
    ["a > b", "a == 1", "not l", "'k' in d", "a % 2 == 0", "b in l", "c == 'x'", "len(l) > 3", "a and b", "a < 3 or b > 3"]
)
unknown_tests = st.sampled_from(["U", "not U", "U and a > 1"])


def simple(draw: Any) -> str:
    kind = draw(st.integers(0, 23))
    number, text = draw(numbers), draw(texts)
    return [
        f"a = {number}", f"b = {number}", f"c = {text}", f"l.append({number})", f"d['{draw(st.sampled_from('kmn'))}'] = {number}", f"a += {number}",
        f"l = [x + {draw(st.integers(0, 2))} for x in l if x % 2 == {draw(st.integers(0, 1))}]", "l = l[-4:]", f"d.pop('{draw(st.sampled_from('kmn'))}', None)",
        f"a, b = b, {number}", "l = sorted(set(l))", f"l.insert(0, {number})", f"d = {{**d, 'n': {number}}}",
        f"o.v = {number}", f"o.w.append({number})", "a = o.v", f"o.bump({number})", f"a = g({number})", "m = l", "l = list(m)", "a = O.shared",
        f"l = list(gen({draw(st.integers(0, 4))})) + l[:2]", f"a = o.bump(1).bump({number}).v", f"d[{text}] = [{number}]; a = len(d)",
    ][kind]  # fmt: skip


@st.composite
def blocks(draw: Any, depth: int = 2, loop: bool = False, function: bool = False, unknown: bool = False) -> list[str]:
    """The lines of a block, without indentation."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 10)) if depth else 0
        inner = {"loop": loop, "function": function, "unknown": unknown}
        test = draw(unknown_tests if unknown and draw(st.booleans()) else tests)
        if kind <= 3:
            lines.append(simple(draw))
        elif kind <= 5:
            lines += [f"if {test}:", *indent(draw(blocks(depth - 1, **inner)))]
            if draw(st.booleans()):
                lines += ["else:", *indent(draw(blocks(depth - 1, **inner)))]
        elif kind == 6:
            lines += [
                f"for i in {draw(st.sampled_from(['range(3)', 'list(l)[:3]', 'd.copy()']))}:",
                *indent(draw(blocks(depth - 1, **{**inner, "loop": True}))),
            ]
            if draw(st.booleans()):
                lines += ["else:", *indent(draw(blocks(depth - 1, **inner)))]
        elif kind == 7:
            lines += [
                "try:",
                *indent([*draw(blocks(depth - 1, **inner)), draw(st.sampled_from(["d['zz']", "l[99]", "a = int(c)", "b = 1"]))]),
            ]
            lines += [
                "except (KeyError, IndexError):",
                *indent(draw(blocks(depth - 1, **inner))),
                "except ValueError:",
                *indent(draw(blocks(depth - 1, **inner))),
            ]
            if draw(st.booleans()):
                lines += ["finally:", *indent([simple(draw)])]
        elif kind == 8 and loop:
            lines += [f"if {test}:", f"    {draw(st.sampled_from(['break', 'continue']))}"]
        elif kind == 10 and not function:
            lines += ["with o:", *indent(draw(blocks(depth - 1, **inner)))]
        elif kind == 9 and function:
            lines += [f"if {test}:", f"    return {draw(numbers)}"]
        else:
            lines.append(simple(draw))
    return lines


def indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@st.composite
def programs(draw: Any, unknown: bool = False) -> str:
    body = draw(blocks(unknown=unknown))
    function = [
        "def f(a, b=2):",
        "    l, d, c = [a, b], {'k': a}, 'q'",
        *indent(draw(blocks(function=True, unknown=unknown))),
        "    return a, l, d, c",
    ]
    return HEAD + "\n".join([*body, *function, "r = f(a)", "s = f(b, a)", "t = o.v, o.w, O.shared"]) + "\n"


def outcome(source: str) -> dict[str, Any] | str:
    try:
        return {name: value for name, value in python(source).items() if is_plain(value)}
    except Exception as error:  # noqa: BLE001 whatever the program raises
        return type(error).__name__


@settings(max_examples=60, deadline=None)
@given(programs())
def test_a_known_program_comes_out_as_in_python(source: str) -> None:
    real = outcome(source)
    if isinstance(real, str):
        with pytest.raises(Raised, match=real):
            run(source)
        return
    interp, ours = run(source)
    assert interp.doubts == []
    for name, expected in real.items():
        assert alike(expected, ours[name]), (name, expected, ours[name])


@settings(max_examples=60, deadline=None)
@given(programs(unknown=True))
def test_what_is_known_in_spite_of_an_unknown_test_holds_for_every_outcome(source: str) -> None:
    try:
        interp, ours = run(source.replace("import os\n", "import os\nU = os.environ['U']\n"))
    except Raised:
        return
    if interp.doubts:
        return
    for flag in ("True", "False", "''"):
        real = outcome(f"U = {flag}\n{source}")
        if isinstance(real, str):
            continue
        for name, expected in real.items():
            if name in ours and known(interp, ours[name]):
                assert alike(expected, ours[name]), (name, expected, ours[name], flag)


def known(interp: Any, value: Any) -> bool:
    if isinstance(value, Unknown) or interp.state.blurry(value) is not None:
        return False
    if isinstance(value, dict):
        return all(known(interp, item) for item in value.values())
    return all(known(interp, item) for item in value) if isinstance(value, list | tuple | set) else is_plain(value)
