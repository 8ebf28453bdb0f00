"""What the warm process does ahead for the suites that it will fork."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")

FOLDER = Path(__file__).parents[3] / "harness" / "probe"

PREPARATION = f"""
import asyncio, atexit, gc, importlib, os, runpy, sys, threading, warnings
entry = runpy.run_path({str(FOLDER / "run.py")!r}, run_name="run")
entry["load_package"]()
rehearsal = importlib.import_module(entry["PACKAGE"] + ".rehearsal")
"""


def rehearsed(folder: Path, text: str, check: str) -> str:
    """What `rehearse` says in a new process in `folder` when the function `run` in `text` stands for pytest."""
    suite = folder / "suite"
    suite.mkdir()
    (suite / "pytest.ini").write_text("[pytest]\n")
    script = PREPARATION + textwrap.dedent(text) + "print(rehearsal.rehearse('valkey', run))\n" + textwrap.dedent(check)
    done = subprocess.run([sys.executable, "-c", script], cwd=suite, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert list(folder.iterdir()) == [suite]
    return done.stdout.strip()


def test_a_rehearsal_takes_back_what_a_session_changes(tmp_path: Path) -> None:
    session = """
    def run():
        sys.path.insert(0, os.getcwd())
        import test_more_things
        assert os.path.exists("pytest.ini") and os.path.exists("goods/test_it.py")
        assert asyncio.run(task()) == "rehearsed"
        os.environ["VALKEY_URL"] += "1"
        os.chdir("/")
        sys.last_value = ValueError()
        warnings.warn("once")
        print("unseen")
        os.write(2, b"unseen")
    async def task(): return asyncio.current_task().get_name()
    before = [list(sys.path), dict(os.environ), os.getcwd(), set(sys.path_importer_cache)]
    """
    check = """
    assert [list(sys.path), dict(os.environ), os.getcwd(), set(sys.path_importer_cache)] == before
    assert "test_more_things" not in sys.modules and not hasattr(sys, "last_value")
    assert "__warningregistry__" not in globals()
    assert asyncio.run(task()) == "Task-1"
    """
    session = session.replace(
        "    import test_more_things", "    open('test_more_things.py', 'w').close(); import test_more_things"
    )
    assert rehearsed(tmp_path, session, check) == ""


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("kept = os.open('/', os.O_RDONLY)", "descriptors"),
        ("threading.Thread(target=threading.Event().wait, daemon=True).start()", "threads"),
        ("sys.unraisablehook = print", "hooks"),
        ("sys.meta_path.append(object())", "finders"),
    ],
)
def test_what_a_rehearsal_cannot_take_back_is_named(tmp_path: Path, change: str, named: str) -> None:
    assert named in rehearsed(
        tmp_path, f"def run():\n    {change}\n", "os._exit(0) if sys.stdout.flush() is None else 1"
    )


def test_the_stand_in_answers_until_the_context_is_left(module: Callable[[str], Any]) -> None:
    with module("stand_in").stand_in() as port:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), 10) as stream:
                stream.sendall(
                    b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"
                )
                answers = b""
                while answers.count(b"\r\n") < 4:
                    answers += stream.recv(100)
                assert answers == b"+PONG\r\n$4\r\nripe\r\n+OK\r\n"
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), 10)


def test_modules_that_fail_or_warn_are_compiled_by_pytest(
    module: Callable[[str], Any], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    texts = {
        "conftest.py": "",
        "a/test_good.py": "def test_it(): assert [1]",
        "test_broken.py": "def",
        "test_warns.py": r"text = '\d'",
        "helper.py": "",
        ".hidden/test_it.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    compiled = module("compiled").Compiled(pytestconfig)
    compiled.prepare(str(tmp_path))
    assert {Path(path).relative_to(tmp_path).as_posix() for path, _ in compiled._kept} == {
        "conftest.py",
        "a/test_good.py",
    }


def test_a_module_is_compiled_once_for_each_text(
    module: Callable[[str], Any], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    compiled = module("compiled").Compiled(pytestconfig)
    path = tmp_path / "test_it.py"
    found = []
    for text in ("one = 1", "two = 2", "one = 1"):
        path.write_text(text)
        compiled.prepare(str(tmp_path))
        found.append(compiled._kept[str(path), text.encode()])
    assert found[0] is found[2]
    assert [code.co_names[-1] for code in found[:2]] == ["one", "two"]
    assert {code.co_filename for code in found} == {str(path)}


def test_a_deprecated_name_that_the_parent_looked_up_warns_the_child_again(module: Callable[[str], Any]) -> None:
    compiled = module("compiled")
    vars(ast)["Kept"] = object()  # as `ast.__getattr__` does with what it has warned of
    compiled.forget_deprecated_names()
    assert not hasattr(ast, "Kept")
    assert ast.Name is not None
