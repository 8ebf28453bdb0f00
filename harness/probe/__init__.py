"""What runs inside a scenario environment: standard library and pytest's public API only, Python 3.8 to newest.

Started by path (`PYTHON harness/probe/run.py EVIDENCE -- ARGS`), so nothing of the project has to be installed there.
`PROTOCOL.md` beside this file says what is written to the evidence file. `run.py` loads this folder under a private
package name: a suite can neither import it by accident nor shadow one of its modules.
"""
