"""The gate: every request passes it before the lab sees it, and every answer takes its headers with it.

A page of another site can make the browser send requests here. Host tells a name that somebody else has pointed
at this machine, Origin and Sec-Fetch-Site tell who sent the browser, and the token says that it was our page
that asked for something to be done.
"""

import asyncio
import hmac
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_HEAD, LARGEST_BODY = 16_384, 1_048_576  # bytes
LONGEST_BODY = 10.0  # seconds that a body may take to arrive
LARGEST_FAREWELL, LONGEST_FAREWELL = 16_777_216, 2.0  # bytes and seconds of a refused body that are waited for
SAFE = ("GET", "HEAD")
COOKIE = "numpen-token"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Pass(NamedTuple):
    """Who may come in."""

    hosts: frozenset[str]  # what Host may say, in small letters: 127.0.0.1:8642
    token: str
    shared: bool  # with other machines, and then the token is wanted for everything


class Gate:
    """Lets through what comes from our own page, and answers everything else with one line."""

    def __init__(self, app: ASGIApp, who: Pass) -> None:
        self.app, self.who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in RAW_HEADERS}
                message["headers"] = [each for each in message["headers"] if each[0].lower() not in own] + RAW_HEADERS
            await send(message)

        answer = self._refusal(scope)
        body = b""
        if answer is None and scope["method"] not in SAFE:
            body, answer = await _body(scope, receive)
        if answer is not None:
            await _turn_away(answer, scope, receive, dressed)
        else:
            await self.app(scope, _replay(body, receive), dressed)

    def _refusal(self, scope: Scope) -> Response | None:
        """What is wrong with the head of a request, or None."""
        head = (
            len(scope["raw_path"])
            + len(scope["query_string"])
            + sum(len(name) + len(value) for name, value in scope["headers"])
        )
        if head > LARGEST_HEAD:  # h11 counts only what has come of a head that is not complete
            return _refuse(431, f"expected a request with a head of at most {LARGEST_HEAD:,} bytes, got a longer one")
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        host = [value.lower() for value in headers.get("host", [])]
        if len(host) != 1 or host[0] not in self.who.hosts:
            return _refuse(
                421, f"expected the host {min(self.who.hosts)}, got another: open the address in the terminal"
            )
        origins = headers.get("origin", [])
        if any(origin != f"http://{host[0]}" for origin in origins) or len(origins) > 1:
            return _refuse(403, "expected a request from the lab's own page, got one from another site")
        if not self._is_ours(scope, headers):
            return _refuse(403, "expected a request from the lab's own page, got one from another site")
        if self.who.shared and not self._knows_token(headers):
            return self._let_in(scope)
        if scope["method"] not in SAFE and not _same(headers.get("x-numpen-token", [""])[0], self.who.token):
            return _refuse(403, "expected the page's token, got none or an old one: load the page again")
        return None

    def _is_ours(self, scope: Scope, headers: dict[str, list[str]]) -> bool:
        """Whether our page asks; a person may also follow a link to it, which is a navigation to its root."""
        if all(site in ("same-origin", "none") for site in headers.get("sec-fetch-site", [])):
            return True
        visit = headers.get("sec-fetch-mode") == ["navigate"] and headers.get("sec-fetch-dest") == ["document"]
        return visit and scope["method"] == "GET" and scope["path"] == "/"

    def _knows_token(self, headers: dict[str, list[str]]) -> bool:
        try:
            cookies = SimpleCookie("; ".join(headers.get("cookie", [])))
        except CookieError:
            return False
        return COOKIE in cookies and _same(cookies[COOKIE].value, self.who.token)

    def _let_in(self, scope: Scope) -> Response:
        """The token in the address becomes a cookie, and leaves the address."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] != "/" or scope["method"] != "GET" or not _same(given, self.who.token):
            return _refuse(403, "expected the token in the address, got none: open the address in the terminal")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, self.who.token, httponly=True, samesite="strict", path="/")
        return answer


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _refuse(status: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status, {"connection": "close"})


async def _turn_away(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, and hang up when what was on its way has come, or has come for long enough.

    Whoever hangs up on a browser that is still sending takes the answer back with it.
    """

    async def unfinished(message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        await send({**message, "more_body": True} if is_body else message)

    await answer(scope, receive, unfinished)
    if any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
        await _discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _discard(receive: Receive) -> None:
    """Take the rest of a body and keep none of it."""
    size = 0
    try:
        async with asyncio.timeout(LONGEST_FAREWELL):
            while size <= LARGEST_FAREWELL:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


async def _body(scope: Scope, receive: Receive) -> tuple[bytes, Response | None]:
    """The whole body, or why it is not taken."""
    too_large = _refuse(413, f"expected at most {LARGEST_BODY:,} bytes, got more")
    if any(_length(value) > LARGEST_BODY for name, value in scope["headers"] if name.lower() == b"content-length"):
        return b"", too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(LONGEST_BODY):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return b"", _refuse(400, "expected a whole body, got a part of it")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > LARGEST_BODY:
                    return b"", too_large
                if not message.get("more_body", False):
                    return b"".join(parts), None
    except TimeoutError:
        return b"", _refuse(408, f"expected the body within {LONGEST_BODY:g} seconds, got a part of it")


def _length(value: bytes) -> int:
    return int(value) if value.isdigit() and len(value) < 20 else LARGEST_BODY + 1


def _replay(body: bytes, receive: Receive) -> Receive:
    """What the application reads: the body at once, then whatever comes (that the client has gone)."""
    messages: Iterable[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replayed() -> Message:
        for message in messages:
            return message
        return await receive()

    return replayed
