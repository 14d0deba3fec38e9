"""Where the demo's files go, and what they are made of."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from percept_adv.errors import OutputError
from percept_adv.images import content_sha256, make_folder
from percept_adv.provenance import Origin, Output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from percept_adv.classifier import Classifier
    from percept_adv.storing import StoreChoice

PAGE, FIGURES = "index.html", "demo.json"


def folder_of(photograph: str) -> str:
    """Return the name of the folder of a photograph's pictures."""
    return photograph.replace(" ", "_")


def result_of(
    output: Path,
    classifier: Classifier,
    store: StoreChoice,
    photographs: Mapping[str, Path],
    settings: Mapping[str, Any],
) -> Output:
    """Describe the page and the pictures that it is about.

    Parameters
    ----------
    settings
        Of the attacks, each by its name among ``attacks``.
    """
    hashes = {name: content_sha256(path) for name, path in photographs.items()}
    parameters = {
        **settings,
        **classifier.contract_record,
        "provider": classifier.provider,
        "store": store.name,
    }
    files = [output / PAGE]
    for name, path in photographs.items():
        suffix = store.suffix_of(path)
        pictures = ["original.png", "original_magnified.png", "overview.png"]
        for attack in settings["attacks"]:
            pictures += [f"{attack}_{kind}.png" for kind in ("perturbation", "magnified")]
            pictures.append(f"{attack}_adversarial{suffix}")
        files += [output / folder_of(name) / picture for picture in pictures]
    origin = Origin("demo", {**hashes, "model": classifier.sha256}, parameters)
    return Output(tuple(files), output / FIGURES, origin)


@contextmanager
def staging(output: Path) -> Iterator[Path]:
    """Give a folder inside ``output`` to make everything in; it is gone in the end.

    Raises
    ------
    OutputError
        If nothing can be written there.
    """
    make_folder(output)
    try:
        folder = TemporaryDirectory(prefix=".demo-", dir=output, ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error
    with folder as name:
        yield Path(name)


def publish(staged: Path, result: Output, figures: Mapping[str, Any]) -> None:
    """Move what was made to its place, with the record of what made it.

    Raises
    ------
    OutputError
        If something cannot be written.
    """
    output = result.record.parent
    named = [staged / file.relative_to(output) for file in result.files]
    try:
        # From here on the earlier files no longer are what a record says.
        result.record.unlink(missing_ok=True)
        for file in {path for path in staged.rglob("*") if path.is_file()}.difference(named):
            target = output / file.relative_to(staged)
            make_folder(target.parent)
            file.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error
    result.write(figures, *(file.replace for file in named))
