"""`python -m harness`."""

from __future__ import annotations

import sys

from harness.cli import main
from harness.concealing import conceal_address

if __name__ == "__main__":
    conceal_address()
    sys.exit(main())
