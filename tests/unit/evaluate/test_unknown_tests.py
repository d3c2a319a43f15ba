"""Both sides of a test that is not known are taken, and only what they agree on is known afterwards."""

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import run

HEAD = "import os\nq = os.environ['Q']\n"

CASES = {
    "names that only newer versions of Python have": (
        (
            "import itertools, math, typing\na, b = hasattr(itertools, 'batched'), hasattr(itertools, 'chain')\nc = getattr(math, 'cbrt', None)\n"
            "d = getattr(math, 'sqrt', None)(4)\ne = hasattr(typing, 'Self')"
        ),
        {"a": ..., "b": True, "c": ..., "d": 2.0, "e": ...},
    ),
    "assignments": ("if q: a, b = 1, 2\nelse: a, b = 1, 3", {"a": 1, "b": ...}),
    "one side only": ("a = 1\nif q: a = 2\nb = 1\nif q: b = 1", {"a": ..., "b": 1}),
    "elif": ("if q: a, b = 1, 1\nelif 1 > 2: a, b = 2, 2\nelif True: a, b = 1, 3\nelse: a, b = 4, 4", {"a": 1, "b": ...}),
    "dict": ("d = {'k': 1, 'l': 1}\nif q: d['k'] = 2\na, b = d['k'], d['l']", {"a": ..., "b": 1}),
    "dict beside an assignment": ("d = {'l': 1}\nif q: d['k'] = z = 2\nelse: d['k'] = z = 3\na, b = d['l'], d['k']", {"a": 1, "b": ...}),
    "another list": ("l = [1, 2]\nif q: l = [x for x in l]\nelse: l.append(3)\na = l", {"a": ...}),
    "another list, returned": (
        (
            "def f():\n    l = [1]\n    if q: return [1, 2]\n    l.append(2)\n    return l\ndef g():\n    l = [1]\n    if q: return [1]\n"
            "    l.append(2)\n    return l\na, b = f(), g()"
        ),
        {"a": [1, 2], "b": ...},
    ),
    "new key": ("d = {}\nif q: d['k'] = 1\nn = len(d)\nx = 'k' in d", {"n": ..., "x": ...}),
    "list": (
        "l = [1]\nif q: l.append(2)\nelse: l.append(3)\nn = l[0]\nm = [5]\nif q: m.append(6)\nelse: m.append(6)\nk = m",
        {"n": ..., "k": [5, 6]},
    ),
    "a list that takes in what is not known": ("l = [1]\nl.extend(q)\nx = len(l)\ny = 1", {"x": ..., "y": 1}),
    "a stretch of what is not known": ("l = [1, 2]\nl[0:1] = q\nx = l[1]\nm = [1, 2]\nm[q:] = [3]\ny = m[0]", {"x": ..., "y": ...}),
    "a stretch that goes, nobody knows which": ("l = [1, 2]\ndel l[q:]\nx = l[0]", {"x": ...}),
    "set": ("s = {1}\nif q: s.add(2)\nx = 2 in s\nt = {1}\nif q: t.add(1)\ny = t", {"x": ..., "y": {1}}),
    "attribute": ("class C: pass\nc = C()\nc.x = c.y = 1\nif q: c.x = 2\na, b = c.x, c.y", {"a": ..., "b": 1}),
    "class attribute": ("class C: x = 1\nif q: C.x = 2\na = C.x", {"a": ...}),
    "ternary": ("a = 1 if q else 2\nb = 1 if q else 1\nc = [1] if q else [1]", {"a": ..., "b": 1, "c": [1]}),
    "boolean": ("a = q and False\nb = not (q and False)\nc = q or True", {"a": False, "b": True, "c": ...}),
    "comparison": ("a = q == 'prod'\nb = 'x' if a else 'x'", {"a": ..., "b": "x"}),
    "early return": (
        "def f():\n    if q: return 1\n    return 2\na = f()\ndef g():\n    if q: return 1\n    return 1\nb = g()",
        {"a": ..., "b": 1},
    ),
    "early return changes what comes later": (
        "l = []\ndef f():\n    if q: return\n    l.append(1)\nf()\nn = len(l)",
        {"n": ...},
    ),
    "return in a loop": ("def f():\n    for i in range(3):\n        if q: return i\n    return 9\na = f()", {"a": ...}),
    "break": ("for i in range(3):\n    last = i\n    if q: break\na = last", {"a": ...}),
    "break after a default": ("found = None\nfor i in range(3):\n    if q:\n        found = i\n        break\na = found", {"a": ...}),
    "break with else": ("for i in range(3):\n    if q: break\nelse:\n    e = 1\na = 1", {"a": 1}),
    "continue": ("l = []\nfor i in range(3):\n    if q: continue\n    l.append(i)\nn = len(l)\nm = i", {"n": ..., "m": 2}),
    "continue agrees": ("t = 0\nfor i in range(3):\n    t = i\n    if q: continue\na = t", {"a": 2}),
    "while": ("n = 0\nwhile n < 3:\n    n += 1\n    if q: break\na = n", {"a": ...}),
    "nested loops": (
        "l = []\nfor i in range(2):\n    for j in range(2):\n        if q: break\n        l.append((i, j))\nn = len(l)\nk = i",
        {"n": ..., "k": 1},
    ),
    "raise": ("if q: raise ValueError\na = 1", {"a": 1}),
    "both raise": ("try:\n    if q: raise KeyError\n    else: raise KeyError\nexcept KeyError:\n    a = 1", {"a": 1}),
    "unknown loop": ("l = []\nn = 0\nfor x in q:\n    l.append(x)\n    n += 1\na, b = len(l), n\nc = 1", {"a": ..., "b": ..., "c": 1}),
    "unknown loop over attributes": (
        (
            "class C:\n    def __init__(self): self.l = []; self.n = 0\n    def go(self):\n        for x in q: self.l.append(x); self.n += 1\n"
            "c = C()\nc.go()\na, b = len(c.l), c.n"
        ),
        {"a": ..., "b": ...},
    ),
    "unknown while": ("n = 0\nwhile q:\n    n = 1\na = n", {"a": ...}),
    "try": ("try:\n    v = q.method()\n    k = 1\nexcept Exception:\n    k = 2\na = k", {"a": ...}),
    "try without an unknown": ("try:\n    k = 1\nexcept Exception:\n    k = 2\na = k", {"a": 1}),
    "function": (
        "def f(x):\n    if x == 1: return 'one'\n    if q: return 'q'\n    return 'other'\na, b = f(1), f(2)",
        {"a": "one", "b": ...},
    ),
    "global": ("n = 0\ndef f():\n    global n\n    n = 5\nif q: f()\na = n", {"a": ...}),
    "closure": ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    if q: g()\n    return n\na = f()", {"a": ...}),
    "iterator": ("it = iter([1, 2, 3])\nif q: next(it)\na = next(it)", {"a": ...}),
    "generator": ("def g():\n    yield 1\n    if q: return\n    yield 2\na = list(g())", {"a": ...}),
    "generator first": ("def g():\n    yield 1\n    if q: yield 2\nh = g()\na = next(h)", {"a": 1}),
    "comprehension": (
        "a = [x for x in range(3) if q]\nb = [x for x in [1, 2] if x > 1]\nc = {x: q for x in range(2)}\nd = len(c)",
        {"a": ..., "b": [2], "d": 2},
    ),
    "match": ("match q:\n    case 'a': k, j = 1, 1\n    case _: k, j = 2, 1\na, b = k, j", {"a": ..., "b": 1}),
    "with": (
        "class M:\n    def __enter__(self): return 1\n    def __exit__(self, *a): pass\ndef f():\n    with M() as m:\n        if q: return 2\n    return 3\na = f()",
        {"a": ...},
    ),
    "finally": (
        "l = []\ndef f():\n    try:\n        if q: return 1\n    finally:\n        l.append(1)\n    return 2\na = f()\nn = l",
        {"a": ..., "n": [1]},
    ),
    "delete": ("d = {'k': 1}\nif q: del d['k']\nn = len(d)", {"n": ...}),
    "pop": ("l = [1, 2]\nif q: l.pop()\nn = len(l)", {"n": ...}),
    "dates": (
        (
            "import datetime, zoneinfo\nif q: d = datetime.datetime(2020, 1, 1, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Oslo'))\n"
            "else: d = datetime.datetime(2020, 1, 1, 0, tzinfo=datetime.timezone.utc)\na = d"
        ),
        {"a": ...},
    ),
    "set of unknown key": ("d = {'a': 1}\nd[q] = 2\na = len(d)\nb = {'a': 1}\nc = b['a']", {"a": ..., "c": 1}),
    "text in part": ("a = f'x_{q}'\nb = ''.join(['a', q])", {"a": ..., "b": ...}),
    "lambda": ("f = (lambda: 1) if q else (lambda: 1)\na = f()", {"a": ...}),
    "in": ("a = q in ['x']\nb = 'x' in [q]\nc = 'x' in [q, 'x']\nd = q in []", {"a": ..., "b": ..., "c": True, "d": False}),
    "given away": (
        "import unheard\nl, d, t = [1], {'k': 1}, (1,)\nunheard.f(l, x=d)\na, b, c = l[0], d['k'], t[0]",
        {"a": ..., "b": ..., "c": 1},
    ),
    "import": ("try:\n    import surely_not_there\n    k = 1\nexcept ImportError:\n    k = 2\na = k", {"a": ...}),
    "many branches": ("\n".join(f"if q: x{i} = {i}" for i in range(200)) + "\na = 1", {"a": 1}),
    "many breaks": ("l = []\nfor i in range(200):\n    if q: break\n    l.append(i)\na = len(l)", {"a": ...}),
}


@pytest.mark.parametrize("name", CASES)
def test_only_what_all_sides_agree_on_is_known(name: str) -> None:
    source, expected = CASES[name]
    values = run(HEAD + source)[1]
    found = {key: ... if isinstance(values[key], Unknown) else values[key] for key in expected}
    assert found == expected


MAYBE = HEAD + "d = {'k': 1, 'l': 2}\nif q: d['e'] = 5\n"
KEYS = {
    "reading": ("a, b = d['k'], d['e']", {"a": 1, "b": ...}),
    "get": ("a, b, c = d.get('k'), d.get('e'), d.get('z', 9)", {"a": 1, "b": ..., "c": 9}),
    "in": ("a, b, c = 'k' in d, 'e' in d, 'z' in d", {"a": True, "b": ..., "c": False}),
    "the whole": ("a, b, c = len(d), list(d), bool(d)", {"a": ..., "b": ..., "c": ...}),
    "setting": ("d['m'] = 3\na, b = d['m'], d.setdefault('n', 4)", {"a": 3, "b": 4}),
    "update": ("d.update({'k': 7, 'e': 8})\na, b = d['k'], d['e']", {"a": 7, "b": ...}),
    "update with it": ("f = {'x': 1}\nf.update(d)\na = f['k']", {"a": ...}),
    "pop": ("a, b = d.pop('k'), 'k' in d", {"a": 1, "b": False}),
    "copies": (
        "import copy\na, b, c, e = dict(d)['k'], {**d, 'k': 3}['k'], copy.deepcopy(d)['l'], dict(d, z=1)['e']",
        {"a": 1, "b": 3, "c": 2, "e": ...},
    ),
    "joined": ("a = (d | {'z': 1})", {"a": ...}),
    "call": ("def f(k, l, e=3, g=4, **rest): return k, e, g, rest\na, b, c, r = f(**d)\nz = r", {"a": 1, "b": ..., "c": 4, "z": {}}),
    "call with the rest": ("def f(k, **rest): return rest\nr = f(**d)\na, b, c = r['l'], r['e'], 'k' in r", {"a": 2, "b": ..., "c": False}),
    "twice": ("if q: d['f'] = 6\nif q: del d['l']\na, b, c = 'f' in d, 'l' in d, d['k']", {"a": ..., "b": ..., "c": 1}),
    "lost": ("d[q] = 1\na = d['k']", {"a": ...}),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_one_side_sets_leaves_the_others_known(name: str) -> None:
    source, expected = KEYS[name]
    values = run(MAYBE + source)[1]
    assert {key: ... if isinstance(values[key], Unknown) else values[key] for key in expected} == expected


def test_a_missing_key_is_still_an_error_where_others_are_in_doubt() -> None:
    assert run(MAYBE + "try:\n    a = d['z']\nexcept KeyError:\n    a = 0")[1]["a"] == 0


REFUSED = "if q == 'x':\n    raise ValueError(q)\n"
IN_DOUBT = {
    "caught": "try:\n    if q == 'x':\n        raise ValueError\nexcept ValueError:\n    a = 2\n",
    "caught by a caller": "def f():\n    if q == 'x':\n        raise ValueError\ntry:\n    f()\nexcept ValueError:\n    a = 2\n",
    "suppressed": "from contextlib import suppress\nwith suppress(ValueError):\n    if q == 'x':\n        raise ValueError\n",
    "caught in a generator": (
        "def g():\n    try:\n        if q == 'x':\n            raise ValueError\n        yield 1\n    except ValueError:\n        yield 2\na = list(g())\n"
    ),
    "an operation that fails": "if q == 'x':\n    a = {}['k']\n",
}


def test_a_side_that_refuses_what_the_deployment_gave_does_not_count() -> None:
    interp, values = run(HEAD + f"a = 1\n{REFUSED}else:\n    a = 2\n")
    assert (interp.doubts, values["a"]) == ([], 2)


def test_a_refusal_that_hangs_on_something_else_puts_the_file_in_doubt() -> None:
    interp, _ = run("import unheard\nq = unheard.f()\n" + REFUSED)
    assert [doubt.cause for doubt in interp.doubts] == ["import"]


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_side_that_raises_and_may_be_caught_or_was_not_meant_puts_the_file_in_doubt_and_names_the_variable(name: str) -> None:
    interp, _ = run(HEAD + "a = 1\n" + IN_DOUBT[name])
    assert [(doubt.name, doubt.cause) for doubt in interp.doubts] == [("Q", "environment")]


def test_a_set_is_walked_in_an_order_of_its_own() -> None:
    values = run("s = {'b', 'c', 'a'}\nx = [i for i in s], list(s), ','.join(s), str(s)\ny = s.pop()")[1]
    assert values["x"] == (["a", "b", "c"], ["a", "b", "c"], "a,b,c", "{'a', 'b', 'c'}")
    assert values["y"].cause == "random"


def test_a_text_keeps_its_known_pieces() -> None:
    values = run(HEAD + "a = f'x_{q}_y'\nb = 'x_' + q\nc = '%s-z' % q\nd = '-'.join(['a', q, 'b'])")[1]
    assert values["a"].parts == ("x_", None, "_y")
    assert values["b"].parts == ("x_", None)
    assert values["d"].parts == ("a-", None, "-b")
