"""Measures which async test habits break a suite that talks to Valkey, where, and with which error."""

from harness.paths import read_version

__version__ = read_version()
