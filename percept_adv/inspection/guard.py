"""Who may ask: this machine's own browser, on the page that was opened."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = {"GET", "HEAD"}
_SAME = {"same-origin", "none"}
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Guard:
    """Middleware that lets through what the page itself asks for, and nothing else.

    The host is checked because a name of an attacker's can be made to resolve to 127.0.0.1 (DNS
    rebinding); the origin because other pages can send requests here; the token because other
    programs and users of the machine can reach the port.

    Parameters
    ----------
    app
        The application below.
    token
        First part of every path.
    port
        Where the server listens.
    """

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self._app, self._token = app, token.encode()
        names = [f"127.0.0.1:{port}", f"localhost:{port}"]
        if port == 80:
            names += ["127.0.0.1", "localhost"]
        self._hosts = {name.encode() for name in names}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on without its token."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        inner = {**scope, "path": "/" + scope["path"].split("/", 2)[2], "nonce": nonce}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers(nonce)]
            await send(message)

        await self._app(inner, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = dict(scope["headers"])
        if headers.get(b"host", b"").lower() not in self._hosts:
            return PlainTextResponse("This server answers to 127.0.0.1 only.", 421)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("Only GET and HEAD.", 405, {"Allow": "GET, HEAD"})
        origin = headers.get(b"origin")
        site = headers.get(b"sec-fetch-site", b"none").decode("latin-1")
        if (origin is not None and origin.lower() not in self._origins) or site not in _SAME:
            return PlainTextResponse("Requests of other pages are refused.", 403)
        parts = scope["path"].split("/", 2)
        known = secrets.compare_digest(parts[1].encode(), self._token)
        if not known or len(parts) < 3:
            return PlainTextResponse("Not found. The address is the one that was printed.", 404)
        return None


def _headers(nonce: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", POLICY.format(nonce=nonce).encode()),
        (b"cache-control", b"no-store"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]
