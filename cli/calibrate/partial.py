"""The scores of a calibration that is not complete: an interruption loses none of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from percept_adv.errors import OutputError
from percept_adv.images import content_sha256

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scores = dict[str, float]


class PartialScores:
    """Scores by the content of their image, in a file beside the calibration until that is made.

    Parameters
    ----------
    output
        The calibration's file.
    made_by
        What the scores depend on besides the images; those of another model are not taken.
    score
        Returns the scores of an image.

    Raises
    ------
    OutputError
        If another file stands in the place of theirs.
    """

    def __init__(
        self, output: Path, made_by: dict[str, Any], score: Callable[[Path], Scores]
    ) -> None:
        self.file = output.with_name(f"{output.name}.partial")
        self._score = score
        self._head = json.dumps(made_by, sort_keys=True)
        self._known = self._read()

    def __len__(self) -> int:
        """How many images have been scored before."""
        return len(self._known)

    def of(self, path: Path) -> Scores:
        """Return the scores of an image, and keep them.

        Raises
        ------
        PerceptAdvError
            If the image cannot be used, or its scores cannot be kept.
        """
        content = content_sha256(path)
        if content not in self._known:
            self._known[content] = self._score(path)
            self._append(json.dumps([content, self._known[content]]))
        return self._known[content]

    def forget(self) -> None:
        """Remove the file: the calibration holds its scores."""
        with suppress(OSError):
            self.file.unlink()

    def _read(self) -> dict[str, Scores]:
        try:
            head, *lines = self.file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        if head != self._head:
            self._give_way(head)
            return {}
        known = {}
        for line in lines:
            # The last line may have been cut off.
            with suppress(ValueError, TypeError):
                content, scores = json.loads(line)
                known[content] = scores
        return known

    def _give_way(self, head: str) -> None:
        """Remove scores of another model, contract or version; refuse what holds none."""
        try:
            ours = "model" in json.loads(head)
        except (ValueError, TypeError):
            ours = False
        if not ours:
            raise OutputError(
                f"{self.file} stands in the way: it holds no scores of a calibration that was "
                "interrupted; move it away"
            )
        self.forget()

    def _append(self, line: str) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as file:
                # The line break comes first: what was cut off before must not run into this line.
                file.write(f"\n{line}" if file.tell() else f"{self._head}\n{line}")
        except OSError as error:
            raise OutputError(f"cannot write {self.file}: {error.strerror or error}") from error
