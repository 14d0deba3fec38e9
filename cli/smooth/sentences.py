"""What ``percept-adv smooth`` says of a pair and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv_cli.shared.outputs import Record
    from percept_adv_cli.smooth.pairs import Pair
    from percept_adv_cli.smooth.ways import Smoothed

    from percept_adv.images import Image


def notes_of_image(image: Image, bits: int) -> list[str]:
    """Say what a result of so many bits loses of an image, and what reading found."""
    notes = [f"{image.path}: {warning}" for warning in image.warnings]
    if image.bit_depth > bits:
        more = "; --bits 16 keeps more" if bits == 8 else ""
        notes.append(f"{image.path}: {image.bit_depth} bits; the result is rounded to {bits}{more}")
    if image.alpha is not None:
        notes.append(f"{image.path}: it has an alpha channel; the result has none")
    return notes


def notes_of_result(pair: Pair, result: Smoothed) -> list[str]:
    """Say where nothing is left of a difference, and why."""
    if not result.difference.before.any():
        return ["the two images have equal colours: there is nothing to smooth"]
    if not result.is_unchanged:
        return []
    if pair.output.suffix.lower() != ".png":
        unchanged = "it equals the original as stored: no coefficient of the JPEG changes"
        return [f"{pair.output}: {unchanged}; a smaller --alpha or a higher --quality leaves more"]
    note = (
        f"{pair.output}: it equals the original as stored: what is left of the difference is less "
        f"than half a level of {8 * result.stored.dtype.itemsize} bits; a smaller --alpha leaves "
        "more"
    )
    return [note]


def describe(record: Record) -> str:
    """Say in one line what came out of a pair."""
    line = (
        f"{record['output']}: L2 {record['l2_before']:.3f}, smoothed {record['l2_smoothed']:.3f}, "
        f"stored {record['l2_stored']:.3f}; {record['iterations']} iterations to a relative "
        f"residual of {record['relative_residual']:.1e}"
    )
    if "success" not in record:
        return line
    classes = (
        f"class {record['label_before']} ({record['confidence_before']:.3f}) became "
        f"{record['label_after']} ({record['confidence_after']:.3f})"
    )
    if record["already_misclassified"]:
        return f"{line}; the original is misclassified already: scale 0; {classes}"
    if not record["success"]:
        return f"{line}; not misclassified; {classes}"
    return (
        f"{line}; misclassified from scale {record['scale']:.4g} of alpha {record['alpha']:g} on; "
        f"{classes}"
    )
