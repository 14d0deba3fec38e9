"""Who may ask: this machine's own browser, on the page that was opened."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = {"GET", "HEAD"}
_SAME = {"same-origin", "none"}
_OTHERS = "Requests of other pages are refused."
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Guard:
    """Middleware that lets through what the page itself asks for, and nothing else.

    The host is checked because a name of an attacker's can be made to resolve to 127.0.0.1 (DNS
    rebinding); the origin because other pages can send requests here; the token because other
    programs and users of the machine can reach the port. A link to the page may stand anywhere,
    such as in a notebook that shows what the command printed: who follows it knows the token, and
    the page where it stands learns nothing.

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
        if origin is not None and origin.lower() not in self._origins:
            return PlainTextResponse(_OTHERS, 403)
        site = headers.get(b"sec-fetch-site", b"none").decode("latin-1")
        if site not in _SAME and not self._follows_a_link(scope["path"], headers):
            return PlainTextResponse(_OTHERS, 403)
        parts = scope["path"].split("/", 2)
        known = secrets.compare_digest(parts[1].encode(), self._token)
        if not known or len(parts) < 3:
            return PlainTextResponse("Not found. The address is the one that was printed.", 404)
        return None

    def _follows_a_link(self, path: str, headers: dict[bytes, bytes]) -> bool:
        """Whether a person opens the page itself, in a tab of its own and in no frame."""
        kind = headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")
        whole = secrets.compare_digest(path.encode(), b"/%s/" % self._token)
        return kind == (b"navigate", b"document") and whole


def _headers(nonce: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", POLICY.format(nonce=nonce).encode()),
        (b"cache-control", b"no-store"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]
