import asyncio
import gc
import socket


async def connect(end):
    _, writer = await asyncio.open_connection(sock=end)
    writer.write(b"hello")
    await writer.drain()
    return writer


def test_writer_that_outlives_its_loop():
    near, far = socket.socketpair()
    with far:
        writer = asyncio.run(connect(near))
        assert not writer.is_closing()
        del writer
        gc.collect()
