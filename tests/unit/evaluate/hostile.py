"""Programs that never end or fill the memory; run as a script, it measures each in a process of its own and prints the numbers as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path

FILES = {"loop_one.py": "import loop_two\n", "loop_two.py": "import loop_one\nfrom loop_one import nothing\n"}

PROGRAMS = {
    "an endless loop": "while True: pass",
    "an endless count": "x=0\nwhile True:\n    x += 1",
    "endless recursion": "def f(n): return f(n+1)\nx = f(0)",
    "two functions that call each other": "def f(n): return g(n)\ndef g(n): return f(n)\nx=f(0)",
    "a number of ten billion digits": "x = 10**10**10",
    "a number that is squared": "x=9\nfor i in range(100): x = x*x",
    "a text of a billion characters": "x = 'x' * 10**9",
    "a loop of a billion rounds": "for i in range(10**9): pass",
    "a list of a billion items": "x = list(range(10**9))",
    "a list that doubles": "x=[1]\nfor i in range(60): x = x + x",
    "a list that extends itself": "x=[1]\nfor i in range(60): x.extend(x)",
    "an f-string that doubles": "x='a'\nfor i in range(60): x = f'{x}{x}'",
    "a replacement that doubles": "x='a'\nfor i in range(60): x = x.replace('a','aa')",
    "a formatted text that doubles": "x='a'\nfor i in range(60): x = '%s%s' % (x,x)",
    "a joined text that doubles": "x='a'\nfor i in range(60): x = ''.join([x,x])",
    "a list that holds itself twice, sixty times": (
        "a=[]\n"
        "for i in range(60): a=[a,a]\n"
        "x=str(a)\n"
        "y=a==a[:]\n"
        "import json,copy\n"
        "z=json.dumps(a)\n"
        "w=copy.deepcopy(a)\n"
        "v=f'{a}'\n"
        "u=hash(tuple(map(str,a)))"
    ),
    "a tuple that holds itself twice, as a key": "a=()\nfor i in range(60): a=(a,a)\nx={a:1}\ny=hash(a)\nz=(a==a)\nb=()\nfor i in range(60): b=(b,b)\nw = a==b\nv={a,b}",
    "a dict that holds itself twice": "a={}\nfor i in range(60): a={'k':a,'l':a}\nx=repr(a)\nimport yaml\ny=yaml.dump(a)",
    "a deeply nested list": "a=[]\nfor i in range(100000): a=[a]\nx=str(a)\ny= a==[a]",
    "very wide formats": (
        "x=f'{1:>999999999}'\n"
        "y='{:{w}}'.format(1,w=10**9)\n"
        "z='%999999999d' % 1\n"
        "w='%*d' % (10**9,1)\n"
        "v=format(1,'>1000000000')\n"
        "u='x'.ljust(10**9)\n"
        "t='%.999999999f' % 1.0"
    ),
    "a list of an endless generator": "def g():\n    while True: yield 1\nx=list(g())",
    "a sum without end": "import itertools\nx=sum(itertools.count())",
    "regular expressions that backtrack": (
        "import re\n"
        "x=re.match(r'(a+)+$','a'*40+'b')\n"
        "y=re.match(r'(a|a)*$','a'*40+'b')\n"
        "z=re.sub(r'a*a*a*a*a*b','','a'*5000)\n"
        "w=re.match('(.*)*x','y'*50)\n"
        "v=re.match(r'(?:(?:a?){30}){30}a{30}','a'*30)"
    ),
    "more regular expressions that backtrack": (
        "import re\n"
        "x=re.match('a?'*30+'a'*30,'a'*30)\n"
        "y=re.match('(x+x+)+y','x'*40)\n"
        "z=re.match(r'(a{1,20}){1,20}b','a'*60)\n"
        "import fnmatch\n"
        "w=fnmatch.fnmatch('a'*60, '*a'*20+'b')"
    ),
    "a YAML bomb": (
        "import yaml\n"
        "x=yaml.safe_load('''a: &a [l,l,l,l,l,l,l,l,l]\n"
        "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
        "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
        "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
        "h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]''')\n"
        "y=str(x)\n"
        "z=x==dict(x)"
    ),
    "a YAML bomb of merge keys": (
        "import yaml\n"
        "t='a0: &a0 {x: 1}\\n'\n"
        "for i in range(30): t += f'a{i+1}: &a{i+1}\\n  <<: [*a{i}, *a{i}]\\n  k{i}: 1\\n'\n"
        "x=yaml.safe_load(t)"
    ),
    "a deep document": "import yaml\nx=yaml.safe_load('['*20000)",
    "a dict of ten billion items": "x={i:j for i in range(10**5) for j in range(10**5)}",
    "a product without end": "import itertools\nx=list(itertools.product(range(1000),repeat=10))",
    "combinations without end": "import itertools\nx=list(itertools.combinations(range(100),50))\ny=list(itertools.permutations(range(20)))",
    "a factorial": "import math\nx=math.factorial(10**8)\ny=math.comb(10**8,10**7)",
    "a comparison that never ends": "class E:\n    def __init__(s,n): s.n=n\n    def __lt__(s,o):\n        while True: pass\nx=sorted([E(1),E(2)])",
    "attributes without end": "class G:\n    def __getattr__(self,n): return getattr(self,n+'x')\nx=G().a",
    "a decorator that calls itself": "def d(f): return d(f)\n@d\ndef f(): pass",
    "a shift of ten billion bits": "x=1<<(10**10)",
    "a template that loops": (
        "import jinja2\n"
        "x=jinja2.Template('{% for i in range(10**9) %}x{% endfor %}').render()\n"
        "y=jinja2.Template('{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}').render()\n"
        "z=jinja2.Template('{{ \"x\" * 10**9 }}').render()"
    ),
    "a template that doubles": (
        "import jinja2\n"
        "x=jinja2.Template('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}').render()\n"
        "y=jinja2.Template('{% set ns = namespace(x=\"a\") %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}').render()\n"
        'z=jinja2.Template(\'{{ "a"|center(10**9) }}{{ [1]|join("x"*100) }}{{ "%1000000000d"|format(1) }}\').render()\n'
        "w=jinja2.Template('{{ \"%1000000000d\" % 1 }}').render()\n"
        'v=jinja2.Template(\'{{ ("a"*1000000).replace("a","b"*1000)|length }}\').render()\n'
        "u=jinja2.Template('{{ \"{:>1000000000}\".format(1)|length }}').render()"
    ),
    "templates that include each other": (
        "import jinja2\n"
        "one='{%% include \\'%s\\' %%}'\n"
        "d={str(i): one % (i+1) + one % (i+1) for i in range(40)}\n"
        "d['40']='x'*1000\n"
        "x=jinja2.Environment(loader=jinja2.DictLoader(d)).get_template('0').render()"
    ),
    "a template that renders itself": (
        "import jinja2\nenv=jinja2.Environment()\ndef f(t): return env.from_string(t).render(t=t)\nenv.globals['f']=f\nx=f('{{ f(t) }}')"
    ),
    "a coroutine that never ends": "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nasyncio.run(f())",
    "coroutines that await themselves twice": "import asyncio\nasync def f(n): return await asyncio.gather(f(n+1), f(n+1))\nasyncio.run(f(0))",
    "an asynchronous generator without end": (
        "import asyncio\nasync def g():\n    while True: yield 1\nasync def m(): return [x async for x in g()]\nx=asyncio.run(m())"
    ),
    "rules of dates that never come": (
        "from datetime import datetime\n"
        "from dateutil.rrule import DAILY, SECONDLY, YEARLY, MO, rrule, rrulestr\n"
        "s=datetime(2024,1,1)\n"
        "x=list(rrule(DAILY,dtstart=s,bymonth=2,bymonthday=30))\n"
        "y=list(rrulestr('DTSTART:20240101T000000\\nRRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=31'))\n"
        "z=list(rrule(YEARLY,dtstart=s,byweekno=54,count=3))\n"
        "w=rrule(SECONDLY,dtstart=s,count=10**9)[10**8]\n"
        "v=list(rrule(YEARLY,dtstart=s,bymonth=2,byweekday=MO(5),byhour=range(24),byminute=range(60)))\n"
        "u=list(rrule(DAILY,dtstart=s,count=10**9))"
    ),
    "flags of a hundred thousand bits": "import enum\nclass F(enum.Flag):\n    A=1<<10**10\n    B=2\nx=F.A|F.B\ny=~F.A",
    "bytes of ten gigabytes": "x=bytes(10**10)\ny=bytearray(10**10)\nz=(1).to_bytes(10**10,'big')",
    "a list times a billion": "x=[0]*10**9\ny=(0,)*10**9\nz=[[0]*10**4]*10**4",
    "a thousand large lists": "x=[[0]*1000000 for _ in range(1000)]",
    "a list of large texts": "x=[]\nfor i in range(10**6): x.append('a'*1000000)",
    "exponential branches": "import os\ndef f(n):\n    if n==0: return 0\n    if os.environ[str(n)]: return f(n-1)\n    return f(n-1)+1\nx=f(60)",
    "three thousand unknown branches": "import os\n" + "".join(f"if os.environ['A{i}']: x{i}=1\nelse: x{i}=2\n" for i in range(3000)),
    "objects of one hash": "class H:\n    def __hash__(self): return 1\n    def __eq__(self,o): return False\nx={H() for _ in range(5000)}",
    "a deque of a billion": "import collections\nx=collections.deque(range(10**9))",
    "copies of a long list": "x=('a,'*2000000).split(',')\ny=[x.copy() for _ in range(1000)]",
    "a raised recursion limit": "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n+1)\nx=f(0)",
    "a long text to wrap": "import textwrap\nx=textwrap.fill('a '*500000, 3)\ny=textwrap.wrap('a'*4000000,1)",
    "a fraction to a large power": "import fractions\nx=fractions.Fraction(3,2)**(10**9)",
    "tabs of a billion columns": "x='\\t'.expandtabs(10**9)\ny='\\t'*1000\nz=y.expandtabs(10**6)",
    "a dict that grows": "d={}\nfor i in range(10**7): d[i]=[i]*100",
    "lines of a long text": "x='\\n'*5000000\ny=[x.splitlines() for _ in range(50)]",
    "loops of unknown length": "import os\nn=os.environ['N']\nx=[]\nwhile n: x.append(1)\nfor i in n:\n  for j in i:\n    x.append(j)",
    "a property that reads itself": "class A:\n    @property\n    def p(self): return self.p\nx=A().p",
    "an equality that asks itself": "class A:\n    def __eq__(self,o): return self==o\nx=A()==A()",
    "a text that asks itself": (
        "class A:\n"
        "    def __repr__(self): return repr(self)\n"
        "x=repr(A())\n"
        "y=[]\n"
        "y.append(y)\n"
        "z=str(y)\n"
        "w = y==y\n"
        "import json\n"
        "v=json.dumps(y) if 0 else 1"
    ),
    "deep generators": "def g(n):\n    if n: yield from g(n-1)\n    yield n\nx=list(g(2000))",
    "a module that imports itself": "import loop_one",
}


def measure(name: str) -> dict[str, float]:
    """Seconds of the processor and megabytes that evaluating a program takes, in a child process; `status` is how the child ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(evaluate(name)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        text = answers.read()
    _, status = os.waitpid(child, 0)
    return {"status": status if text else 1, **(json.loads(text) if text else {"seconds": 0, "megabytes": 0})}


def evaluate(name: str) -> dict[str, float]:
    """Evaluate a program here and now."""
    from dagcheck.evaluate.budget import Exhausted
    from dagcheck.evaluate.values import Raised
    from tests.unit.evaluate.running import ROOT, interpreter

    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
    interp = interpreter({"main.py": PROGRAMS[name], **FILES})
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with contextlib.suppress(Exhausted, Raised):
        interp.run_module(interp.project.source(ROOT / "main.py"), "main")
    taken = time.process_time() - began
    return {"seconds": taken, "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    import jinja2  # noqa: F401 loaded here, so that its size is not counted below
    import yaml  # noqa: F401 likewise

    import dagcheck.evaluate.interpreter  # noqa: F401 likewise

    print(json.dumps({name: measure(name) for name in PROGRAMS}))
