"""Programs that compute the same in Python and in the evaluator, by what they try out."""

PROGRAMS: dict[str, str] = {}

PROGRAMS["assignments"] = """
a = b = c = 1
x, y = 1, 2
(x2, [y2, *z2]) = (1, [2, 3, 4])
*init, last = [1, 2, 3]
first, *_, end = "abcd"
d = {}
d["k"], d["l"] = 5, 6
lst = [0, 1, 2, 3, 4]
lst[1:3] = ["a", "b", "c"]
lst[0] += 10
d["k"] -= 1
s = {1}
s |= {2, 3}
s &= {2, 9}
n: int = 7
class O: pass
o = O()
o.v = 1
o.v += 2
v = o.v
t = 1,
del d["l"]
dup = del_ok = [1, 2, 3]
del dup[0]
m = 5
del m
has_m = "m" in globals()
i = 0
arr = [10, 20]
i, arr[i] = 1, 99
lst2 = [1]
lst3 = lst2
lst2 += [2]
tup = (1,)
tup2 = tup
tup += (2,)
(q) = 3
for d["z"] in range(3): pass
p = (w := 10) + w
nested = [[0] * 2 for _ in range(2)]
nested[0][1] = 5
shared = [[0]] * 2
shared[0].append(1)
"""

PROGRAMS["calls"] = """
def f(a, b=2, *args, c, d=4, **kw): return (a, b, args, c, d, kw)
r1 = f(1, c=3)
r2 = f(1, 2, 3, 4, c=5, e=6)
r3 = f(*[1, 2], *(3,), **{"c": 1}, **{"z": 2})
def g(a, /, b, *, c=1): return a, b, c
r4 = g(1, b=2)
r5 = g(1, 2, c=3)
def errors(call):
    try:
        return call()
    except TypeError as e:
        return "TypeError"
r6 = [errors(lambda: g()), errors(lambda: g(1, 2, 3)), errors(lambda: g(a=1, b=2)), errors(lambda: f(1)), errors(lambda: g(1, 2, b=3))]
def h(x, acc=[]):
    acc.append(x)
    return list(acc)
r7 = (h(1), h(2))
def default(x, y=len("abc")): return x + y
r8 = default(1)
def pos_kw(a, /, **kw): return a, kw
r9 = pos_kw(1, a=2)
r10 = (lambda x, *y, z=3, **w: (x, y, z, w))(1, 2, z=5, q=6)
def fact(n): return 1 if n <= 1 else n * fact(n - 1)
r11 = fact(20)
def outer():
    def inner(): return x
    x = 5
    return inner()
r12 = outer()
def many(*args): return len(args)
r13 = many(*range(5), *"ab", *{1: 2})
r14 = max(3, 1, 2), min([4, 2], key=lambda v: -v), sum([[1], [2]], [])
def none(): pass
r15 = none()
def doc():
    "the doc"
r16 = doc.__doc__, doc.__name__
r17 = dict(a=1, **{"b": 2})
r18 = (lambda: (yield))
r18 = None
"""

PROGRAMS["closures"] = """
fs = [lambda: i for i in range(3)]
late = [f() for f in fs]
gs = [lambda i=i: i for i in range(3)]
early = [g() for g in gs]
hs = []
for k in range(3):
    def h(): return k
    hs.append(h)
loop = [h() for h in hs]
def counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
c = counter()
counts = [c(), c(), c(5)]
c2 = counter()
other = c2()
total = 0
def add(x):
    global total
    total += x
add(3); add(4)
def a():
    x = 1
    def b():
        x = 2
        def d():
            nonlocal x
            x = 3
        d()
        return x
    return b(), x
r = a()
x = "module"
def shadow():
    x = "local"
    class C:
        y = x
        def m(self): return x
    return C.y, C().m()
s = shadow()
class D:
    z = 1
    w = [z for _ in range(2)] if False else z
    def m(self): return z if "z" in globals() else "no"
d = D().m()
def make(n):
    if n == 0: return lambda: 0
    inner = make(n - 1)
    return lambda: inner() + n
m = make(5)()
def compose(*fs):
    def run(x):
        for f in reversed(fs): x = f(x)
        return x
    return run
comp = compose(lambda v: v + 1, lambda v: v * 2)(5)
"""

PROGRAMS["comprehensions"] = """
a = [x * 2 for x in range(5) if x % 2]
b = [(x, y) for x in range(3) for y in range(x) if x != y]
c = {k: v for k, v in zip("abc", range(3))}
d = {x % 3 for x in range(10)}
e = list(x for x in range(3))
f = [[y for y in range(x)] for x in range(4)]
x = "outer"
g = [x for x in range(2)]
h = x
i = sum(v for v in (1, 2, 3))
j = [y := 1, y ** 2]
k = [last := n for n in range(4)]
l = last
m = any(n > 2 for n in [1, 2, 3]), all(n > 0 for n in [])
o = {(p, q): p * q for p in range(2) for q in range(2)}
r = ",".join(str(n) for n in range(4))
s = [a_ for a_, *_ in [(1, 2, 3), (4, 5)]]
t = dict((n, n * n) for n in range(3))
u = [n for n in range(20) if n % 2 if n % 3]
def fn():
    local = 3
    return [local * n for n in range(2)], {n: local for n in range(1)}
v = fn()
class C:
    items = [1, 2]
    doubled = [n * 2 for n in items]
w = C.doubled
gen = (n * n for n in range(10))
z = next(gen), next(gen), list(gen)[:2]
aa = [[row[i] for row in [[1, 2], [3, 4]]] for i in range(2)]
"""

PROGRAMS["control"] = """
r = []
for i in range(5):
    if i == 1: continue
    if i == 3: break
    r.append(i)
else:
    r.append("else")
for i in []:
    pass
else:
    r.append("empty")
n = 0
while n < 3:
    n += 1
else:
    r.append(n)
while True:
    n += 1
    if n > 6: break
def f(x):
    if x < 0: return "neg"
    elif x == 0: return "zero"
    else:
        for k in range(x):
            if k == 2: return "two"
        return "pos"
r2 = [f(-1), f(0), f(1), f(5)]
def g():
    for i in range(3):
        for j in range(3):
            if i * j == 2: return i, j
r3 = g()
out = []
for i in range(3):
    for j in range(3):
        if j == i: break
        out.append((i, j))
    else:
        out.append("full")
x = 5 if r else 6
y = not r and 1 or 2
z = None or 0 or "" or "last"
w = 1 < 2 < 3 > 2 != 5
a = 3 in [1, 2, 3] and 3 not in {4}
b = [] is not None
c = "a" "b" f"{1}" 'c'
d = 1 if False else 2 if False else 3
e = 7
lst = [1, 2, 3]
for item in lst:
    if item < 3: lst.append(item + 10)
f2 = ... is Ellipsis
assert x
pass
"""

PROGRAMS["exceptions"] = """
log = []
try:
    {}["missing"]
except (ValueError, KeyError) as e:
    log.append(("key", e.args))
else:
    log.append("no")
finally:
    log.append("finally")
try:
    log.append("fine")
except Exception:
    log.append("never")
else:
    log.append("else")
class MyError(ValueError):
    def __init__(self, message, code=3):
        super().__init__(message)
        self.code = code
try:
    raise MyError("boom")
except ValueError as e:
    log.append((e.code, str(e), isinstance(e, ValueError)))
def f():
    try:
        return "try"
    finally:
        log.append("cleanup")
log.append(f())
def g():
    for i in range(3):
        try:
            if i == 0: continue
            if i == 1: break
        finally:
            log.append(("loop", i))
g()
def h():
    try:
        raise KeyError("a")
    except KeyError:
        try:
            raise ValueError("b") from None
        except ValueError as inner:
            return str(inner)
log.append(h())
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise
except ArithmeticError as e:
    log.append(type(e).__name__)
try:
    int("x")
except ValueError:
    log.append("int")
try:
    [][1]
except IndexError:
    log.append("index")
try:
    None.x
except AttributeError:
    log.append("attr")
try:
    undefined_name
except NameError:
    log.append("name")
try:
    "a" + 1
except TypeError:
    log.append("type")
try:
    assert False, "msg"
except AssertionError as e:
    log.append("assert")
try:
    raise SystemExit
except BaseException as e:
    log.append("base")
def over():
    try:
        return 1
    finally:
        return 2
log.append(over())
def nested():
    try:
        try:
            raise KeyError
        finally:
            log.append("inner")
    except KeyError:
        return "outer"
log.append(nested())
class A(Exception): pass
class B(A): pass
for kind in (A, B, KeyError):
    try:
        raise kind()
    except B: log.append("B")
    except A: log.append("A")
    except Exception: log.append("other")
"""

PROGRAMS["classes"] = """
class A:
    count = 0
    items = []
    def __init__(self, x): self.x = x; A.count += 1; self.items.append(x)
    def who(self): return "A"
    def call(self): return self.who()
    @classmethod
    def make(cls, x): return cls(x)
    @staticmethod
    def add(a, b): return a + b
    @property
    def double(self): return self.x * 2
    @double.setter
    def double(self, v): self.x = v / 2
class B(A):
    def __init__(self, x, y=0):
        super().__init__(x)
        self.y = y
    def who(self): return "B" + super().who()
b = B.make(3)
r = [b.who(), b.call(), b.double, A.add(1, 2), b.add(3, 4), A.count, B.count, b.items, type(b).__name__, isinstance(b, A), issubclass(B, A), b.y]
b.double = 10
r2 = b.x, b.__dict__
B.count = 50
r3 = A.count, B.count
class M1:
    def f(self): return ["M1"] + super().f()
class M2:
    def f(self): return ["M2"] + super().f()
class Base:
    def f(self): return ["Base"]
class D(M1, M2, Base): pass
r4 = D().f(), [c.__name__ for c in D.__mro__]
class V:
    def __init__(self, v): self.v = v
    def __add__(self, o): return V(self.v + (o.v if isinstance(o, V) else o))
    def __radd__(self, o): return V(o + self.v)
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return hash(self.v)
    def __repr__(self): return f"V({self.v})"
    def __len__(self): return self.v
    def __getitem__(self, k): return k * self.v
    def __contains__(self, k): return k == self.v
    def __call__(self, *a): return (self.v, a)
    def __iter__(self): return iter(range(self.v))
    def __bool__(self): return self.v > 1
    def __enter__(self): return "entered"
    def __exit__(self, *a): return False
    def __neg__(self): return V(-self.v)
    def __format__(self, spec): return f"<{self.v}:{spec}>"
    def __getattr__(self, name):
        if name.startswith("dyn_"): return name[4:]
        raise AttributeError(name)
v = V(2) + V(3) + 1
r5 = v.v, (1 + V(1)).v, sum([V(1), V(2)], V(0)).v, V(1) == V(1), V(1) != V(2), sorted([V(3), V(1)], reverse=True)[0].v, len({V(1), V(1)}), {V(1): "a"}[V(1)]
r6 = repr(v), str([V(1)]), len(v), v[2], 6 in v, v(1), list(V(3)), bool(V(1)), bool(V(2)), (-v).v, v.dyn_x, hasattr(v, "nope"), getattr(v, "nope", 5)
with V(1) as w: r7 = w
r8 = f"{v}" if False else max([V(1), V(5)]).v
class Meta(type):
    registry = {}
    def __new__(mcs, name, bases, ns, **kw):
        cls = super().__new__(mcs, name, bases, ns)
        mcs.registry[name] = kw
        return cls
class Reg(metaclass=Meta): pass
class Reg2(Reg): pass
r9 = list(Meta.registry)
class Plug:
    found = []
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        Plug.found.append((cls.__name__, tag))
class P1(Plug, tag="x"): pass
class P2(P1): pass
r10 = Plug.found
class Outer:
    class Inner:
        z = 3
    y = Inner.z
r11 = Outer.Inner().z, Outer.y
class Single:
    _one = None
    def __new__(cls):
        if cls._one is None: cls._one = super().__new__(cls)
        return cls._one
r12 = Single() is Single()
class Slots:
    __slots__ = ("a",)
    def __init__(self): self.a = 1
r13 = Slots().a
class Ops:
    def __init__(self, n): self.n = n
    def __rshift__(self, o): return (self.n, getattr(o, "n", o))
    def __or__(self, o): return Ops(self.n | o.n)
    def __iadd__(self, o): self.n += o; return self
o = Ops(1)
o += 4
r14 = o.n, Ops(1) >> Ops(2), (Ops(1) | Ops(2)).n
class Chain:
    def __init__(self): self.steps = []
    def step(self, s): self.steps.append(s); return self
r15 = Chain().step(1).step(2).steps
class Desc:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, cls=None): return 42 if obj else self
class HasDesc: d = Desc()
r16 = HasDesc().d
class Sub:
    @classmethod
    def x(cls): return 1
    def __class_getitem__(cls, key): return (cls.__name__, key)
    def __init_subclass__(cls): cls.made = True
class Sub2(Sub): pass
Sub.__init_subclass__()
class Bare:
    def __new__(cls): return object.__new__(cls)
    def __str__(self): return "bare"
r24 = Sub["k"], Sub2.made, Sub.made, "%s" % Bare(), "%s-%s" % (Bare(), 1), "%(k)s" % {"k": Bare()}, Base.__new__(Base).f()
setattr(b, "dynamic", 9)
r17 = b.dynamic, vars(b)["dynamic"]
r18 = [c.__name__ for c in A.__subclasses__()]
r19 = type("Made", (Base,), {"k": 5}).k
class Abstract:
    def template(self): return self.hook() + "!"
    def hook(self): raise NotImplementedError
class Concrete(Abstract):
    def hook(self): return "hook"
r20 = Concrete().template()
r21 = Concrete.hook(Concrete())
class Counted:
    n = 0
    def __init__(self): type(self).n += 1; self.id = self.__class__.n
r22 = [Counted().id for _ in range(3)]
class Prop:
    def __init__(self): self._v = 1
    def get(self): return self._v
    def set(self, v): self._v = v
    v = property(get, set)
p = Prop(); p.v = 7
r23 = p.v
"""

PROGRAMS["generators"] = """
def g(n):
    for i in range(n):
        if i == 1: continue
        yield i
    return "end"
a = list(g(4))
def d():
    r = yield from g(3)
    yield r
b = list(d())
def inf():
    n = 0
    while True:
        yield n
        n += 1
import itertools
c = list(itertools.islice(inf(), 5))
def fib():
    x, y = 0, 1
    while True:
        yield x
        x, y = y, x + y
e = [next(f) for f in [fib()] for _ in range(6)]
def early():
    yield 1
    return
    yield 2
f = list(early())
def tryit():
    try:
        yield 1
        raise ValueError
    except ValueError:
        yield 2
    finally:
        yield 3
h = list(tryit())
def withit():
    with open_it() as o:
        yield o
class open_it:
    def __enter__(self): return "o"
    def __exit__(self, *a): pass
i = list(withit())
def nested(x):
    if isinstance(x, list):
        for y in x: yield from nested(y)
    else:
        yield x
j = list(nested([1, [2, [3, 4]], 5]))
k = dict(enumerate(g(3), 1))
def echo():
    got = []
    while True:
        value = yield got
        if value is None: return
        got.append(value)
def batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch: yield batch
l = list(batches(range(5), 2))
m = sum(x for x in g(5))
n = sorted(g(4), reverse=True)
o, *p = g(4)
q = {**{x: 1 for x in g(3)}}
r = max(g(5), default=None), list(zip(g(3), inf()))
s = [x for x in g(5) if x] + [*g(2)]
it = iter([1, 2, 3])
t = next(it), next(it), next(it), next(it, "done")
u = list(map(lambda x, y: x + y, [1, 2], [3, 4])), list(filter(None, [0, 1, 2])), list(reversed([1, 2]))
def passing():
    x = (yield 1) or 5
    yield x
v = list(passing())
def cond(flag):
    if flag:
        yield "yes"
    else:
        yield "no"
    match flag:
        case True:
            yield "matched"
w = list(cond(True)) + list(cond(False))
def fmt():
    yield f"{1}"
    print((yield 2))
    return (yield 3)
x = list(fmt())
"""

PROGRAMS["decorators"] = """
import functools
def plain(f):
    @functools.wraps(f)
    def wrapper(*a, **k): return ("plain", f(*a, **k))
    return wrapper
def with_args(tag, n=1):
    def deco(f):
        def wrapper(*a): return (tag, n, f(*a))
        return wrapper
    return deco
@plain
def f(x): return x
@with_args("t", n=2)
@plain
def g(x): return x
r = f(1), g(2), f.__name__
class Deco:
    def __init__(self, f): self.f = f; self.calls = 0
    def __call__(self, *a):
        self.calls += 1
        return self.f(*a)
@Deco
def h(x): return x * 2
r2 = h(2), h(3), h.calls
registry = {}
def register(name):
    def inner(cls):
        registry[name] = cls
        return cls
    return inner
@register("a")
class A: v = 1
r3 = registry["a"].v, list(registry)
def cls_deco(cls):
    cls.extra = 5
    return cls
@cls_deco
class B: pass
r4 = B.extra
@functools.lru_cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
r5 = fib(50)
def method_deco(m):
    def w(self, *a): return [m(self, *a)]
    return w
class C:
    @method_deco
    def m(self, x): return x
    @property
    @method_deco
    def p(self): return "p"
    @functools.cached_property
    def cp(self): self.n = getattr(self, "n", 0) + 1; return self.n
c = C()
r6 = c.m(1), c.p, c.cp, c.cp
def optional(f=None, *, k=1):
    if f is None: return functools.partial(optional, k=k)
    return lambda *a: (k, f(*a))
@optional
def o1(x): return x
@optional(k=5)
def o2(x): return x
r7 = o1(1), o2(2)
@lambda f: f()
def immediate(): return 99
@functools.singledispatch
def sd(x): return "default"
@sd.register(int)
def _(x): return "int"
@sd.register
def _(x: list): return "list"
r8 = sd("s"), sd(1), sd([])
"""

PROGRAMS["match"] = """
def m(x):
    match x:
        case 0 | 1: return "small"
        case int(n) if n > 100: return ("big", n)
        case int(): return "int"
        case "a" | "b" as letter: return letter
        case str(): return "str"
        case []: return "empty"
        case [one]: return ("one", one)
        case [first, *rest, last]: return (first, rest, last)
        case {"type": "x", "v": v, **rest}: return (v, rest)
        case {}: return "dict"
        case None: return "none"
        case P(x=a, y=b): return a + b
        case _: return "other"
class P:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
r = [m(v) for v in [0, 500, 50, "a", "zz", [], [1], [1, 2, 3, 4], {"type": "x", "v": 3, "w": 4}, {"q": 1}, None, P(1, 2), 3.5, (1, 2)]]
class Color:
    RED = 1
def c(v):
    match v:
        case Color.RED: return "red"
        case P(1, y): return y
        case (a, (b, c)): return a + b + c
        case x: return x
r2 = c(1), c(P(1, 7)), c((1, (2, 3))), c("z")
match r:
    case [a, *_]: top = a
"""

PROGRAMS["texts"] = """
n = 255
s = "héllo"
a = f"{n:>6}|{n:<6}|{n:^6}|{n:06d}|{n:x}|{n:#o}|{n:,}|{n:e}|{n!r:>5}|{3.14159:.2f}|{s!a}|{'x':*^5}|{n=}"
b = "%s %r %5d %-5s| %05.1f %% %x" % ("a", "b", 3, "c", 2.5, 255)
c = "%(k)s-%(v)d" % {"k": "a", "v": 1}
d = "{} {0}".format(1) if False else "{} {} {x} {y[0]} {z.real:>4}".format(1, 2, x=3, y=[4], z=5)
e = "{:{w}.{p}f}|{!r}".format(1.5, "q", w=8, p=2)
f = s.upper(), s.title(), s.split("l"), s.replace("l", "L", 1), s[::-1], s.encode("utf-8"), s.find("o"), s.partition("l")
g = "a,b,,c".split(","), " x ".strip(), "abc".startswith(("a", "z")), "x".join(["1", "2"]), "a-b".rsplit("-", 1), "l\\nm".splitlines()
h = "abc".isalpha(), "1".isdigit(), "aB".swapcase(), "x".zfill(3), "a".center(5, "."), "Ab".casefold(), "abc".translate({97: "z"}), str.maketrans("a", "b")
i = "ab" * 3, "a" < "b", "a" in "abc", len(s), s.index("l"), s.count("l"), max(s), sorted("cab"), list("ab")
j = (
    f"{'nested ' + f'{n}'}", f"{{literal}}", f"{n if n else 0}", f"{[1, 'a', None]}", f"{({'k': (1,)})}", str({"a"}), repr("it's"), str(None),
    str(True), str(1.0), str(b"x"),
)
k = "tpl {a}".format_map({"a": 1}), "x".ljust(3) + "|", "%s" % (1,), "%s" % [1, 2], "%d%%" % 5, "%c" % "x", "%5.2f" % 3.14159
l = "A_b".lower().replace("_", "-").removeprefix("a").removesuffix("b"), "q".encode().hex(), bytes([1, 2]), bytearray(b"x") == b"x", b"ab".decode()
m = (
    "\\t".expandtabs(4), "%-10s|" % "a", "%+d" % 5, "{:+}".format(3), "{:%}".format(0.25), "{:>10s}".format("x"), ord("a"), chr(98), hex(255),
    bin(5), oct(8), ascii("é"),
)
o = "abc"[1:], "abc"[-1], "abc"[::2], "abcdef"[1:-1:2], "".join(reversed("abc")), "a\\x00b".isprintable()
p = "Hello World".swapcase().istitle(), "snake_case_name".title().replace("_", ""), "CamelCase".lower()
"""

PROGRAMS["containers"] = """
l = [3, 1, 2]
l.sort(); l.append(4); l.extend([5]); l.insert(0, 0); l.remove(2); l.reverse()
a = l, l.pop(), l.pop(0), l.index(3), l.count(1), l[1:], l[-1], l + [9], l * 2, 3 in l
d = {"a": 1, "b": 2}
d.update(c=3); d.update({"d": 4}); d.setdefault("e", 5)
b = d.get("z"), d.get("z", 0), d.pop("a"), d.pop("zz", None), list(d), list(d.values()), list(d.items()), {**d, "b": 9}, d | {"x": 1}, "b" in d, len(d)
c = {k: v for k, v in sorted(d.items(), key=lambda kv: -kv[1])}
s = {1, 2} | {3}
e = s & {1, 9}, s - {1}, s ^ {1, 7}, s <= {1, 2, 3}, s.union([5]), frozenset([1]) in {frozenset([1])}, sorted(s, reverse=True), s.isdisjoint({8})
t = (1, 2) + (3,)
f = t[0], t.index(2), t * 2, (1, 2) < (1, 3), tuple("ab"), hash((1, 2)) == hash((1, 2))
g = sorted([("b", 1), ("a", 2)]), sorted(["B", "a"], key=str.lower), sorted([3, 1], reverse=True), sorted({"b": 1, "a": 2})
h = list(zip([1, 2], "ab")), list(enumerate("ab", 1)), dict(zip("ab", [1, 2])), list(range(5, 0, -2)), range(3)[1], len(range(10))
i = [1, [2, [3]]] == [1, [2, [3]]], {"a": [1]} == {"a": [1]}, [1] != [2], [] == (), {1: 2} == {1: 2.0}
j = (
    list(map(str, [1, 2])), list(filter(lambda x: x > 1, [1, 2, 3])), any([0, 1]), all([1, 0]), sum([1, 2], 10), abs(-3), round(2.567, 1),
    divmod(7, 2), pow(2, 3), pow(2, 3, 5),
)
m = dict.fromkeys("ab", 0), dict([("a", 1)]), list({"a": 1}), set("aab") == {"a", "b"}, [*"ab", *[1]], {*[1], *[2]}, (*[1], 2)
n = d.keys() & {"b"}, list(d.keys()), next(iter(d)), list(reversed([1, 2])), d == dict(d), max(d, key=d.get), min([1, 2], default=0)
nested = {"a": {"b": [1, 2]}}
nested["a"]["b"].append(3)
nested["a"].setdefault("c", {})["x"] = 1
o = nested
q = [[]] * 2
q[0].append(1)
copy1 = l[:]
copy1.append(100)
r = len(l), len(copy1)
del d["b"]
u = list(d)
x, *y = {"k": 1, "l": 2}.items()
v = [i for i in range(10)][2:8:3]
w = (
    isinstance(1, int), isinstance("a", (int, str)), isinstance([], list), isinstance(True, int), type(1) is int, type("a").__name__,
    callable(len), isinstance({}, dict),
)
z = int("12"), float("1.5"), str(12), bool([]), int(3.9), int("ff", 16), complex(1, 2), bytes(2), list(b"ab"), tuple({1: 2}), int(True)
first = next((p for p in [1, 2, 3] if p > 1), None)
aa = list(zip(*[(1, 2), (3, 4)])), [list(col) for col in zip([1, 2], [3, 4])], slice(1, 2).start, list(range(10))[slice(2, 4)]
"""

PROGRAMS["libraries"] = """
import collections, itertools, functools, operator, string, textwrap, math, re, json, copy, decimal, fractions, hashlib, base64, html, urllib.parse, types, enum, statistics
dd = collections.defaultdict(list)
for k, v in [("a", 1), ("b", 2), ("a", 3)]: dd[k].append(v)
a = dict(dd), sorted(dd), len(dd["new"]), "new" in dd
cnt = collections.Counter("hello")
b = cnt["l"], cnt["zz"], cnt.most_common(1), sum(cnt.values()), dict(cnt - collections.Counter("l"))
od = collections.OrderedDict([("x", 1), ("y", 2)])
od.move_to_end("x")
c = list(od), od.popitem(last=False)
dq = collections.deque([1, 2], maxlen=2)
dq.append(3); dq.appendleft(0)
d = list(dq), dq[0], len(dq)
P = collections.namedtuple("P", "x y")
p = P(1, y=2)
e = p.x + p.y, tuple(p), p._asdict(), p == (1, 2), P(*[3, 4]).y, p._replace(x=5).x, P._fields, [*p]
cm = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
f = cm["a"], cm["b"], dict(cm)
g = (
    list(itertools.chain([1], (2,), "3")), list(itertools.zip_longest([1], [2, 3], fillvalue=0)), list(itertools.accumulate([1, 2, 3])),
    list(itertools.combinations("abc", 2)), list(itertools.permutations([1, 2])), list(itertools.repeat(1, 2)),
    list(itertools.starmap(pow, [(2, 3)])), list(itertools.takewhile(lambda x: x < 2, [1, 2, 1])),
    list(itertools.dropwhile(lambda x: x < 2, [1, 2, 1])), list(itertools.compress("abc", [1, 0, 1])), list(itertools.pairwise([1, 2, 3])),
    list(itertools.filterfalse(None, [0, 1])), list(itertools.islice(itertools.cycle([1, 2]), 3)), [list(t) for t in itertools.tee([1, 2])],
)
h = [(k, [x for x in grp]) for k, grp in itertools.groupby(sorted(["aa", "b", "cc"], key=len), key=len)]
i = functools.reduce(lambda x, y: x * y, [1, 2, 3], 10), functools.partial(int, base=2)("101"), sorted([3, 1, 2], key=functools.cmp_to_key(lambda x, y: y - x))
j = (
    operator.itemgetter(1)([1, 2]), operator.attrgetter("real")(5), operator.itemgetter("a", "b")({"a": 1, "b": 2}),
    operator.methodcaller("upper")("x"), operator.mul(2, 3),
)
k = (
    string.ascii_lowercase[:3], string.Template("$a b").substitute(a=1), textwrap.dedent("  x\\n  y"), textwrap.indent("a", "> "),
    math.ceil(1.2), math.pi > 3, math.gcd(4, 6),
)
l = (
    re.sub(r"\\d+", lambda m: str(int(m.group()) + 1), "a1b22"), re.findall(r"(\\w)(\\d)", "a1 b2"), re.split(r"[,;]", "a,b;c"),
    bool(re.match("x", "y")), re.search(r"(?P<n>\\d+)", "ab12").group("n"), [m.start() for m in re.finditer("a", "aba")],
    re.compile(r"b", re.I).sub("x", "aBb"), re.fullmatch("a*", "aaa").span(),
)
m = json.loads('{"a": [1, 2.5, null, true]}'), json.dumps({"b": 1, "a": [1]}, sort_keys=True), json.dumps("é"), json.dumps([1], indent=2)
n = copy.copy([1, [2]]), copy.deepcopy({"a": [1]})
o = (
    str(decimal.Decimal("1.10") + 1), fractions.Fraction(1, 3) * 3 == 1, hashlib.md5(b"a").hexdigest(),
    hashlib.sha256("x".encode()).hexdigest()[:8], base64.b64encode(b"ab").decode(), html.escape("<"), urllib.parse.quote("a b/"),
    urllib.parse.urlparse("http://h:1/p?q=1").netloc, urllib.parse.urlencode({"a": 1}), urllib.parse.urljoin("http://a/b", "c"),
)
ns = types.SimpleNamespace(a=1)
ns.b = 2
q = ns.a + ns.b, statistics.mean([1, 2, 3])
class C(enum.Enum):
    A = 1
    B = enum.auto()
    ALIAS = 1
    def up(self): return self.name + "!"
    @classmethod
    def default(cls): return cls.B
r = (
    [c.name for c in C], C.A.value, C(2).name, C["A"] is C.A, C.ALIAS is C.A, C.B.up(), C.default().value, len(C), C.A in C, str(C.A),
    repr(C.B), {C.A: 1}[C.A], C.A == C.B, list(C.__members__),
)
class S(str, enum.Enum):
    X = "x"
    Y = "y"
s = S.X == "x", S("y").name, "-".join([S.X.value, S.Y]), S.X.upper(), [m.value for m in S], isinstance(S.X, str), {"x": 1}[S.X]
class Pl(enum.Enum):
    E = (1, 2)
    F = (3, 4)
    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
t = Pl.F.mass, Pl.E.radius, Pl((3, 4)).name
class Fl(enum.IntFlag):
    R = enum.auto()
    W = enum.auto()
u = int(Fl.R | Fl.W), Fl.W.value
try:
    C(99)
except ValueError:
    w = "no such value"
"""

PROGRAMS["dataclasses"] = """
from dataclasses import dataclass, field, asdict, astuple, replace, fields, InitVar, KW_ONLY
from typing import ClassVar, List, Optional, NamedTuple
@dataclass
class A:
    x: int
    y: str = "d"
    z: List[int] = field(default_factory=list)
    k: ClassVar[int] = 5
    hidden: int = field(default=3, repr=False, compare=False)
    made: int = field(init=False, default=0)
    def __post_init__(self): self.made = self.x + 1
    @property
    def both(self): return f"{self.x}{self.y}"
    def with_y(self, y): return replace(self, y=y)
a = A(1)
r = [a.made, a.both, repr(a), a == A(1), a == A(2), a != A(1), asdict(a), a.with_y("n").y, A.k, A(1, hidden=9) == a, [f.name for f in fields(a)], astuple(a)]
@dataclass
class B(A):
    w: Optional[int] = None
b = B(5, "q", w=2)
r2 = b.made, b.w, repr(b), isinstance(b, A), A(1).z is not A(1).z
@dataclass(frozen=True, order=True)
class F:
    p: int
    q: str = ""
r3 = {F(1): "one"}[F(1)], len({F(1), F(1), F(2)}), F(1) < F(2), sorted([F(2), F(1)])[0].p, max(F(1, "b"), F(1, "c")).q
try:
    F(1).p = 2
except AttributeError as e:
    r4 = type(e).__name__
@dataclass
class I:
    base: InitVar[int]
    total: int = 0
    def __post_init__(self, base): self.total = base * 2
r5 = I(4).total
@dataclass
class K:
    a: int
    _: KW_ONLY
    b: int = 2
r6 = K(1, b=5).b
try:
    K(1, 2)
except TypeError:
    r7 = "keyword only"
@dataclass
class N:
    inner: A
    items: list = field(default_factory=lambda: [A(1)])
r8 = asdict(N(A(2)))
class T(NamedTuple):
    name: str
    n: int = 3
    @property
    def label(self): return f"{self.name}:{self.n}"
    @classmethod
    def make(cls, s): return cls(s, 1)
t = T("a")
r9 = t.label, t.n, T.make("b"), t == ("a", 3), t._asdict(), [v for v in t], T("z", n=1)[1]
match A(1, "m"):
    case A(x=1, y=yy): r10 = yy
match T("q"):
    case T(name, n): r11 = name, n
"""

PROGRAMS["namespaces"] = """
for name in ("one", "two"):
    globals()[f"var_{name}"] = name.upper()
g = globals()["var_one"], var_two
globals().update(extra=5)
h = extra
def f(a, b=2):
    c = 3
    return sorted(locals())
l = f(1)
class C:
    k = 1
setattr(C, "dyn", 4)
s = C.dyn, getattr(C, "nope", "d"), hasattr(C, "k"), [n for n in vars(C) if not n.startswith("_")]
import math as m, json
from os.path import join as j, basename
r = m.floor(1.5), j("a", "b"), basename("/x/y.py")
if True:
    def conditional(): return "yes"
else:
    def conditional(): return "no"
t = conditional()
def recursive_default(n=3, *, seen=None):
    seen = seen if seen is not None else []
    seen.append(n)
    return seen if n == 0 else recursive_default(n - 1, seen=seen)
u = recursive_default()
try:
    del undefined
except NameError:
    v = "no name"
w = 1
x = (lambda: [locals() for _ in range(1)] and 1)()
del name
has = "name" in globals()
"""

PROGRAMS["with"] = """
import contextlib
log = []
class M:
    def __init__(self, n, swallow=False): self.n, self.swallow = n, swallow
    def __enter__(self): log.append(f"enter {self.n}"); return self
    def __exit__(self, kind, value, tb):
        log.append((f"exit {self.n}", kind.__name__ if kind else None, str(value) if value else None))
        return self.swallow
with M(1) as a, M(2):
    log.append("body")
with M(3, swallow=True):
    raise ValueError("bad")
try:
    with M(4):
        raise KeyError("k")
except KeyError:
    log.append("caught")
def f():
    with M(5):
        return "ret"
log.append(f())
for i in range(2):
    with M(6):
        if i == 0: continue
        break
@contextlib.contextmanager
def cm(x):
    log.append("before")
    try:
        yield x
    except ValueError:
        log.append("handled")
    finally:
        log.append("after")
with cm(1) as v: log.append(v)
with cm(2):
    raise ValueError
with contextlib.suppress(KeyError, ValueError):
    {}["x"]
    log.append("never")
with contextlib.ExitStack() as stack:
    stack.enter_context(M(7))
    stack.callback(log.append, "callback")
with contextlib.nullcontext(5) as nc: pass
with contextlib.closing(M(8)) if False else contextlib.nullcontext(): pass
"""
PROGRAMS["arithmetic"] = """
a = 7 // 2, -7 // 2, 7 % 3, -7 % 3, 2 ** 10, 2 ** -1, 7 / 2, 1e3, 0x1f, 1_000, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 256 >> 2, -3, +3, not 1
b = 0.1 + 0.2, round(0.5), round(1.5), round(2.675, 2), int(1e3), 10 // 3 * 3, 3 == 3.0, 1 <= 1 < 2, True + True, 5 .bit_length(), (5).real, 1j * 1j
c = sum(range(101)), max(1, 2.5), min("b", "a"), abs(-2.5), divmod(-7, 2), 17 % -5, float("inf") > 1, 10 ** 20, hash(1) == 1
x = 5
x += 1; x -= 2; x *= 3; x //= 2; x **= 2; x %= 7; x <<= 2; x |= 1; x ^= 3; x &= 15; x >>= 1
y = 6.0
y /= 4
d = x, y
"""

PROGRAMS["derived types"] = """
class Cfg(dict):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.extra = 5
    def full(self): return self["a"] + self.extra
    @property
    def names(self): return sorted(self)
    def get(self, key, default=9): return super().get(key, default)
    def update(self, **k):
        super().update(k)
        return self
class Dot(dict):
    __getattr__ = dict.get
    __setattr__ = dict.__setitem__
class Miss(dict):
    def __missing__(self, k): return k * 2
class L(list):
    def first(self): return self[0]
    def append(self, x): super().append(x * 2)
class S(str):
    def shout(self): return self.upper() + "!"
c = Cfg(a=1, b=2)
d = Dot({"x": 1})
d.y = 2
l = L([3, 4])
l.append(5)
x = [
    c["a"], c.full(), c.names, dict(c), c.get("b"), c.get("zz"), isinstance(c, dict), isinstance(c, Cfg), len(c), d.x, d.y, d["y"], d.zz, Miss()["q"],
    l.first(), list(l), l + ["c"], S("hi").shout(), S("a") + "b", {**c}, c.update(q=1)["q"], type(c).__name__, "a" in c, [k for k in c], f"{S('z')}",
]
"""

PROGRAMS["flags"] = """
from enum import Flag, auto
class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W
both = Perm.R | Perm.X
has_r, has_w = Perm.R in both, Perm.W in both
none = bool(Perm.R & Perm.W)
named = (Perm.R | Perm.W).name
rest = (~Perm.R).value
toggled = (both ^ Perm.R) == Perm.X
number = both.value
names = [one.name for one in (Perm.R, Perm.RW)]
del Flag, auto, Perm, both
"""

PROGRAMS["single dispatch takes the nearest class"] = """
from functools import singledispatch, singledispatchmethod
@singledispatch
def show(value): return "any"
@show.register
def _(value: bool): return "bool"
@show.register
def _(value: int): return "int"
@show.register(list)
@show.register(tuple)
def _(value): return "sequence"
shown = [show(True), show(3), show([1]), show((1,)), show("x")]
class Base: pass
class Derived(Base): pass
@show.register
def _(value: Derived): return "derived"
@show.register
def _(value: Base): return "base"
of_classes = [show(Derived()), show(Base())]
class Maker:
    prefix = "m"
    @singledispatchmethod
    def make(self, value): return self.prefix + "any"
    @make.register
    def _(self, value: int): return f"{self.prefix}{value}"
    @make.register(str)
    def _(self, value): return self.prefix + value
made = [Maker().make(2), Maker().make("s"), Maker().make(None)]
del singledispatch, singledispatchmethod, show, _, Base, Derived, Maker
"""

PROGRAMS["members of an enum that are marked"] = """
from enum import Enum, member, nonmember
class Tag(Enum):
    plain = "p"
    other = nonmember(3)
    @member
    class Tier(Enum):
        one = "tier/1"
        two = "tier/2"
    def __getattr__(self, item):
        if item == "_value_":
            raise AttributeError
        return getattr(self.value, item).value
names = [one.name for one in Tag]
tiers = [Tag.Tier.one, Tag.Tier.two]
number = Tag.other
del Enum, member, nonmember, Tag
"""

PROGRAMS["generator expressions are stepped as they are asked"] = """
seen = []
def note(value):
    seen.append(value)
    return value
never = (note(one) for one in "xyz")
some = (note(one) for one in "abc")
first = next(some)
found = next((note(n) for n in range(10) if n % 4 == 3), None)
short = any(note(n) == 2 for n in (1, 2, 3))
pairs = [pair for pair in ((note(a), b) for a in (1, 2) for b in "pq" if b != "q" or a == 2)]
rest = list(some)
joined = ",".join(str(n) for n in (7, 8))
late = 1
added = (str(n + late) for n in (1, 2))
late = 10
sums = list(added)
def inside():
    own = "i"
    return (own + note(x) for x in "uv")
handed = list(inside())
walrus = [last := None, sum((last := n) for n in (1, 2, 3)), last]
nested = [sorted(x for x in (note(y) for y in row)) for row in ((2, 1), (4, 3))]
del note, never, some, inside, added
"""
