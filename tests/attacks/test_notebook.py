"""What Python shows of a classifier, a smoother and an attack."""

import base64
import io
import re

import numpy as np
import percept_adv_models as bundled
import pytest
from PIL import Image

import percept_adv
from percept_adv import Classifier, GuidedSmoother, attacks, metrics
from percept_adv.images import from_uint8, read_pixels


@pytest.fixture(scope="module")
def attacked():
    folder = bundled.dataset_path("mnist-sample")
    images = np.stack([read_pixels(file) for file in sorted(folder.glob("*.png"))[:3]])
    images = images.astype(np.float32)[..., np.newaxis]
    classifier = Classifier("c4", provider="cpu")
    labels = classifier.predict(images)
    labels[1] = (labels[1] + 1) % 10
    shown = []
    with attacks.ProgressBar(len(images)) as bar:

        def callback(step):
            bar(step)
            shown.append(bar._bar.n)

        result = attacks.attack("ddn", classifier, images, labels, iterations=20, callback=callback)
    shown.append(bar._bar.n)
    return classifier, result, shown


def test_reprs_say_what_is_what(attacked):
    classifier, result, _ = attacked
    assert repr(classifier) == (
        "<Classifier c4: images (N, H, W, C) of 28 x 28 x 1, 10 classes, on cpu>"
    )
    assert repr(GuidedSmoother(np.zeros((4, 5)), alpha=0.9)) == (
        "<GuidedSmoother of 4 x 5 pixels: alpha 0.9, laplacian lam 10, joint, method auto, "
        "tol 1e-06>"
    )
    assert re.fullmatch(
        r"<AttackResult of 3 images: 2 of the 2 classified rightly are fooled, mean L2 \d\.\d{3} "
        "as stored>",
        repr(result),
    )
    assert "misclassified already" in repr(result[1])
    assert len(repr(result[0])) < 100


def test_rows_are_figures_for_a_data_frame(attacked):
    _, result, _ = attacked
    rows = result.rows()
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert all(np.ndim(value) == 0 for row in rows for value in row.values())
    assert rows[0]["stored_l2"] == result.stored_l2[0]


def test_a_notebook_gets_pictures(attacked):
    _, result, _ = attacked
    html = result._repr_html_()
    assert html.count("<tr>") == 4
    pictures = re.findall(r"base64,([^\"]+)", html)
    assert len(pictures) == 9
    stored = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[1]))))
    np.testing.assert_array_equal(stored, result[0].stored[..., 0])


def test_what_is_stored_and_floats_fit_together(attacked):
    _, result, _ = attacked
    one = result[0]
    assert one.perturbation.dtype == np.float32
    assert np.linalg.norm(one.perturbation) == pytest.approx(one.stored_l2, rel=1e-5)
    np.testing.assert_allclose(result.perturbation[0], one.perturbation)
    assert metrics.l2(one.original, one.stored) == pytest.approx(one.stored_l2, rel=1e-5)
    assert metrics.mad(one.original, one.stored, block_size=2) == pytest.approx(
        metrics.mad(one.original, from_uint8(one.stored), block_size=2)
    )


def test_progress_reaches_the_end(attacked):
    _, _, shown = attacked
    assert 0 < shown[0] < 1
    assert shown == sorted(shown)
    assert shown[-1] == 3


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert percept_adv.__version__ == version("percept-adv")
