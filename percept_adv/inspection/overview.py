"""The list: a thumbnail and statistics of each scene, computed one by one in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from percept_adv.errors import PerceptAdvError
from percept_adv.inspection.presence import notes_on_all, shown_together
from percept_adv.magnification import (
    Region,
    channel_deviations,
    describe_signal,
    flat_areas,
    viewing_range,
)
from percept_adv.report.pictures import common_gain
from percept_adv.report.viewer.notes import told_once
from percept_adv.report.viewer.scene import flat_statistics
from percept_adv.report.viewer.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from percept_adv.inspection.library import Library, SceneFiles
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench
    from percept_adv.report.viewer.scene import Scene, Subject


class Overview:
    """What is known of each scene; it grows while a thread works through them.

    Attributes
    ----------
    scenes
        As the page is told of them, by id.
    """

    def __init__(
        self,
        library: Library,
        bench: Workbench,
        settings: Settings,
        scores: Callable[[Path], dict[str, float]] | None = None,
    ) -> None:
        self.scenes: dict[str, Scene] = {files.id: files.scene() for files in library}
        self._files: dict[str, SceneFiles] = {files.id: files for files in library}
        self._notes = library.notes
        self._bench, self._settings = bench, settings
        self._scores = scores
        self._thumbnails: dict[str, bytes] = {}
        self._revisions = dict.fromkeys(self.scenes, 0)
        self._revision = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="overview", daemon=True)

    def start(self) -> None:
        """Begin the work."""
        self._thread.start()

    def stop(self) -> None:
        """End it after the scene in work."""
        self._stopped.set()

    def files(self, scene: str) -> SceneFiles | None:
        """Find a scene's files, without those that proved unfit to be shown.

        Unlike a path, a name of anything else finds nothing.
        """
        return self._files.get(scene)

    def thumbnail(self, scene: str) -> bytes | None:
        """Return a thumbnail if it is there."""
        return self._thumbnails.get(scene)

    def changes(self, since: int) -> dict[str, Any]:
        """Return the scenes that changed after a revision, the present one, and what is left."""
        with self._lock:
            changed = [name for name, at in self._revisions.items() if at > since]
            return {
                "revision": self._revision,
                "scenes": [self.scenes[name].as_dict() for name in changed],
                "finished": not self._thread.is_alive(),
            }

    def _work(self) -> None:
        """First what is quick, so that the list fills; then the statistics."""
        for step in (self._look_at, self._measure):
            for scene in self.scenes:
                if self._stopped.is_set():
                    return
                if self.scenes[scene].error is None:
                    self._bench.precedence.give_way()
                    self._try(step, self._files[scene])

    def _try(self, step: Callable[[SceneFiles], dict[str, Any]], files: SceneFiles) -> None:
        try:
            news = step(files)
        except (PerceptAdvError, MemoryError) as error:
            news = {"error": _without_folder(error, files.main.path)}
        with self._lock:
            for name, value in news.items():
                setattr(self.scenes[files.id], name, value)
            self._revision += 1
            self._revisions[files.id] = self._revision

    def _look_at(self, files: SceneFiles) -> dict[str, Any]:
        files, notes = shown_together(files, self._bench)
        self._files[files.id] = files
        picture = self._bench.picture(files.main.path)
        self._thumbnails[files.id] = thumbnail(picture.image.samples)
        height, width = picture.shape
        return {
            "width": width,
            "height": height,
            "bit_depth": picture.image.bit_depth,
            "thumbnail": f"thumbnails/{files.id}.webp",
            "warnings": [*self._notes, *notes, *notes_on_all(files, self._bench)],
            "subjects": files.scene().subjects,
            "difference_gain": self._difference_gain(files),
        }

    def _difference_gain(self, files: SceneFiles) -> float:
        """Choose one gain for all differences of a scene, from pictures of at most a tile."""
        reference = files.reference
        others = [one for one in files.subjects if one is not reference]
        if reference is None or not others:
            return 1.0
        differences = []
        for one in others:
            levels = self._bench.picture(one.path).pyramid.levels
            height, width = levels[-1].shape[:2]
            whole = Region(0, height, 0, width)
            differences.append(
                self._bench.difference(one.path, reference.path, len(levels) - 1, whole)
            )
        return common_gain(differences)

    def _measure(self, files: SceneFiles) -> dict[str, Any]:
        picture = self._bench.picture(files.main.path)
        compared = files.reference or files.main
        flat = flat_areas(self._bench.picture(compared.path).image.samples)
        signal = self._bench.magnified(files.main.path, self._settings)
        described = describe_signal(
            signal, channel_deviations(picture.floats()), flat=flat, opaque=picture.image.opaque
        )
        shown = viewing_range([signal], "fixed", gain=self._settings.gain)
        record = {**described.as_dict(), "share_clipped": shown.share_clipped(signal)}
        scored, notes = self._score(files)
        return {
            "statistics": {**flat_statistics(record), **scored.pop(files.main.id, {})},
            "warnings": [*self.scenes[files.id].warnings, *notes],
            **({"subjects": self._with_facts(files, scored)} if scored else {}),
        }

    def _score(self, files: SceneFiles) -> tuple[dict[str, dict[str, float]], list[str]]:
        """Return what the model says of the files that a scene is about, by the subject's id.

        What it cannot take can still be looked at: the notes say why it has no score.
        """
        scored: dict[str, dict[str, float]] = {}
        notes: dict[str, list[str]] = {}
        score = self._scores
        if score is None:
            return scored, []
        for one in files.subjects:
            if one is not files.main and "attack" not in one.facts:
                continue
            try:
                scored[one.id], notes[one.label] = score(one.path), []
            except PerceptAdvError as error:
                notes[one.label] = [f"no quantiles: {_without_folder(error, one.path)}"]
        return scored, told_once(notes)

    def _with_facts(self, files: SceneFiles, scored: dict[str, dict[str, float]]) -> list[Subject]:
        """Return the scene's subjects, the attacked ones with their smallest quantile."""
        subjects = files.scene().subjects
        for subject in subjects:
            if subject.id in scored and "attack" in subject.facts:
                subject.facts["smallest quantile"] = min(scored[subject.id].values())
        return subjects


def _without_folder(error: Exception, path: Path) -> str:
    """Say what is wrong; the list names the file: its folder would hide the reason."""
    message = str(error) or "too large for the memory of this machine"
    return message.replace(str(path), path.name)
