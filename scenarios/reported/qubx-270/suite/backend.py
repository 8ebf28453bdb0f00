import os

from redis.asyncio import Redis


class Backend:
    def __init__(self):
        self.client = Redis.from_url(os.environ["REDIS_URL"], single_connection_client=True)

    async def ready(self):
        return await self.client.ping()


backend = Backend()
