import os

from fastapi import Depends, FastAPI
from redis.asyncio import Redis

app = FastAPI()


async def connected():
    redis = Redis.from_url(os.environ["REDIS_URL"])
    yield redis
    await redis.aclose()


@app.get("/ping")
async def ping(redis: Redis = Depends(connected)):
    return {"pong": await redis.ping()}
