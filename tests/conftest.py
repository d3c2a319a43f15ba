"""Every test has a cache of its own, so that none is answered by what another one found."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples each time, however busy the machine: `./dev fuzz` is what looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

_NUMBERS = count()


@pytest.fixture(autouse=True)
def cache_folder_of_the_test(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.getbasetemp() / "caches" / str(next(_NUMBERS))
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder))
    return folder
