"""Pipelines against the packages they stand for: transformers, timm, torchvision.

Bit for bit where those use Pillow, within one level where torch resizes.
"""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from percept_adv.pipeline.reading.contract import read_contract
from percept_adv.pipeline.reading.timm import read_timm
from percept_adv.pipeline.reading.torchvision import preset_of, presets, read_torchvision

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
    "Blip": {},
    "ChineseCLIP": {},
    "Segformer": {},
    "PoolFormer": {},
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
    "PoolFormer": [
        {"crop_pct": 0.95, "size": {"height": 200, "width": 200}},
        {"size": {"height": 200, "width": 300}},
    ],
}  # fmt: skip
CASES = list(PROCESSORS.items()) + [
    (name, fields) for name, variants in VARIANTS.items() for fields in variants
]


def processor_of(name, suffix, fields):
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, f"{name}ImageProcessor{suffix}", None)
    if kind is None:
        module = f"transformers.models.{name.lower()}.image_processing_pil_{name.lower()}"
        known = {
            "mobilenetv1": "mobilenet_v1", "mobilenetv2": "mobilenet_v2",
            "chineseclip": "chinese_clip",
        }  # fmt: skip
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


FILES = {
    "old": {"feature_extractor_type": "ViTFeatureExtractor", "size": 200, "resample": 2},
    "numbers": {
        "feature_extractor_type": "DeiTFeatureExtractor", "crop_size": 224, "size": 256,
    },
    "list": {"image_processor_type": "ViTImageProcessor", "size": [200, 240]},
    "null switches": {
        "image_processor_type": "ViTImageProcessor", "do_normalize": None, "do_rescale": None,
    },
    "null others": {
        "image_processor_type": "ViTImageProcessorFast", "crop_size": None, "do_center_crop": None,
        "do_convert_rgb": None, "pad_size": None,
    },
    "plain PoolFormer": {"image_processor_type": "PoolFormerImageProcessor", "crop_pct": None},
    "rescaled first": {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": 100},
}  # fmt: skip
"""As people have them: of older versions, with values left out or empty."""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("backend", ["pillow", "torch"])
def test_files_of_transformers_as_people_have_them(name, backend, tmp_path):
    transformers = pytest.importorskip("transformers")
    if name == "rescaled first" and backend == "pillow":
        pytest.skip("by torch only")
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(FILES[name]))
    peer = {"pillow": "pil", "torch": "torchvision"}[backend]
    processor = transformers.AutoImageProcessor.from_pretrained(tmp_path, backend=peer)
    pipeline = read_contract(path, backend=backend).pipeline
    for shape in SHAPES:
        image = photograph(shape)
        wanted = np.asarray(processor(Pillow.fromarray(image), return_tensors="np").pixel_values[0])
        if backend == "pillow":
            np.testing.assert_array_equal(pipeline.prepare(image), wanted)
        else:
            assert_within_one_level(pipeline.prepare(image), wanted, pipeline)


def test_processors_by_the_type_of_the_model():
    automatic = pytest.importorskip("transformers.models.auto.image_processing_auto")
    from percept_adv.pipeline.reading.processors import MODEL_TYPES

    for model_type, name in MODEL_TYPES.items():
        known = automatic.IMAGE_PROCESSOR_MAPPING_NAMES[model_type]
        assert known["torchvision"] == f"{name}ImageProcessor"


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


FILES_OF_TIMM = {
    "old": {"architecture": "resnet18", "input_size": [3, 200, 200], "crop_pct": 0.9, "labels": []},
    "size of the model": {
        "architecture": "vit", "model_args": {"img_size": 240},
        "pretrained_cfg": {"input_size": [3, 224, 224], "fixed_input_size": True},
    },
    "size that is not fixed": {
        "architecture": "resnet", "model_args": {"img_size": 240},
        "pretrained_cfg": {"input_size": [3, 224, 224]},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FILES_OF_TIMM)
def test_files_of_timm_of_either_shape(name, tmp_path):
    data, hub = pytest.importorskip("timm.data"), pytest.importorskip("timm.models._hub")
    path = tmp_path / "config.json"
    path.write_text(json.dumps(FILES_OF_TIMM[name]))
    configuration, _, _ = hub._parse_model_cfg(json.loads(path.read_text()), {})
    transform = data.create_transform(**data.resolve_data_config({}, pretrained_cfg=configuration))
    pipeline = read_contract(path).pipeline
    for shape in SHAPES[:3]:
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
                assert preset_of(f"{type(weights).__name__}.{weights.name}") in presets()


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
