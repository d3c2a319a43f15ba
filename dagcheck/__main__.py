"""`python -m dagcheck` is `dagcheck`: nothing is imported from the folder that it stands in, which Python puts first."""

import os
import sys

if not sys.flags.safe_path and sys.path and sys.path[0] == os.getcwd():
    del sys.path[0]

from dagcheck.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
