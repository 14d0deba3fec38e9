"""The viewer as a local server: it computes what sliders ask for.

Needs the extra ``percept-adv[inspect]``; the names below are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.lazy import lazy_names

if TYPE_CHECKING:
    from percept_adv.inspection.attack_library import is_attack_folder, library_of_attacks
    from percept_adv.inspection.images_library import library_of_images
    from percept_adv.inspection.library import Library
    from percept_adv.inspection.run_library import library_of_run
    from percept_adv.inspection.serving import serve
    from percept_adv.inspection.settings import Settings

__all__ = [
    "Library",
    "Settings",
    "is_attack_folder",
    "library_of_attacks",
    "library_of_images",
    "library_of_run",
    "serve",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Library": "library",
        "Settings": "settings",
        "library_of_attacks": "attack_library",
        "library_of_images": "images_library",
        "is_attack_folder": "attack_library",
        "library_of_run": "run_library",
        "serve": "serving",
    },
)
