"""Modules of the project that a program looks for by itself."""

from __future__ import annotations

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import value

FILES = {
    "parts/__init__.py": "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n",
    "parts/beta.py": "NAME = 'b'\n",
    "parts/alpha.py": "NAME = 'a'\n",
    "parts/inner/__init__.py": "NAME = 'i'\n",
    "parts/plain/notes.txt": "",
    "parts/read.me": "",
}
HEAD = "import importlib, pkgutil, parts\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("[one.name for one in pkgutil.iter_modules(parts.__path__)]", ["alpha", "beta", "inner"]),
        ("[name for _, name, package in pkgutil.iter_modules(parts.__path__, 'parts.') if not package]", ["parts.alpha", "parts.beta"]),
        ("[importlib.import_module(f'parts.{one.name}').NAME for one in pkgutil.iter_modules(path=parts.__path__)]", ["a", "b", "i"]),
        ("list(pkgutil.iter_modules([]))", []),
    ],
)
def test_modules_of_a_folder_are_found_in_order(code: str, expected: list[str]) -> None:
    assert value(f"{HEAD}x = {code}\n", files=FILES) == expected


@pytest.mark.parametrize(
    "code", ["pkgutil.iter_modules()", "pkgutil.iter_modules(['/elsewhere'])", "pkgutil.walk_packages(parts.__path__)"]
)
def test_what_lies_outside_of_the_project_is_not_known(code: str) -> None:
    assert isinstance(value(f"{HEAD}x = {code}\n", files=FILES), Unknown)
