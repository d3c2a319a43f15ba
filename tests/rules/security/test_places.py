"""A finding's place is the secret's own stretch of source, however the literal is written."""

from __future__ import annotations

import pytest

from dagcheck.source.text import parse
from dagcheck_rules.security._detection.find import secrets
from dagcheck_rules.security._detection.samples import machine_made

TOKEN = machine_made(32)
HALF = len(TOKEN) // 2


@pytest.mark.parametrize(
    "source",
    [
        f"token = [{TOKEN}]",
        f"x = 'é'; token = [{TOKEN}]",
        f"token = b[{TOKEN}]",
        f'text = """\nkey: 1\ntoken: [{TOKEN}]\n"""',
        f'text = "\\t\\n token=[{TOKEN}];"',
        f'text = ("a=1;"\n        "token=[{TOKEN}]")',
        f'text = ("a=\\n;"\n        "token=[{TOKEN[:HALF]}"  # half\n        "{TOKEN[HALF:]}]")',
        f'headers = f"{{x}}\\nAuthorization: Bearer [{TOKEN}]"',
        f"x = 1  # token=[{TOKEN}]",
        f'text = f"""{{a}}\nexport API_TOKEN=[{TOKEN}]\n"""',
        f'text = "{{}} token=[{TOKEN}]".format(x)',
        f'x = "a"\r\ntext = """\r\ntoken=[{TOKEN}]\r\n"""\r\n',
    ],
)
def test_the_place_is_that_of_the_secret(source: str) -> None:
    whole = source.startswith("token") or "; token" in source
    start, end = source.index("["), source.index("]")
    clean = source.replace("[", '"' if whole else "").replace("]", '"' if whole else "")
    end = end + 1 if whole else end - 1
    if whole and "b[" in source:
        start -= 1
    parsed = parse(clean.encode(), "x.py")
    (found,) = secrets(parsed)
    assert (parsed.offset(*found.place[:2]), parsed.offset(*found.place[2:])) == (start, end)
