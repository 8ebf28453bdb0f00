import os

from redis.asyncio import Redis


class Cache:
    def __init__(self):
        self.connection = Redis.from_url(os.environ["REDIS_URL"])
        self.events = self.connection.pubsub()

    async def start(self):
        await self.events.subscribe("events")

    async def get(self, key):
        return await self.connection.get(key)

    async def close(self):
        await self.connection.aclose()


cache = Cache()
