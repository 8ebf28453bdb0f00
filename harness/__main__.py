"""`python -m harness`."""

from __future__ import annotations

import sys

from harness.cli.concealing import conceal_address
from harness.cli.main import main

if __name__ == "__main__":
    conceal_address()
    sys.exit(main())
