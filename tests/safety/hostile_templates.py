"""Templates that would fill the memory or never end; run as a script, each is read, rendered as a DAG file would and rendered for a run, and what that took is printed as JSON."""

from __future__ import annotations

import contextlib
import json
import resource
import time

TEMPLATES = {
    "a chain of attributes": "{{ a" + ".p" * 900 + " }}",
    "a power": "{{ 10**10**10 }}",
    "a large power of a large number": "{{ (10**100) ** 100000 }}",
    "a long text": "{{ 'x' * 10**9 }}",
    "long bytes": "{{ 'a'.encode() * 1000000000 }}",
    "a long tuple": "{{ ((1,)*1000)*1000000 }}",
    "a width": "{{ '%1000000000d' % 1 }}",
    "a width that is given": "{{ '%*d' % (1000000000, 1) }}",
    "a precision": "{{ '%.1000000000f' % 1.5 }}",
    "a width in braces": "{{ '{:>1000000000}'.format(1) }}",
    "a filter of widths": "{{ '%1000000000d'|format(1) }}",
    "a filter that centres": "{{ 'a'|center(1000000000) }}",
    "a filter that indents": "{{ 'a\nb'|indent(1000000000) }}",
    "a filter that fills batches": "{{ [1]|batch(100000000, 'x')|list|length }}",
    "a filter that slices": "{{ [1]|slice(100000000)|list|length }}",
    "indented JSON": "{{ [1,[2]]|tojson(indent=1000000000) }}",
    "padding": "{{ 'a'.ljust(1000000000) }}{{ 'a'.rjust(width=10**9) }}{{ 'a'.zfill(1000000000) }}",
    "tabs": "{{ '\\t'.expandtabs(1000000000) }}",
    "a filter that replaces": "{{ ('a'*100000)|replace('a', 'b'*10000) }}",
    "a method that replaces": "{{ ('a'*100000).replace('a', 'b'*10000)|length }}",
    "a translation": "{{ 'aaaa'.translate({97: 'b'*10000000}) }}",
    "a filter that joins": "{{ (['a']*100000)|join('b'*10000) }}",
    "a method that joins": "{{ ('a'*10000).join(['b']*100000)|length }}",
    "wrapped words": "{{ ('a '*100000)|wordwrap(1, wrapstring='x'*10000) }}",
    "links": "{{ ('http://a.b '*10000)|urlize(target='x'*10000) }}",
    "a sum of lists": "{{ ([[1]*10000]*1000)|sum(start=[])|length }}",
    "loops in loops": "{% for i in range(100000) %}{% for j in range(100000) %}{{ j }}{% endfor %}{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a loop that calls itself": "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "a block said often": "{% set x %}{{ 'a'*1000000 }}{% endset %}{% set y %}{% for i in range(1000) %}{{ x }}{% endfor %}{% endset %}",
    "a text that doubles": "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "nested parentheses": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "nested tests": "{% if x %}" * 1000 + "{% endif %}" * 1000,
    "many filters": "{{ x" + "|upper" * 3000 + " }}",
    "a long sum": "{{ 1" + "+1" * 5000 + " }}",
    "a very long template": "{{ ds }}" * 50_000,
}


def main() -> None:
    """Measure each template in each way."""
    import jinja2

    import dagcheck
    from dagcheck.evaluate.jinja_bounds import bounded_environment
    from dagcheck.rule.templates import parse

    def read(text: str) -> None:
        parse(text)

    def evaluated(text: str) -> None:
        source = f"import jinja2\nfrom airflow import DAG\nx = jinja2.Template({text!r}).render(x='a')\ndag = DAG('d', tags=[x[:1]])\n"
        shown = dagcheck.show(source=source)
        failed = [error for file in shown.files for error in file.errors if error.kind == "failed"]
        if failed:
            raise AssertionError(failed)

    def rendered(text: str) -> None:
        with contextlib.suppress(jinja2.TemplateError, RecursionError, TypeError, ValueError):
            bounded_environment(mutable=True)().from_string(text).render(x="a", ds="2024-01-01")

    read("{{ ds }}")
    evaluated("{{ ds }}")
    rendered("{{ ds }}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
    taken: dict[str, float] = {}
    for name, text in TEMPLATES.items():
        for way in (read, evaluated, rendered):
            began = time.process_time()
            way(text)
            taken[f"{name}, {way.__name__}"] = time.process_time() - began
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"seconds": taken, "megabytes": peak}))


if __name__ == "__main__":
    main()
