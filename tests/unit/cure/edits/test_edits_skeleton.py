"""A file is parsed without the bodies that no edit concerns; those come back as they were."""

from __future__ import annotations

import ast

from harness.cure.edits.clients import CLIENTS, OTHERS, POOLS
from harness.cure.edits.skeleton import CLIENT_CLASSES, make_skeleton
from tests.unit.cure.edits.editing import edit

SUITE = '''\
import json
import app
from valkey.asyncio import Valkey as V

LIMIT = 3
shared = app.make()


class TestOne:
    async def test_commands(self, client):
        """Stays as it is."""
        answer = json.loads(await client.get("a"))  # "é"
        assert answer == LIMIT

    async def test_own_client(self):
        client = V()
        await client.ping()

    async def test_shared(self):
        one = 1
        await shared.ping(one)

    def helper(self):
        text = """
not indented
"""
        return text
'''


def test_bodies_that_use_only_fixtures_are_left_out_and_come_back() -> None:
    data = SUITE.encode()
    skeleton = make_skeleton(data, ast.parse(data))
    assert [body.split()[0] for body in skeleton.bodies] == [b'"""Stays', b"text"]
    assert b"(__kept_0__, json, LIMIT,)\n" in skeleton.text
    assert b"V()" in skeleton.text
    assert skeleton.restore(skeleton.text) == data


def test_windows_line_ends_and_a_missing_last_one_stay() -> None:
    for data in (SUITE.replace("\n", "\r\n").encode(), SUITE.rstrip().encode()):
        skeleton = make_skeleton(data, ast.parse(data))
        assert skeleton.bodies
        assert skeleton.restore(skeleton.text) == data


def test_an_edit_changes_a_file_around_the_bodies_that_it_left_out() -> None:
    after = edit({"test_one.py": SUITE, "app.py": "def make(): ...\n"}, "mark_tests:test_one.py")["test_one.py"]
    lines = [line for line in after.splitlines() if "pytest" not in line]
    assert [line for line in lines if line] == [line for line in SUITE.splitlines() if line]


def test_an_import_that_only_a_left_out_body_uses_stays() -> None:
    source = """\
import asyncio
import json


def test_one():
    asyncio.run(main(json))


class TestTwo:
    def test_two(self, client):
        client.send(1)
        client.send(json)
"""
    after = edit({"test_one.py": source}, "await_in_test:test_one.py.test_one")["test_one.py"]
    assert "import json" in after
    assert "import asyncio" not in after


def test_all_classes_of_clients_are_looked_for() -> None:
    names = [*CLIENTS, *POOLS, *(last for dotted in OTHERS if (last := dotted.rpartition(".")[2])[0].isupper())]
    assert all(CLIENT_CLASSES.search(name) for name in names)
