"""The routes of the page: what each address answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from percept_adv.errors import PerceptAdvError
from percept_adv.images import encode_png
from percept_adv.inspection.downloads import downloads
from percept_adv.inspection.guard import Guard
from percept_adv.inspection.pyramid import level_count
from percept_adv.inspection.readings import values_at
from percept_adv.inspection.rendering import histogram, tile_values, to_grey_levels
from percept_adv.inspection.settings import Settings
from percept_adv.inspection.workbench import Superseded
from percept_adv.report.page import render_page
from percept_adv.report.viewer.assets import asset
from percept_adv.report.viewer.manifest import Manifest
from percept_adv.report.viewer.scene import VIEWS

if TYPE_CHECKING:
    from starlette.requests import Request

    from percept_adv.inspection.library import Library, SceneFiles, SubjectFile
    from percept_adv.inspection.overview import Overview
    from percept_adv.inspection.workbench import Workbench


def build_application(
    site: Site,
    *,
    token: str,
    port: int,
) -> Starlette:
    """Return the guarded application."""
    routes = [
        Route("/", site.page),
        Route("/assets/{name}", site.asset),
        Route("/manifest.json", site.manifest),
        Route("/changes.json", site.changes),
        Route("/thumbnails/{scene}.webp", site.thumbnail),
        Route("/tiles/{scene}/{subject}/{view}/{level:int}/{column:int}-{row:int}.png", site.tile),
        Route("/ready/{scene}/{subject}/{view}", site.ready),
        Route("/histogram/{scene}/{subject}/{view}", site.histogram),
        Route("/values/{scene}/{x:int}-{y:int}", site.values),
        Route("/downloads/{scene}/{subject}/{name}", site.download),
    ]
    handlers: Any = {PerceptAdvError: _tell, Superseded: _tell_superseded}
    guard = Middleware(Guard, token=token, port=port)
    return Starlette(routes=routes, middleware=[guard], exception_handlers=handlers)


class Site:
    """The answers. Plain functions, which the server runs on threads."""

    def __init__(
        self,
        library: Library,
        bench: Workbench,
        overview: Overview,
        settings: Settings,
        *,
        note: str,
        extra_statistics: dict[str, str],
    ) -> None:
        self._library, self._bench, self._overview = library, bench, overview
        self._settings, self._note = settings, note
        self._extra_statistics = extra_statistics

    def page(self, request: Request) -> Response:
        """Answer with the page itself."""
        page = render_page(
            "inspect.html",
            title=f"{self._library.title} · percept-adv inspect",
            nonce=request.scope["nonce"],
        )
        return HTMLResponse(page)

    def asset(self, request: Request) -> Response:
        """Answer with a script or the style sheet, of the package's own list."""
        found = asset(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        content, media_type = found
        return Response(content, media_type=media_type)

    def manifest(self, request: Request) -> Response:  # noqa: ARG002 (a route's signature)
        """Answer with all that the script is told at first."""
        manifest = Manifest(
            list(self._overview.scenes.values()),
            self._settings.as_dict(),
            arrangement=self._library.arrangement,
            live=True,
            note=self._note,
            extra_statistics=self._extra_statistics,
        )
        return Response(manifest.as_json(), media_type="application/json")

    def changes(self, request: Request) -> Response:
        """Answer with what the list has learnt since a revision."""
        since = request.query_params.get("since", "0")
        return JSONResponse(self._overview.changes(int(since) if since.isdecimal() else 0))

    def thumbnail(self, request: Request) -> Response:
        """Answer with a thumbnail."""
        content = self._overview.thumbnail(request.path_params["scene"])
        if content is None:
            raise HTTPException(404)
        return Response(content, media_type="image/webp")

    def tile(self, request: Request) -> Response:
        """Answer with a tile as PNG, before all background work."""
        scene, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        level, column, row = (request.path_params[name] for name in ("level", "column", "row"))
        with self._bench.precedence.urgent():
            height, width = self._bench.picture(subject.path).shape
            if level >= level_count(height, width):
                raise HTTPException(404)
            values = tile_values(
                self._bench, scene, subject, view, settings, (level, column, row),
                at_once=request.query_params.get("phase") == "now",
            )  # fmt: skip
            if values.size == 0:
                raise HTTPException(404)
            return Response(
                encode_png(to_grey_levels(values, view, settings)), media_type="image/png"
            )

    def ready(self, request: Request) -> Response:
        """Answer once a view of the whole image is computed, exactly."""
        _, subject = self._find(request)
        view = self._view(request)
        if view == "magnified":
            page = request.query_params.get("page", "")
            self._bench.prepare(subject.path, Settings.of(request.query_params), page)
        elif view not in {"stored", "difference"}:
            self._bench.further(subject.path, view)
        height, width = self._bench.picture(subject.path).shape
        return JSONResponse({"state": "ready", "width": width, "height": height})

    def histogram(self, request: Request) -> Response:
        """Answer with counts of what is shown of a view."""
        scene, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        if view == "difference":
            last = len(self._bench.picture(subject.path).pyramid.levels) - 1
            values = tile_values(self._bench, scene, subject, view, settings, (last, 0, 0))
        elif view == "stored":
            values = self._bench.picture(subject.path).floats()
        elif view == "magnified":
            values = self._bench.magnified(subject.path, settings)
        else:
            values = self._bench.further(subject.path, view).levels[0]
        return JSONResponse({"counts": histogram(to_grey_levels(values, view, settings))})

    def values(self, request: Request) -> Response:
        """Answer with the values at a pixel, of all subjects of a scene."""
        scene = self._scene(request)
        place = request.path_params["x"], request.path_params["y"]
        with self._bench.precedence.urgent():
            read = values_at(self._bench, scene, Settings.of(request.query_params), *place)
        return JSONResponse(read)

    def download(self, request: Request) -> Response:
        """Answer with a file to keep."""
        scene, subject = self._find(request)
        make = downloads(subject.path.stem).get(request.path_params["name"])
        if make is None:
            raise HTTPException(404)
        return make(self._bench, scene, subject, Settings.of(request.query_params))

    def _scene(self, request: Request) -> SceneFiles:
        scene = self._library.scene(request.path_params["scene"])
        if scene is None:
            raise HTTPException(404)
        return scene

    def _find(self, request: Request) -> tuple[SceneFiles, SubjectFile]:
        scene = self._scene(request)
        subject = scene.subject(request.path_params["subject"])
        if subject is None:
            raise HTTPException(404)
        return scene, subject

    def _view(self, request: Request) -> str:
        view: str = request.path_params["view"]
        if view not in VIEWS:
            raise HTTPException(404)
        return view


def _tell(request: Request, error: Exception) -> Response:  # noqa: ARG001 (a handler's signature)
    """Say what was wrong with a file or a setting, as the command line would."""
    return PlainTextResponse(str(error), status_code=422)


def _tell_superseded(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return JSONResponse({"state": "superseded"})
