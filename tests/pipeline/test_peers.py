"""Pipelines against the packages they stand for: transformers, timm, torchvision.

Bit for bit where those use Pillow, within one level where torch resizes.
"""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from percept_adv.pipeline.reading.contract import read_contract
from percept_adv.pipeline.reading.timm import read_timm
from percept_adv.pipeline.reading.torchvision import presets, read_torchvision

SHAPES = [(300, 400), (401, 299), (224, 224), (97, 500), (60, 50)]


def photograph(shape, seed=0):
    """Noise on a ramp: overshoot, flat areas and both ends of the range."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 255, shape[1])[None, :, None] + np.zeros((*shape, 3))
    noisy = np.where(rng.random((*shape, 1)) < 0.5, ramp, 255 * rng.random((*shape, 3)))
    return np.rint(noisy).astype(np.uint8)


PROCESSORS = {
    "ViT": {},
    "Beit": {},
    "DeiT": {},
    "Pvt": {},
    "Bit": {},
    "CLIP": {},
    "Siglip": {},
    "ConvNext": {"size": {"shortest_edge": 224}},
    "Levit": {},
    "MobileNetV1": {},
    "MobileNetV2": {},
    "MobileViT": {},
    "EfficientNet": {"do_center_crop": True, "rescale_offset": True},
}
VARIANTS = {
    "ViT": [
        {"resample": number} for number in range(6)
    ] + [
        {"size": {"height": 120, "width": 231}, "do_normalize": False},
        {"size": {"shortest_edge": 200, "longest_edge": 333}},
        {"size": {"max_height": 120, "max_width": 231}},
        {"do_rescale": False},
    ],
    "CLIP": [{"crop_size": {"height": 250, "width": 301}}, {"resample": 1}],
    "ConvNext": [{"size": {"shortest_edge": 384}}, {"crop_pct": 0.95}],
    "EfficientNet": [{}],
}  # fmt: skip
CASES = list(PROCESSORS.items()) + [
    (name, fields) for name, variants in VARIANTS.items() for fields in variants
]


def processor_of(name, suffix, fields):
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, f"{name}ImageProcessor{suffix}", None)
    if kind is None:
        module = f"transformers.models.{name.lower()}.image_processing_pil_{name.lower()}"
        known = {"mobilenetv1": "mobilenet_v1", "mobilenetv2": "mobilenet_v2"}
        for old, new in known.items():
            module = module.replace(old, new)
        kind = getattr(__import__(module, fromlist=["x"]), f"{name}ImageProcessor{suffix}")
    return kind(**fields)


@pytest.mark.parametrize(("name", "fields"), CASES, ids=str)
@pytest.mark.parametrize("backend", ["pillow", "torch"])
def test_image_processors_of_transformers(name, fields, backend, tmp_path):
    if backend == "torch" and fields.get("resample", 0) in (4, 5):
        pytest.skip("torch has no box and no Hamming filter")
    processor = processor_of(name, "Pil" if backend == "pillow" else "", fields)
    processor.save_pretrained(tmp_path)
    path = tmp_path / "preprocessor_config.json"
    assert json.loads(path.read_text())["image_processor_type"]
    pipeline = read_contract(path, backend=backend).pipeline
    assert pipeline is not None
    for shape in SHAPES:
        image = photograph(shape)
        wanted = np.asarray(processor(Pillow.fromarray(image), return_tensors="np").pixel_values[0])
        own = pipeline.prepare(image)
        assert own.shape == wanted.shape
        if backend == "pillow":
            np.testing.assert_array_equal(own, wanted)
        else:
            assert_within_one_level(own, wanted, pipeline)


def assert_within_one_level(own, wanted, pipeline):
    from percept_adv.pipeline.samples import SampleMap

    level = 1 / (255 * SampleMap.of(pipeline).std)[:, None, None]
    apart = np.abs(own.astype(np.float64) - wanted) / level
    assert apart.max() <= 1.001
    # Weights that round the other way apart, they are the same.
    assert (apart > 0.5).mean() < 1e-3


CONFIGURATIONS = [
    {"interpolation": "bicubic", "crop_pct": 0.9},
    {"interpolation": "bilinear", "crop_pct": 0.875},
    {"input_size": [3, 240, 200], "interpolation": "bicubic", "crop_pct": 0.95},
    {"interpolation": "lanczos", "crop_pct": 1.0, "crop_mode": "squash"},
    {"interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "squash"},
    {"crop_pct": 1.0, "crop_mode": "border", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
    {"input_size": [3, 160, 192], "interpolation": "bilinear", "crop_mode": "border"},
]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=str)
def test_transforms_of_timm(configuration):
    data = pytest.importorskip("timm.data")
    resolved = data.resolve_data_config({}, pretrained_cfg=configuration)
    transform = data.create_transform(**resolved)
    pipeline = read_timm({"pretrained_cfg": configuration}, "config.json")
    for shape in SHAPES:
        image = photograph(shape)
        wanted = transform(Pillow.fromarray(image)).numpy()
        np.testing.assert_array_equal(pipeline.prepare(image), wanted)


def weights_of(name):
    models = pytest.importorskip("torchvision.models")
    network, _, weights = name.partition(".")
    enumeration = models.get_model_weights(network)
    return enumeration[weights] if weights else enumeration.DEFAULT


def test_all_presets_of_torchvision_are_known():
    models = pytest.importorskip("torchvision.models")
    for network in models.list_models():
        for weights in models.get_model_weights(network):
            if type(weights.transforms()).__name__ == "ImageClassification":
                assert f"{network}.{weights.name}" in presets()


def test_each_preset_of_torchvision():
    """One small and one large photograph for each combination of sizes and filters."""
    pytest.importorskip("torchvision")
    done = set()
    for name in presets():
        pipeline = read_torchvision(name)
        transform = weights_of(name).transforms()
        if pipeline in done:
            continue
        done.add(pipeline)
        for shape in SHAPES[:2]:
            image = photograph(shape)
            wanted = transform(Pillow.fromarray(image)).numpy()
            np.testing.assert_array_equal(pipeline.prepare(image), wanted)
        import torch

        tensor = torch.from_numpy(image).permute(2, 0, 1)
        assert_within_one_level(
            read_torchvision(name, "torch").prepare(image), transform(tensor).numpy(), pipeline
        )
    assert len(done) > 20


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("name", ["nearest", "nearest_exact", "bilinear", "bicubic"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_torchvision_resizes_tensors(name, antialias, dtype):
    functional = pytest.importorskip("torchvision.transforms.v2.functional")
    import torch
    from torchvision.transforms import InterpolationMode

    from percept_adv.pipeline import DataType, Layout, Pipeline, Resize

    if antialias and name.startswith("nearest"):
        pytest.skip("nearest never antialiases")
    modes = {"nearest_exact": InterpolationMode.NEAREST_EXACT}
    mode = modes.get(name) or InterpolationMode(name)
    for shape, size in ((300, 401), (97, 133)), ((50, 61), (224, 201)), ((224, 301), (224, 120)):
        image = photograph(shape)
        tensor = torch.from_numpy(image).permute(2, 0, 1).to(getattr(torch, dtype))
        wanted = functional.resize(tensor, list(size), interpolation=mode, antialias=antialias)
        resize = Resize(size=size, filter=name, library="torch", antialias=antialias)
        own = Pipeline((DataType(dtype), resize, Layout("NCHW"), DataType(dtype))).prepare(image)
        apart = np.abs(own.astype(np.float64) - wanted.numpy())
        assert apart.max() <= (1 if dtype == "uint8" else 2e-2)
