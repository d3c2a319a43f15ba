"""Rule packs of other people, installed beside ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD

RULE = '''
from dagcheck.rule import Bad, Finding, Good, Meta, Rule


class MissingDescription(Rule):
    """DAG without a description

    People ask what it is for.
    """

    meta = Meta(code="{code}", name="{name}", severity="warning", since="1.0")

    def check_dag(self, dag, context):
        if "description" not in dag.arguments:
            yield Finding("The DAG has no description.", dag.span, dag_id=dag.dag_id, subject="description")
'''


def install(site: Path, text: str) -> None:
    """Lay out an installed distribution `acme` with a pack in it."""
    (site / "acme_rules").mkdir(parents=True)
    (site / "acme_rules" / "__init__.py").write_text(text)
    info = site / "acme_rules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dagcheck.rules]\nacme = acme_rules\n")


def run(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, "-m", "dagcheck", *words], capture_output=True, text=True, cwd=site, env=environment, check=False
    )


def test_a_pack_of_another_distribution_is_listed_selected_and_configured_like_ours(tmp_path: Path) -> None:
    install(tmp_path, RULE.format(code="ACME001", name="missing-text"))
    (tmp_path / "dag.py").write_text(GOOD)
    assert "ACME001  warning  missing-text" in run(tmp_path, "rules").stdout
    found = run(tmp_path, "check", "dag.py", "--select", "ACME", "--format", "concise")
    assert found.returncode == 1
    assert found.stdout.startswith("dag.py:5:6: warning ACME001 The DAG has no description.")
    (tmp_path / "dagcheck.toml").write_text('ignore = ["missing-text"]\n')
    assert run(tmp_path, "check", "dag.py").returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_this_name\n", "rule pack 'acme': importing acme_rules failed: ModuleNotFoundError"),
        ("", "rule pack 'acme' (acme_rules) holds no rule"),
        (RULE.format(code="DAG101", name="missing-text"), "two rules are called DAG101"),
        (RULE.format(code="ACME001", name="cyclic-dependency"), "two rules are called cyclic-dependency"),
    ],
)
def test_a_broken_pack_ends_every_run_in_2(tmp_path: Path, text: str, message: str) -> None:
    install(tmp_path, text)
    (tmp_path / "dag.py").write_text(GOOD)
    ended = run(tmp_path, "check", "dag.py")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
