"""Templates that would fill the memory or never end are read and rendered as far as they go, in little time and memory."""

import json
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from dagcheck.evaluate.jinja_bounds import MOST, bounded_environment, weight


def test_hostile_templates_take_little_time_and_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.safety.hostile_templates"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert {name: seconds for name, seconds in found["seconds"].items() if seconds > 2} == {}
    assert found["megabytes"] < 300


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 'a' ~ 1 ~ 'b' }}", "a1b"),
        ("{{ '%05d|%s' % (7, x) }} {{ '{:>3}'.format(1) }}", "00007|é   1"),
        ("{{ [1, 2]|map('string')|join(', ') }} {{ 2 ** 10 }} {{ 'ab' * 2 }}", "1, 2 1024 abab"),
        ("{% for i in range(3) %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/3 2/3 3/3 "),
        ("{% macro m(a, b=2) %}{{ a + b }}{% endmacro %}{{ m(1) }}", "3"),
        ("{{ x|upper|center(5) }}|{{ [3, 1]|sort|first }}|{{ {'a': 1}|tojson }}", '  É  |1|{"a": 1}'),
        ("{{ x|default('y') }}{{ missing|default('y') }}", "éy"),
    ],
)
def test_harmless_templates_say_what_they_say_in_jinja(template: str, text: str) -> None:
    assert bounded_environment()().from_string(template).render(x="é") == text == jinja2.Environment().from_string(template).render(x="é")


def test_the_count_begins_anew_with_each_rendering() -> None:
    environment = bounded_environment()()
    template = environment.from_string("{{ 'x' * 3000000 }}")
    for _ in range(3):
        environment.begin()
        assert len(template.render()) == 3_000_000
    with pytest.raises(jinja2.exceptions.SecurityError):
        template.render()


def test_a_weight_counts_what_is_inside_and_ends() -> None:
    assert weight("abc") == 3
    assert weight(["abc", {"a": "b"}]) == 8 + 3 + 8 + (8 + 1) * 2
    held: list[object] = ["x" * 1000]
    for _ in range(60):
        held = [held, held]
    assert weight(held) < MOST
