"""Starting and ending the server."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING

import uvicorn

from percept_adv.errors import ParameterError
from percept_adv.inspection.application import Site, build_application
from percept_adv.inspection.overview import Overview
from percept_adv.inspection.workbench import Workbench
from percept_adv.report.viewer.scene import NO_QUANTILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from percept_adv.inspection.library import Library
    from percept_adv.inspection.settings import Settings
    from percept_adv.report.viewer.scene import Quantiles

_HOST = "127.0.0.1"
_GRACE = 2


def serve(
    library: Library,
    settings: Settings,
    *,
    port: int,
    note: str,
    started: Callable[[str], None],
    scores: Callable[[Path], dict[str, float]] | None = None,
    quantiles: Quantiles = NO_QUANTILES,
) -> None:
    """Serve a page until the process is interrupted.

    Parameters
    ----------
    library
        What is shown.
    settings
        Where the sliders stand first.
    port
        On 127.0.0.1; 0 for any free one.
    note
        What the reader should bear in mind.
    started
        Called with the page's address once the port is taken.
    scores
        Gives the quantiles of an image file, by name.
    quantiles
        What the page says of them.

    Raises
    ------
    ParameterError
        If the port cannot be used.

    Examples
    --------
    >>> from percept_adv.inspection import Settings, library_of_run, serve
    >>> serve(library_of_run(run), Settings(), port=0, note="", started=print)  # doctest: +SKIP
    """
    listener = _listen(port)
    with listener:
        taken = listener.getsockname()[1]
        token = secrets.token_urlsafe(24)
        bench = Workbench()
        overview = Overview(library, bench, settings, scores)
        site = Site(library, bench, overview, settings, note=note, quantiles=quantiles)
        application = build_application(site, token=token, port=taken)
        configuration = uvicorn.Config(
            application, log_level="error", access_log=False, lifespan="off",
            server_header=False, timeout_graceful_shutdown=_GRACE, ws="none",
        )  # fmt: skip
        overview.start()
        started(f"http://{_HOST}:{taken}/{token}/")
        try:
            uvicorn.Server(configuration).run(sockets=[listener])
        finally:
            overview.stop()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(64)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(
            f"--port {port} cannot be used: {reason}; leave it out for a free port"
        ) from error
    return listener
