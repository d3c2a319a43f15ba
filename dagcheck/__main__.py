"""`python -m dagcheck` is `dagcheck`."""

from dagcheck.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
