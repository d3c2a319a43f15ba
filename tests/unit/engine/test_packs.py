"""Rule packs: whole ones are loaded, others stop the run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagcheck.engine.packs import PackError, in_order, load_packs, rules_of_package

RULE = """
from dagcheck.rule import Meta, Rule

class {cls}(Rule):
    \"\"\"A thing\"\"\"

    meta = Meta("{code}", "{name}", "error", "0.1.0")

    def check_dag(self, dag, context):
        return ()
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def rule(code: str, name: str, cls: str = "Thing") -> str:
    return RULE.format(code=code, name=name, cls=cls)


def test_the_built_in_rules_come_in_by_the_entry_point() -> None:
    assert "cyclic-dependency" in {found.meta.name for found in load_packs()}


def test_the_rules_of_all_modules_of_a_package_are_found(packages: Path) -> None:
    write(
        packages,
        **{
            "pack_a/__init__.py": "",
            "pack_a/one.py": rule("ACME001", "one"),
            "pack_a/family/__init__.py": "",
            "pack_a/family/two.py": "from pack_a.one import Thing\n" + rule("ACME002", "two", "Two"),
        },
    )
    assert sorted(found.meta.code for found in rules_of_package("pack_a", "acme")) == ["ACME001", "ACME002"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no rule"),
        ("import no_such_module_at_all\n", "importing pack_b failed: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", "importing pack_b failed: SystemExit"),
        ("def f(:\n", "importing pack_b failed: SyntaxError"),
        (rule("acme1", "one"), "has the code 'acme1'"),
        (rule("ACME001", "One Thing"), "has the name 'One Thing'"),
        (rule("ACME001", "one").replace("def check_dag", "def check_all"), "overrides no hook"),
        (rule("ACME001", "one") + "    check_task = check_dag\n", "overrides check_dag and check_task"),
        (rule("ACME001", "one").replace('"""A thing"""', ""), "has no docstring"),
        (rule("ACME001", "one").replace("    meta =", "    other ="), "has no meta"),
    ],
)
def test_a_broken_or_empty_pack_is_refused_by_name(packages: Path, text: str, message: str) -> None:
    write(packages, **{"pack_b/__init__.py": text})
    with pytest.raises(PackError, match=r"rule pack 'acme'") as raised:
        rules_of_package("pack_b", "acme")
    assert message in str(raised.value)


def test_two_rules_of_one_code_or_name_are_refused(packages: Path) -> None:
    write(packages, **{"pack_c/__init__.py": rule("ACME001", "one") + rule("ACME001", "two", "Other")})
    with pytest.raises(PackError, match=r"two rules are called ACME001: pack_c\.\w+ and pack_c\.\w+"):
        in_order(rules_of_package("pack_c", "acme"))


def test_no_pack_at_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.engine.packs.entries", lambda group: [])
    with pytest.raises(PackError, match="no rule pack is installed"):
        load_packs()
