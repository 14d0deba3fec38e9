"""What attacks store: least distance on the lattice, inside balls and masks, as the file reads."""

import io

import numpy as np
import pytest
from linear_models import PIXELS, SIDE, linear_classifier
from PIL import Image as Pillow

from percept_adv.attacks import AttackRequest, attack, fallback, make_rule
from percept_adv.attacks.engine import driver, lattice_search
from percept_adv.attacks.engine.lattice_paths import Line
from percept_adv.attacks.engine.settling import NearImage
from percept_adv.errors import ParameterError
from percept_adv.images import from_uint8
from percept_adv.storing import Jpeg, KeptJpeg, Png

LEAST = ("ddn", "fmn", "alma", "superdeepfool", "bp")


def least_stored_distance(linear, image, label):
    """Return the least L2 distance of levels at which a linear classifier errs (a lower bound).

    For each other class and each multiplier, the Lagrangian of the integer problem.
    """
    logits = linear.logits(image[np.newaxis])[0]
    best = np.inf
    for other in range(len(logits)):
        if other == label:
            continue
        slope = (linear.weights[label] - linear.weights[other]) / 255
        gap = logits[label] - logits[other]
        # max over mu of min over k of |k|^2 + mu (gap + slope k): separable over the samples.
        bound = 0.0
        for mu in np.geomspace(1e-3, 1e6, 400):
            k = np.rint(-mu * slope / 2)
            bound = max(bound, float(np.sum(k**2 + mu * slope * k) + mu * gap))
        best = min(best, np.sqrt(bound) / 255)
    return best


@pytest.mark.parametrize("name", LEAST)
def test_the_stored_image_is_nearly_the_nearest_that_can_be_stored(name, linear):
    images, labels = linear.images(6)
    result = attack(name, linear.classifier, images, labels)
    assert result.success.all()
    for item in result.items:
        bound = least_stored_distance(linear, item.original, item.label)
        assert bound * 0.999 <= item.stored_l2 <= bound * 1.1 + 1 / 255


@pytest.mark.parametrize("name", ["ddn", "cw", "fmn", "pgd2"])
@pytest.mark.parametrize("store", [Png(), Jpeg(90, "4:4:4"), Jpeg(60)])
def test_success_is_that_of_the_decoded_file(name, store, linear):
    images, labels = linear.images(4)
    result = attack(name, linear.classifier, images, labels, store=store)
    assert result.success.any()
    for item in result.items:
        with Pillow.open(io.BytesIO(item.file)) as picture:
            assert picture.format == ("PNG" if isinstance(store, Png) else "JPEG")
            pixels = np.asarray(picture)[..., np.newaxis]
        np.testing.assert_array_equal(pixels, item.stored)
        decided = linear.classifier.predict(from_uint8(pixels, np.float32)[np.newaxis])[0]
        assert (decided != item.label) == item.success
        assert item.suffix == store.suffix


def test_distances_of_a_jpeg_are_from_the_jpeg_of_the_original(linear):
    images, labels = linear.images(3)
    result = attack("ddn", linear.classifier, images, labels, store=Jpeg(50))
    for item, image in zip(result.items, images, strict=True):
        begun, store = Jpeg(50).begin(image)
        np.testing.assert_array_equal(item.original, begun)
        assert store.lattice(begun).encode(store.lattice(begun).origin) != item.file


def test_a_gradient_that_misleads_is_not_followed_far(linear, monkeypatch):
    """Rounding to JPEG may undo an attack, and the gradient at its image be no help from there."""
    images, labels = linear.images(6)
    well = attack("cw", linear.classifier, images, labels, store=Jpeg(40))
    honest, asked = lattice_search._gap_gradients, []

    def misleading(target, problem, points):
        gradient = honest(target, problem, points)
        asked.append(len(points))
        if len(asked) > 1:
            return gradient
        noise = np.random.default_rng(0).normal(size=gradient.shape).astype(np.float32)
        return 0.05 * gradient + np.linalg.norm(gradient) / np.linalg.norm(noise) * noise

    monkeypatch.setattr(lattice_search, "_gap_gradients", misleading)
    misled = attack("cw", linear.classifier, images, labels, store=Jpeg(40))
    assert misled.success.all()
    assert len(asked) > 1
    assert np.all(misled.stored_l2 <= 1.5 * well.stored_l2)


def test_a_gradient_is_followed_to_where_something_moves_and_farther_each_time():
    image = np.full((16, 16, 1), 128 / 255, np.float32)
    line = Line(NearImage(), Jpeg(75).lattice(image), image, image, None, image)
    line.learn(np.random.default_rng(0).normal(size=image.shape).astype(np.float32))
    origin = line.at(0)
    np.testing.assert_array_equal(line.at(0.49 / line.fastest), origin)
    assert (line.at(line.trusted(0.0)) != origin).any()
    line.reach = 3 * line.trusted(0.0)
    assert line.trusted(0.0) == 2 * line.reach


@pytest.mark.parametrize("store", [Png(), Jpeg(85, "4:4:4")])
@pytest.mark.parametrize(("name", "order"), [("ifgsm", np.inf), ("pgd2", 2)])
def test_balls_are_not_left_by_storing(store, name, order, linear):
    images, labels = linear.images(6)
    eps = {np.inf: 0.05, 2: 0.6}[order]
    result = attack(name, linear.classifier, images, labels, eps=eps, store=store)
    for item in result.items:
        if item.already_misclassified:
            continue
        change = item.stored / 255.0 - item.original.astype(np.float64)
        assert np.linalg.norm(change.ravel(), order) <= eps * (1 + 1e-5)


@pytest.mark.parametrize("name", ["ddn", "cw"])
def test_pixels_outside_a_mask_stay(name, linear):
    images, labels = linear.images(5)
    mask = np.zeros(images.shape[1:3], bool)
    mask[:, 2:] = True
    result = attack(name, linear.classifier, images, labels, mask=mask)
    assert result.success.any()
    same = result.stored == np.rint(images * 255).astype(np.uint8)
    assert same[:, ~mask].all()


def test_a_budget_pays_for_the_search_too(linear):
    images, labels = linear.images(4)
    result = attack("ddn", linear.classifier, images, labels, max_evaluations=30)
    assert (result.backward_count <= 30).all()
    assert result.success.all()


def test_each_image_has_its_own_store(linear):
    images, labels = linear.images(2)
    written = io.BytesIO()
    Pillow.fromarray(np.rint(images[1, :, :, 0] * 255).astype(np.uint8)).save(
        written, "JPEG", quality=70
    )
    stores = [Png(), KeptJpeg(written.getvalue())]
    result = attack("ddn", linear.classifier, images, labels, store=stores)
    assert list(result.suffix) == [".png", ".jpg"]
    with pytest.raises(ParameterError, match="1 stores for 2 images"):
        attack("ddn", linear.classifier, images, labels, store=stores[:1])


def test_a_second_attack_begins_at_the_file_of_the_first(tmp_path):
    """A JPEG that is compressed again is another one: distances would be from a third image."""
    rng = np.random.default_rng(3)
    blind = linear_classifier(tmp_path, 1e-30 * rng.normal(size=(3, PIXELS)), [1e-30, 0, 0])
    images = rng.uniform(0.2, 0.8, (1, SIDE, SIDE, 1)).astype(np.float32)
    store = Jpeg(40)
    request = AttackRequest(blind, images, np.array([0]), store=[store], max_evaluations=9)
    (outcome,) = driver.attack_each(make_rule("fgsm", eps=0.1), request)
    np.testing.assert_array_equal(outcome.original, store.begin(images[0])[0])
    alone = fallback._alone(request, outcome)
    again, same = alone.store.begin(outcome.original)
    np.testing.assert_array_equal(again, outcome.original)
    assert same == alone.store
    assert alone.max_evaluations == 9 - outcome.backward_count


@pytest.mark.parametrize("eps", [0.05, 0.0999, 8 / 255, 0.003])
def test_rounding_takes_nothing_from_squares(eps, linear):
    """The search ends with the first success, so that one that storing undoes would be lost."""
    images, labels = linear.images(4)
    result = attack("square", linear.classifier, images, labels, eps=eps, iterations=40)
    for item in result.items:
        stored = from_uint8(item.stored, np.float32)
        assert np.abs(stored - item.original).max() <= eps + 1e-6
        if eps >= 1 / 255:
            np.testing.assert_allclose(stored, item.adversarial, atol=1e-6)
