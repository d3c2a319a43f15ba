"""What the packaging tests share: the repository and a way to run programs."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


class Programs:
    """Runs programs outside of the environment of the tests, so that nothing of it leaks in."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *command: str | Path, cwd: Path, status: int = 0, env: Mapping[str, str] | None = None) -> str:
        """The output of a program, both streams together; it must end with the given status."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "GIT_", "COV_"))}
        result = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**kept, "HOME": str(self.home), "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert result.returncode == status, f"{command} ended with {result.returncode}:\n{result.stdout}"
        return result.stdout


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Tester\n\temail = tester@example.org\n[init]\n\tdefaultBranch = main\n")
    for name in (".pip", ".config/pip"):
        if (Path.home() / name).is_dir():  # where the machine says which package index to use
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).symlink_to(Path.home() / name)
    return Programs(home)
