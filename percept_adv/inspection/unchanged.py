"""Whether files are still what they were when they were first looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path


class Unchanged:
    """Times and sizes of files: what was computed of one version says nothing of another."""

    def __init__(self) -> None:
        self._first: dict[Path, tuple[int, int]] = {}

    def check(self, path: Path) -> None:
        """Remember a file; raise if it is another than at the first call.

        Raises
        ------
        ImageError
            If it has changed, or is gone.
        """
        try:
            now = path.stat()
        except OSError:
            if path in self._first:
                raise ImageError(f"{path.name} is gone since this page read it") from None
            return  # Reading says what is wrong.
        version = now.st_mtime_ns, now.st_size
        if self._first.setdefault(path, version) != version:
            raise ImageError(
                f"{path.name} has changed since this page read it: start percept-adv inspect again"
            )
