"""Parsers of configuration files, template environments and environment variables that a program changes."""

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import python, value

PARSER = """
import configparser
c = configparser.ConfigParser()
c.read_string("[a]\\nFoo = 1\\nbar = %(foo)s2\\n[b]\\nx = yes")
"""
AGREEING = {
    "a_section_writes_through": "s = c['a']\ns['foo'] = '7'\nx = c.get('a', 'bar'), dict(s), 'foo' in s, 'nope' in s, s.get('nope', 'd')",
    "sections_are_added_and_removed": "c['n'] = {'k': 3}\nc.add_section('m')\nc.set('m', 'q', 'r')\nc.remove_section('b')\nx = {n: dict(c[n]) for n in c.sections()}",
    "options_are_removed": "del c['a']['bar']\nc.remove_option('b', 'x')\nx = [list(c['a']), list(c['b'].items())]",
    "a_section_is_unpacked": "def f(**k): return k\nx = f(**c['a']), {**c['b']}, c['b'].getboolean('x'), c['a'].getint('foo')",
    "the_case_of_keys_is_kept": "d = configparser.RawConfigParser()\nd.optionxform = str\nd.read_string('[A]\\nFoo = %x')\nx = dict(d['A'])",
    "sections_refer_to_others": (
        "d = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())\n"
        "d.read_string('[p]\\nx = 1\\n[q]\\ny = ${p:x}2')\nx = d['q']['y'], [k for k in d['q']]"
    ),
}


@pytest.mark.parametrize("name", AGREEING)
def test_a_parser_that_is_changed_holds_what_pythons_holds(name: str) -> None:
    source = PARSER + AGREEING[name]
    assert value(source) == python(source)["x"]


def test_a_change_that_may_not_happen_leaves_the_parser_unknown() -> None:
    source = f"{PARSER}\nimport os\nif os.environ['STAGE'] == 'p':\n    c['a']['foo'] = '9'\nx = c['a']['foo']"
    assert isinstance(value(source), Unknown)


def test_an_object_with_keys_is_a_mapping() -> None:
    source = """
class M:
    def keys(self): return ["ab", "cd"]
    def __getitem__(self, key): return key.upper()
def f(**k): return k
x = [dict(M()), {**M()}, f(**M())]
"""
    assert value(source) == python(source)["x"]


def test_a_variable_that_is_taken_out_of_the_environment_is_gone() -> None:
    source = "import os\na = os.environ.pop('A')\ndel os.environ['B']\nx = a, os.environ.get('A', 'gone'), os.getenv('B', 'gone')"
    assert value(source, env={"A": "1", "B": "2"}) == ("1", "gone", "gone")


TEMPLATE = """
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError, select_autoescape
e = Environment(loader=DictLoader({"a": "{% if x %}\\n{{ x }}{% endif %}"}), undefined=StrictUndefined, autoescape=select_autoescape())
"""


def test_options_that_are_set_later_hold_for_templates() -> None:
    source = f"{TEMPLATE}\nbefore = e.get_template('a').render(x=1)\ne.trim_blocks = True\nx = before, e.get_template('a').render(x=1)"
    assert value(source) == ("\n1", "1")


def test_a_strict_environment_refuses_what_is_not_defined() -> None:
    source = f"{TEMPLATE}\ntry:\n    x = e.from_string('{{{{ nope }}}}').render()\nexcept UndefinedError:\n    x = 'refused'"
    assert value(source) == "refused"


@pytest.mark.parametrize(
    "source",
    [
        f"{TEMPLATE}\nx = e.from_string('{{{{ y }}}}').render(y='<b>')",
        "from jinja2 import Environment\nx = Environment(extensions=['jinja2.ext.do']).from_string('x').render()",
        "from jinja2 import Environment\ne = Environment()\ne.block_start_string = open('/nope').read()\nx = e.from_string('x').render()",
        "from jinja2 import Template\nx = Template('x', finalize=lambda v: v).render()",
    ],
)
def test_what_a_template_environment_does_besides_is_not_known(source: str) -> None:
    assert isinstance(value(source), Unknown)


def test_the_function_below_a_property_can_be_had() -> None:
    assert value("class C:\n    @property\n    def a(self): return 7\n    b = staticmethod(len)\nx = C.a.fget(None)") == 7
