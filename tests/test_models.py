"""The bundled models are what the catalogue says, and the catalogue finds them."""

import csv
import hashlib
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import percept_adv_models as models
import pytest
import skimage.data

NAMES = models.names()


def run(name, images):
    """Logits of `images`, (N, H, W, C) in [0, 1], through the card's own contract."""
    contract = models.describe(name).input
    inputs = (images - np.array(contract.mean)) / np.array(contract.std)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(
        models.path(name), options, providers=["CPUExecutionProvider"]
    )
    batch = inputs.transpose(0, 3, 1, 2).astype(np.float32)
    return session.run(None, {session.get_inputs()[0].name: batch})[0]


def sample_digits():
    folder = models.dataset_path("mnist-sample")
    rows = list(csv.DictReader((folder / "labels.csv").open()))
    images = [cv2.imread(str(folder / row["file"]), cv2.IMREAD_UNCHANGED) for row in rows]
    return np.stack(images)[..., None] / 255.0, np.array([int(row["label"]) for row in rows])


def photograph(image):
    """The centre square of a photograph at 224 x 224, in [0, 1]."""
    side = min(image.shape[:2])
    top, left = ((size - side) // 2 for size in image.shape[:2])
    square = image[top : top + side, left : left + side]
    return cv2.resize(square, (224, 224), interpolation=cv2.INTER_AREA) / 255.0


def test_the_catalogue_lists_what_the_folder_holds():
    bundled = {path.name for path in models.path("c4").parent.glob("*.onnx")}
    assert {models.describe(name).file for name in NAMES} == bundled
    assert {"efficientnet-lite0", "c4", "c4-adv"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_digest_identifies_the_file(name):
    digest = hashlib.sha256(models.path(name).read_bytes()).hexdigest()
    assert models.describe(name).sha256 == digest
    assert models.find_by_sha256(digest.upper()) == models.describe(name)


def test_an_unknown_digest_finds_nothing():
    assert models.find_by_sha256("0" * 64) is None


@pytest.mark.parametrize("name", NAMES)
def test_files_are_valid_and_as_described(name):
    card = models.describe(name)
    model = onnx.load(models.path(name), load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": card.opset}
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    (image,), (logits,) = model.graph.input, model.graph.output
    batch, *sizes = image.type.tensor_type.shape.dim
    assert batch.dim_param
    expected = [len(card.input.mean), card.input.height, card.input.width]
    assert [size.dim_value for size in sizes] == expected
    assert len(card.input.std) == len(card.input.mean)
    assert logits.type.tensor_type.shape.dim[1].dim_value == card.class_count


@pytest.mark.parametrize("name", NAMES)
def test_every_class_has_its_own_name(name):
    class_names = models.class_names(name)
    assert len(set(class_names)) == len(class_names) == models.describe(name).class_count
    assert all(class_name.strip() for class_name in class_names)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_gives_what_its_images_give_alone(name):
    contract = models.describe(name).input
    shape = (3, contract.height, contract.width, len(contract.mean))
    images = np.random.default_rng(0).uniform(size=shape)
    alone = np.concatenate([run(name, image[None]) for image in images])
    np.testing.assert_allclose(run(name, images), alone, atol=1e-4 * abs(alone).max())


@pytest.mark.parametrize(("name", "least"), [("c4", 0.99), ("c4-adv", 0.98)])
def test_digits_of_the_sample_are_recognised(name, least):
    images, labels = sample_digits()
    assert np.bincount(labels).tolist() == [10] * 10
    assert len(labels) == models.describe_dataset("mnist-sample").images
    assert np.mean(run(name, images).argmax(1) == labels) >= least


def test_outputs_are_logits_not_probabilities():
    images, _ = sample_digits()
    logits = run("c4", images)
    assert logits.min() < 0
    assert np.ptp(logits.sum(1)) > 1


@pytest.mark.parametrize(
    ("image", "expected"), [(skimage.data.chelsea, "cat"), (skimage.data.coffee, "espresso")]
)
def test_photographs_are_recognised_through_the_contract(image, expected):
    logits = run("efficientnet-lite0", photograph(image())[None])
    best = models.class_names("efficientnet-lite0")[int(logits.argmax())]
    assert expected in best.lower()


@pytest.mark.parametrize(
    "lookup", [models.describe, models.path, models.class_names, models.dataset_path]
)
def test_an_unknown_name_is_refused_with_the_known_ones(lookup):
    known = models.dataset_names() if lookup is models.dataset_path else models.names()
    with pytest.raises(models.UnknownModelError) as refusal:
        lookup("resnet50")
    assert "'resnet50'" in str(refusal.value)
    assert all(name in str(refusal.value) for name in known)
    assert isinstance(refusal.value, KeyError)


def test_paths_exist():
    assert all(models.path(name).is_file() for name in models.names())
    assert all((models.dataset_path(name) / "labels.csv").is_file() for name in ["mnist-sample"])
    assert isinstance(models.path("c4"), Path)


def test_a_card_beside_an_exported_model_is_read(tmp_path):
    catalogue = models.path("c4").with_name("catalogue.toml").read_text()
    start = catalogue.index("[models.c4]")
    own = catalogue[start : catalogue.index("[models.c4-adv]")]
    (tmp_path / "own.toml").write_text(own)
    assert models.read_card(tmp_path / "own.toml") == models.describe("c4")
