"""The tables that the secret rules read are those that people edit."""

from scripts.secret_tables import TARGET, tables


def test_the_tables_are_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == tables(), "run ./dev docs"
