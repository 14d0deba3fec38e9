"""The routes of the page: what each address answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from percept_adv.errors import PerceptAdvError
from percept_adv.inspection.downloads import downloads
from percept_adv.inspection.guard import Guard
from percept_adv.inspection.pyramid import level_count, level_shape, tile_region
from percept_adv.inspection.readings import values_at
from percept_adv.inspection.rendering import (
    Place,
    as_bitmap,
    histogram,
    sampling_step,
    to_grey_levels,
    view_values,
)
from percept_adv.inspection.settings import Settings
from percept_adv.inspection.wanted import Superseded
from percept_adv.magnification import Region
from percept_adv.report.page import render_page
from percept_adv.report.viewer.assets import asset
from percept_adv.report.viewer.manifest import Manifest
from percept_adv.report.viewer.scene import NO_QUANTILES, VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from percept_adv.inspection.library import Library, SceneFiles, SubjectFile
    from percept_adv.inspection.overview import Overview
    from percept_adv.inspection.workbench import Workbench
    from percept_adv.magnification import LocalTerms
    from percept_adv.report.viewer.scene import Quantiles


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
        Route("/tiles/{scene}/{subject}/{view}/{level:int}/{column:int}-{row:int}.bmp", site.tile),
        Route(
            "/regions/{scene}/{subject}/{view}/{level:int}"
            "/{left:int}-{top:int}-{right:int}-{bottom:int}.bmp",
            site.region,
        ),
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
        quantiles: Quantiles = NO_QUANTILES,
    ) -> None:
        self._library, self._bench, self._overview = library, bench, overview
        self._settings, self._note = settings, note
        self._quantiles = quantiles

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
            quantiles=self._quantiles,
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
        """Answer with a tile: at once if its phase is ``now``, otherwise exactly."""
        scene, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        level, column, row = (request.path_params[name] for name in ("level", "column", "row"))
        region = _filled(tile_region(self._shape(subject, level), column, row))
        place = Place(level, region, self._terms(request, subject))
        with self._bench.precedence.urgent():
            return self._picture(scene, subject, view, settings, place)

    def region(self, request: Request) -> Response:
        """Answer with the visible region at once; what the pane wanted before is given up."""
        scene, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        level, *bounds = (
            request.path_params[name] for name in ("level", "top", "bottom", "left", "right")
        )
        with self._bench.precedence.urgent():
            region = _filled(Region(*bounds).grown(0, self._shape(subject, level)))
            place = Place(level, region)
            if view == "magnified":
                check = self._wish(request, subject, settings, (level, region))
                terms = self._bench.known_terms(subject.path, settings)
                place = Place(level, region, terms, check)
            return self._picture(scene, subject, view, settings, place)

    def ready(self, request: Request) -> Response:
        """Answer once a view of the whole image is computed, exactly."""
        _, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        if view == "magnified":
            check = self._wish(request, subject, settings)
            self._bench.terms(subject.path, settings, check)
        elif view not in {"stored", "difference"}:
            self._bench.further(subject.path, view)
        height, width = self._bench.picture(subject.path).shape
        return JSONResponse({"state": "ready", "width": width, "height": height})

    def histogram(self, request: Request) -> Response:
        """Answer with counts of what is shown of a view."""
        scene, subject = self._find(request)
        view, settings = self._view(request), Settings.of(request.query_params)
        picture = self._bench.picture(subject.path)
        step = sampling_step(*picture.shape)
        if view == "magnified":
            values = self._bench.magnified(subject.path, settings, step)
        else:
            # A difference is not kept: its smallest level will do.
            level = len(picture.pyramid.levels) - 1 if view == "difference" else 0
            height, width = level_shape(picture.shape, level)
            place = Place(level, Region(0, height, 0, width))
            values = view_values(self._bench, scene, subject, view, settings, place)
            values = values if level else values[::step, ::step]
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
        scene = self._overview.files(request.path_params["scene"])
        if scene is None:
            raise HTTPException(404)
        return scene

    def _find(self, request: Request) -> tuple[SceneFiles, SubjectFile]:
        scene = self._scene(request)
        subject = scene.subject(request.path_params["subject"])
        if subject is None:
            raise HTTPException(404)
        return scene, subject

    def _shape(self, subject: SubjectFile, level: int) -> tuple[int, int]:
        height, width = self._bench.picture(subject.path).shape
        if level >= level_count(height, width):
            raise HTTPException(404)
        return level_shape((height, width), level)

    def _terms(self, request: Request, subject: SubjectFile) -> LocalTerms | None:
        """Return the local terms of the whole image that a tile is to be made of."""
        settings = Settings.of(request.query_params)
        if self._view(request) != "magnified":
            return None
        if request.query_params.get("phase") == "now":
            return self._bench.known_terms(subject.path, settings)
        return self._bench.terms(subject.path, settings)

    def _wish(
        self, request: Request, subject: SubjectFile, settings: Settings, seen: Any = None
    ) -> Callable[[], None]:
        """Note which sigmas a page wants of an image, and with ``seen`` what a pane is to show.

        Returns what raises `Superseded` if that changes.
        """
        query, sigmas = request.query_params, settings.sigmas_key
        turn = int(query["turn"]) if query.get("turn", "").isdecimal() else 0
        asker = subject.path, query.get("page", "")
        check = self._bench.wanted.ask(asker, sigmas, turn)
        if "pane" in query and seen is not None:
            return self._bench.wanted.ask((*asker, query["pane"]), (sigmas, seen), turn)
        return check

    def _picture(
        self, scene: SceneFiles, subject: SubjectFile, view: str, settings: Settings, place: Place
    ) -> Response:
        values = view_values(self._bench, scene, subject, view, settings, place)
        levels = to_grey_levels(values, view, settings)
        return Response(as_bitmap(levels), media_type="image/bmp")

    def _view(self, request: Request) -> str:
        view: str = request.path_params["view"]
        if view not in VIEWS:
            raise HTTPException(404)
        return view


def _filled(region: Region) -> Region:
    if region.bottom <= region.top or region.right <= region.left:
        raise HTTPException(404)
    return region


def _tell(request: Request, error: Exception) -> Response:  # noqa: ARG001 (a handler's signature)
    """Say what was wrong with a file or a setting, as the command line would."""
    return PlainTextResponse(str(error), status_code=422)


def _tell_superseded(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return JSONResponse({"state": "superseded"})
