import asyncio

from loops import OwnPolicy

asyncio.set_event_loop_policy(OwnPolicy())
