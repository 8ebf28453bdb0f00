"""Measures which async test habits break a suite that talks to Valkey, where, and with which error."""

__version__ = "0.1.0"
