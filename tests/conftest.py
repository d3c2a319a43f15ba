"""Every test has a cache of its own, so that none is answered by what another one found."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache_folder_of_the_test(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.getbasetemp() / "caches" / str(next(_NUMBERS))
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder))
    return folder


_NUMBERS = iter(range(10**9))
