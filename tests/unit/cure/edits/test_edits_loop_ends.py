"""What a function used on a loop of its own is put away on that, before the loop is closed."""

from __future__ import annotations

import pytest

from tests.unit.cure.edits.editing import edit, offer

CLASS = """\
import asyncio


class App:
    async def handle(self, path):
        return path

    async def close(self):
        pass


class Browser:
    def get(self, path):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self.app.handle(path))
        finally:
            # Nothing is kept.
            loop.close()
"""
CLIENT = """\
import asyncio

import valkey.asyncio as valkey

client = valkey.Valkey()


def ask():
    loop = asyncio.new_event_loop()
    answer = loop.run_until_complete(client.ping())
    loop.close()
    return answer
"""


def test_an_application_is_closed_on_the_loop_of_each_request() -> None:
    changed = edit({"browser.py": CLASS}, "close_before_loop:browser.py.Browser.get")["browser.py"]

    assert changed == CLASS.replace(
        "            # Nothing is kept.\n",
        "            # Nothing is kept.\n            loop.run_until_complete(self.app.close())\n",
    )


def test_a_client_is_closed_on_the_loop_that_used_it() -> None:
    changed = edit({"asking.py": CLIENT}, "close_before_loop:asking.py.ask")["asking.py"]

    assert "    loop.run_until_complete(client.aclose())\n    loop.close()\n" in changed


@pytest.mark.parametrize(
    "text",
    [
        CLASS.replace("async def close", "def close"),
        CLASS.replace("def close(self)", "def close(self, reason)"),
        CLASS + "\n\nclass Other:\n    async def handle(self):\n        pass\n",
        CLASS.replace("            loop.close()\n", "            pass\n"),
        CLIENT.replace("client.ping()", "main()"),
    ],
)
def test_nothing_is_closed_where_it_is_not_sure_what_or_when(text: str) -> None:
    assert not [name for name in offer({"browser.py": text}) if name.startswith("close_before_loop")]
