import asyncio
import gc
import os

from asgiref.sync import async_to_sync
from channels_redis.core import RedisChannelLayer

layer = RedisChannelLayer(hosts=[os.environ["REDIS_URL"]])


async def send():
    await layer.group_send("chat", {"type": "chat.message"})


async def send_and_collect():
    await send()
    gc.collect()
    await asyncio.sleep(0)


def test_first():
    async_to_sync(send)()


def test_second():
    async_to_sync(send_and_collect)()


def test_third():
    gc.collect()
