"""What the libraries give that DAG files compute with, known and unknown."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import python, run, value

UTC = datetime.UTC

KNOWN: dict[str, tuple[str, Any]] = {
    "datetime": ("from datetime import datetime\nx = datetime(2020, 1, 2, hour=3)", datetime.datetime(2020, 1, 2, 3)),
    "strptime": ("from datetime import datetime as d\nx = d.strptime('2020-01-02', '%Y-%m-%d').date()", datetime.date(2020, 1, 2)),
    "combine": ("import datetime as dt\nx = dt.datetime.combine(dt.date(2020, 1, 1), dt.time(5))", datetime.datetime(2020, 1, 1, 5)),
    "arithmetic": ("from datetime import *\nx = datetime(2020, 3, 1) - timedelta(days=1), date(2020, 1, 2) - date(2020, 1, 1)",
                   (datetime.datetime(2020, 2, 29), datetime.timedelta(1))),
    "aware": ("from datetime import *\nx = datetime(2020, 1, 1, tzinfo=timezone.utc).isoformat()", "2020-01-01T00:00:00+00:00"),
    "timestamp": ("from datetime import *\nx = datetime.fromtimestamp(0, tz=timezone.utc), datetime(1970, 1, 2, tzinfo=timezone.utc).timestamp()",
                  (datetime.datetime(1970, 1, 1, tzinfo=UTC), 86400.0)),
    "zoneinfo": ("from zoneinfo import ZoneInfo\nfrom datetime import datetime\nx = datetime(2020, 7, 1, tzinfo=ZoneInfo('Europe/Oslo')).utcoffset()",
                 datetime.timedelta(hours=2)),
    "relativedelta": (("from dateutil.relativedelta import relativedelta, MO\nfrom datetime import datetime\n"
                      "x = datetime(2020, 1, 31) + relativedelta(months=1), datetime(2020, 1, 1) + relativedelta(weekday=MO(1))"),
                      (datetime.datetime(2020, 2, 29), datetime.datetime(2020, 1, 6))),
    "dateutil parser": ("from dateutil import parser\nx = parser.parse('2020-01-02T03:04:05Z')", datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
    "pytz localize": ("import pytz\nfrom datetime import datetime\nx = pytz.timezone('Europe/Oslo').localize(datetime(2020, 7, 1)).utcoffset()",
                      datetime.timedelta(hours=2)),
    "pytz in the constructor": ("import pytz\nfrom datetime import datetime\nx = datetime(2020, 7, 1, tzinfo=pytz.timezone('Europe/Oslo')).utcoffset()",
                                datetime.timedelta(minutes=43)),
    "calendar": ("import calendar\nx = calendar.monthrange(2024, 2)", (3, 29)),
    "isinstance": ("import datetime as d, pendulum\nx = isinstance(pendulum.datetime(2020, 1, 1), d.datetime), isinstance(d.datetime(2020, 1, 1), d.date)",
                   (True, True)),
    "environment, configured": ("import os\nx = os.environ['HOME_OF'], os.getenv('HOME_OF'), 'HOME_OF' in os.environ", ("known", "known", True)),
    "environment, default": ("import os\nx = os.environ.get('NOPE', 'd'), os.getenv('NOPE', default=3), os.environ.get('NOPE', None)", ("d", 3, None)),
    "environment, set": ("import os\nos.environ['MINE'] = 'v'\nos.environ.setdefault('OTHER', 'w')\nx = os.environ['MINE'], os.getenv('OTHER')", ("v", "w")),
    "paths": ("import os\nx = os.path.join('a', 'b', 'c.py'), os.path.basename('/a/b.py'), os.path.splitext('a.tar.gz'), os.path.dirname(__file__)",
              ("a/b/c.py", "b.py", ("a.tar", ".gz"), "/project")),
    "pathlib": ("from pathlib import Path\np = Path(__file__).resolve().parent / 'sub' / 'a.b.txt'\nx = p.name, p.stem, p.suffix, str(p.parent), f'{p}', p.parts[-1]",
                ("a.b.txt", "a.b", ".txt", "/project/sub", "/project/sub/a.b.txt", "a.b.txt")),
    "read_text": ("from pathlib import Path\nx = (Path(__file__).parent / 'data' / 'a.txt').read_text().splitlines()", ["one", "two"]),
    "open": ("import os\nwith open(os.path.join(os.path.dirname(__file__), 'data/a.txt')) as f:\n    x = f.readline(), [l for l in f], f.read()",
             ("one\n", ["two\n"], "")),
    "exists": ("from pathlib import Path\nd = Path(__file__).parent\nx = (d / 'data').is_dir(), (d / 'nope').exists(), (d / 'data' / 'a.txt').is_file()",
               (True, False, True)),
    "missing file": ("try:\n    open('/project/nope.txt')\nexcept FileNotFoundError as e:\n    x = e.errno", 2),
    "glob": (("from pathlib import Path\nimport glob\nd = Path(__file__).parent\n"
             "x = sorted(p.name for p in d.glob('data/*.y*ml')), sorted(p.name for p in d.rglob('*.txt')), glob.glob('/project/data/*.csv')"),
             (["c.yaml"], ["a.txt"], ["/project/data/t.csv"])),
    "listdir": ("import os\nx = sorted(os.listdir('/project/data'))", ["a.txt", "c.yaml", "j.json", "t.csv", "t.toml", "x.ini"]),
    "walk": ("import os\nx = [(os.path.basename(r), f) for r, d, f in os.walk('/project/data')]", [("data", ["a.txt", "c.yaml", "j.json", "t.csv", "t.toml", "x.ini"])]),
    "yaml": ("import yaml\nx = yaml.safe_load(open('/project/data/c.yaml'))", {"a": 1, "b": [1, {"k": "v"}], "c": {"k": "v", "z": None}}),
    "yaml by any loader": ("import yaml\nx = yaml.load('a: [1, 2]', Loader=yaml.FullLoader), list(yaml.safe_load_all('a: 1\\n---\\nb: 2'))", ({"a": [1, 2]}, [{"a": 1}, {"b": 2}])),
    "json": ("import json\nwith open('/project/data/j.json') as f: x = json.load(f)", {"k": [1, None]}),
    "csv": ("import csv\nwith open('/project/data/t.csv') as f: x = [dict(r) for r in csv.DictReader(f)]", [{"a": "1", "b": "2"}]),
    "configparser": ("import configparser\nc = configparser.ConfigParser()\nc.read('/project/data/x.ini')\nx = c['s']['k'], c.getint('s', 'k'), c.sections()", ("3", 3, ["s"])),
    "toml": ("import tomllib\nwith open('/project/data/t.toml', 'rb') as f: x = tomllib.load(f)", {"t": {"k": 1}}),
    "jinja": ("import jinja2\nx = jinja2.Template('{% for i in l %}{{ i|upper }}-{% endfor %}{{ n }}').render(l=['a', 'b'], n=1)", "A-B-1"),
    "jinja loader": ("from jinja2 import Environment, FileSystemLoader\nx = Environment(loader=FileSystemLoader('/project/data')).get_template('a.txt').render()", "one\ntwo"),
    "logging": ("import logging\nlog = logging.getLogger(__name__)\nlog.info('a %s', 1)\nx = logging.INFO", 20),
    "pydantic": (("from pydantic import BaseModel, Field\nfrom typing import Optional\nclass M(BaseModel):\n    n: str\n    k: int = 2\n"
                 "    l: list = Field(default_factory=list)\n"
                 "    o: Optional[str] = None\nm = M(n='a')\nx = m.n, m.k, m.l, m.o, m.model_dump()"), ("a", 2, [], None, {"n": "a", "k": 2, "l": [], "o": None})),
    "attrs": ("import attr\n@attr.s(auto_attribs=True)\nclass A:\n    n: int\n    l: list = attr.ib(factory=list)\na = A(1)\nx = a.n, a.l, A(1) == A(1)", (1, [], True)),
    "typed dict": ("from typing import TypedDict\nclass T(TypedDict):\n    a: int\nx = T(a=1)", {"a": 1}),
    "importlib": ("import importlib\nm = importlib.import_module('helper')\nx = m.K, getattr(importlib.import_module('pkg.sub'), 'V')", (7, 8)),
    "load by path": ("import importlib.util as u\ns = u.spec_from_file_location('n', '/project/helper.py')\nm = u.module_from_spec(s)\ns.loader.exec_module(m)\nx = m.K", 7),
    "sys": (("import sys\nsys.path.append('/project/extra')\nimport hidden\nsetattr(sys.modules[__name__], 'dyn', 3)\n"
            "x = hidden.H, dyn, sys.version_info >= (3, 7), sys.version_info[0]"),
            ("h", 3, True, 3)),
    "inspect": ("import inspect, helper\nx = [n for n, v in inspect.getmembers(helper, inspect.isclass)], list(inspect.signature(helper.f).parameters)", (["C"], ["a", "b"])),
    "literal_eval": ("import ast\nx = ast.literal_eval('[1, {\"a\": (2,)}]')", [1, {"a": (2,)}]),
    "environs": ("from environs import Env\nenv = Env()\nenv.read_env()\nx = env('HOME_OF'), env.str('NOPE', 'd'), env.int('N', 3)", ("known", "d", 3)),
    "decouple": ("from decouple import config\nx = config('HOME_OF'), config('NOPE', default='2', cast=int)", ("known", 2)),
    "attribute dict": ("from attrdict import AttrDict\na = AttrDict({'k': {'l': 1}})\na.n = 2\nx = a.k.l, a['k']['l'], a.n", (1, 1, 2)),
    "uuid5": ("import uuid\nx = str(uuid.uuid5(uuid.NAMESPACE_DNS, 'a'))", "4f3f2898-69e3-5a0d-820a-c4e87987dbce"),
}  # fmt: skip

FILES = {
    "helper.py": "K = 7\nclass C: pass\ndef f(a, b=1): pass\n",
    "pkg/__init__.py": "",
    "pkg/sub.py": "from . import other\nV = other.O + 1\n",
    "pkg/other.py": "O = 7\n",
    "extra/hidden.py": "H = 'h'\n",
    "data/a.txt": "one\ntwo\n",
    "data/c.yaml": "a: 1\nb: [1, &x {k: v}]\nc:\n  <<: *x\n  z:\n",
    "data/j.json": '{"k": [1, null]}',
    "data/t.csv": "a,b\n1,2\n",
    "data/t.toml": "[t]\nk = 1\n",
    "data/x.ini": "[s]\nk = 3\n",
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_library_gives_what_it_would_give(name: str) -> None:
    source, expected = KNOWN[name]
    assert value(source, files=FILES, env={"HOME_OF": "known"}) == expected


UNKNOWN = {
    "from datetime import datetime\nx = datetime.now()": "clock",
    "import datetime\nx = (datetime.datetime.utcnow() - datetime.timedelta(days=1)).replace(hour=0).strftime('%Y')": "clock",
    "import datetime as d\nx = d.datetime.combine(d.date.today(), d.time(0))": "clock",
    "import pendulum\nx = pendulum.today('UTC').add(days=-2)": "clock",
    "import time\nx = int(time.time())": "clock",
    "from dateutil.parser import parse\nx = parse('10:30')": "clock",
    "from datetime import datetime\nx = datetime(2020, 1, 1).timestamp()": "environment",
    "import os\nx = os.environ['NOPE']": "environment",
    "import os\nx = os.getenv('NOPE').upper()": "environment",
    "import os\nx = os.getcwd()": "environment",
    "import sys\nx = sys.argv[1]": "environment",
    "import sys\nx = sys.version_info >= (3, 11)": "environment",
    "import socket\nx = socket.gethostname()": "environment",
    "import subprocess\nx = subprocess.check_output(['ls'])": "environment",
    "x = open('relative.txt').read()": "file",
    "x = open('/etc/passwd').read()": "file",
    "x = open('/project/../etc/passwd').read()": "file",
    "from pathlib import Path\nx = Path('relative.yaml').exists()": "file",
    "import random\nrandom.seed(1)\nx = random.randint(1, 2)": "random",
    "import uuid\nx = str(uuid.uuid4())": "random",
    "import secrets\nx = f'a{secrets.token_hex()}'": "random",
    "import random\nx = [1, 2]\nrandom.shuffle(x)\nx = x[0]": "random",
    "import yaml\nx = yaml.safe_load('a: !secret b')['a']": "unsupported",
    "import unheard_of\nx = unheard_of.thing.method()[0]": "import",
}


@pytest.mark.parametrize("source", UNKNOWN)
def test_what_nobody_can_know_says_why(source: str) -> None:
    found = value(source)
    assert isinstance(found, Unknown)
    assert found.cause == UNKNOWN[source]
    assert found.span is not None


def test_an_unknown_environment_variable_is_named() -> None:
    assert value("import os\nx = os.environ['TARGET']").name == "TARGET"


NOTES = {
    "import time\ntime.sleep(3)": ("sleep", "time.sleep"),
    "print('x')": ("output", "print"),
    "import logging\nlogging.info('x')": ("output", "logging"),
    "from datetime import datetime\ndatetime.now()": ("clock", "datetime.now"),
    "import subprocess\nsubprocess.run(['x'])": ("subprocess", "subprocess.run"),
    "import os\nos.makedirs('/tmp/x')": ("file-write", "/tmp/x"),
    "open('/project/data/a.txt')": ("file-read", "data/a.txt"),
    "import random\nrandom.random()": ("random", "random.random"),
    "import requests\nrequests.get('http://x')": ("network", "requests.get"),
    "import psycopg2\nc = psycopg2.connect('x')": ("database", "psycopg2.connect"),
    "import boto3\ns = boto3.client('s3')\ns.list_buckets()": ("network", "boto3.client"),
}


@pytest.mark.parametrize("source", NOTES)
def test_what_happens_at_parse_time_is_noted(source: str) -> None:
    interp, _ = run(source, files=FILES)
    assert [(note.kind, note.name) for note in interp.notes][:1] == [NOTES[source]]
    assert interp.notes[0].span is not None


def test_a_note_tells_whether_it_is_made_below_a_function() -> None:
    interp, _ = run("def f():\n    print(1)\nprint(2)\nf()")
    assert [note.in_function for note in interp.notes] == [False, True]


def test_dates_keep_their_kind() -> None:
    made = value("import pendulum\nx = pendulum.datetime(2021, 3, 28, 2, 30, tz='Europe/Oslo')")
    assert made == datetime.datetime(2021, 3, 28, 3, 30, tzinfo=ZoneInfo("Europe/Oslo"))
    assert isinstance(made.tzinfo, ZoneInfo)


PATTERNS = {
    "a text of many short lines": r"re.findall(r'^--\s*(?P<key>\w+):\s*(?P<value>.+?)\s*$', '-- a: b \n-- c:d\nselect 1\n' * 40, re.M)",
    "words": r"re.findall(r'^\s*(\w+)\s*=\s*(.*?)\s*$', 'a = b\nc =d\n' * 50, re.M)",
    "a dot that is no line's end": r"re.match(r'(.*),(.*),(.*),(.*)', 'a,b,c,d\n' * 200).groups()",
    "bytes": r"re.findall(rb'(\w+)\s*:\s*(\w*)\s*;', b'a : b ;\n' * 300)",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_matched_where_the_text_gives_it_few_ways(name: str) -> None:
    source = f"import re\nx = {PATTERNS[name]}"
    assert value(source) == python(source)["x"]


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?s:(.*),(.*),(.*),(.*))x", r"(.*),(.*),(.*),(.*)x(?#q)", r"a*a*a*a*a*b"])
def test_a_pattern_is_left_alone_where_the_text_gives_it_many_ways(pattern: str) -> None:
    flags = ", re.S" if "#" in pattern else ""
    assert isinstance(value(f"import re\nx = re.match(r'{pattern}', 'a,' + 'aaaaaaa,aaa\\n' * 200 + 'a' * 200{flags})"), Unknown)


def test_a_new_type_gives_its_value() -> None:
    assert value("from typing import NewType\nId = NewType('Id', str)\nx = Id('a')") == "a"
