import os
import unittest

from redis.asyncio import ConnectionPool, Redis

pool = ConnectionPool.from_url(os.environ["REDIS_URL"])


async def clear(pattern):
    client = Redis(connection_pool=pool, auto_close_connection_pool=False)
    for key in await client.keys(pattern):
        await client.delete(key)
    await client.close()


class StorageTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        await clear("storage:*")

    async def asyncTearDown(self):
        await pool.disconnect()

    async def test_first(self):
        self.assertTrue(True)

    async def test_second(self):
        self.assertTrue(True)
