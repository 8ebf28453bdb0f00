import asyncio
import os
from weakref import WeakKeyDictionary

from redis.asyncio import Redis


class Backend:
    def __init__(self):
        self.clients = WeakKeyDictionary()

    @property
    def client(self):
        loop = asyncio.get_running_loop()
        if loop not in self.clients:
            self.clients[loop] = Redis.from_url(os.environ["REDIS_URL"], single_connection_client=True)
        return self.clients[loop]

    async def ready(self):
        return await self.client.ping()


backend = Backend()
