"""What is in a request, checked; and work that other requests need not wait for."""

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def body_of(request: Request, kind: str) -> bytes:
    """The body of a request; HTTPException 415 if it is not said to be of this type."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != kind:
        raise HTTPException(415, f"expected a body of type {kind}, got another")
    return await request.body()


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in a body; HTTPException 400 for anything else."""
    try:
        value = json.loads(await body_of(request, "application/json"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "expected a JSON object, got something else")
    return value


async def elsewhere(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call in a thread, so that other requests are answered meanwhile; when the lab ends, nobody waits for it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: Exception | None) -> None:
        if answer.done():  # nobody wants it any more
            return
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)

    def call() -> None:
        value, failure = None, None
        try:
            value = function(*arguments)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop has ended with the lab
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=call, daemon=True, name=f"answers {function.__name__}").start()
    return await answer
