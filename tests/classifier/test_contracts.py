"""Contracts from where people have them: beside a model, by name, in others' files."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_models import CLASSES, HEIGHT, WIDTH, linear, save, weights

from percept_adv import Classifier
from percept_adv.errors import ParameterError, ShapeError
from percept_adv.pipeline import Pipeline, Resize
from percept_adv.pipeline.reading.contract import read_contract
from percept_adv.pipeline.reading.keras import MODES

VIT = {
    "image_processor_type": "ViTImageProcessor",
    "do_normalize": True,
    "image_mean": [0.4, 0.5, 0.6],
    "image_std": [0.2, 0.25, 0.3],
    "resample": 3,
    "size": {"height": HEIGHT, "width": WIDTH},
}
NAMES = ["ant", "bee", "cat", "dog", "eel"]


def kinds(classifier):
    return [step.kind for step in classifier.pipeline.steps]


@pytest.fixture
def folder(tmp_path):
    """What Optimum writes: model.onnx, config.json, preprocessor_config.json."""
    save(linear(), tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(VIT))
    labels = {str(i): name for i, name in enumerate(NAMES)}
    (tmp_path / "config.json").write_text(json.dumps({"id2label": labels, "model_type": "vit"}))
    return tmp_path


def test_a_folder_as_optimum_writes_it_needs_no_option(folder):
    classifier = Classifier(folder / "model.onnx", provider="cpu")
    assert kinds(classifier) == [
        "orientation", "colour_mode", "resize", "rescale", "normalise", "layout", "type",
    ]  # fmt: skip
    assert classifier.class_names == NAMES
    assert any("preprocessor_config.json" in note for note in classifier.notes)
    assert Classifier(folder, provider="cpu").pipeline == classifier.pipeline
    image = np.random.default_rng(0).integers(0, 256, (1, 20, 30, 3), dtype=np.uint8)
    prepared = classifier.pipeline.prepare(image[0])
    expected = np.einsum("khwc,chw->k", weights(), prepared)
    np.testing.assert_allclose(classifier.at_file((20, 30)).logits(image)[0], expected, rtol=1e-4)


def test_a_model_in_a_folder_named_onnx_has_its_contract_above(folder):
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    classifier = Classifier(folder / "onnx" / "model.onnx", provider="cpu")
    assert "normalise" in kinds(classifier)
    assert classifier.class_names == NAMES


def test_what_is_given_wins_over_what_is_found(folder):
    path = folder / "model.onnx"
    classifier = Classifier(path, preprocessing={"mean": 0.1}, provider="cpu")
    (normalise,) = (step for step in classifier.pipeline.steps if step.kind == "normalise")
    assert (normalise.mean, normalise.std) == ((0.1,), tuple(VIT["image_std"]))
    own = folder / "model.toml"
    own.write_text("mean = 0.3\n")
    assert any("model.toml" in note for note in Classifier(path, provider="cpu").notes)
    given = Classifier(path, preprocessing={"contract": folder / "preprocessor_config.json"})
    assert not any("contract:" in note for note in given.notes)
    assert "orientation" in kinds(given)


def test_class_names_of_another_number_are_left_out(folder):
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "ant", "1": "bee"}}))
    assert Classifier(folder / "model.onnx", provider="cpu").class_names is None


def test_a_configuration_of_timm(tmp_path):
    save(linear(), tmp_path)
    own = {"input_size": [3, HEIGHT, WIDTH], "interpolation": "bilinear", "crop_pct": 0.9}
    (tmp_path / "config.json").write_text(json.dumps({"pretrained_cfg": own, "label_names": NAMES}))
    classifier = Classifier(tmp_path / "model.onnx", provider="cpu")
    assert "resize" in kinds(classifier)
    assert classifier.class_names == NAMES


def test_names():
    assert read_contract("resnet50").pipeline.steps[2] == Resize(shortest_edge=232)
    assert read_contract("resnet50.IMAGENET1K_V1").pipeline.steps[2] == Resize(shortest_edge=256)
    quantised = read_contract("GoogLeNet_QuantizedWeights.IMAGENET1K_FBGEMM_V1").pipeline
    assert quantised == read_contract("quantized_googlenet").pipeline
    older = read_contract("ResNet50_Weights.IMAGENET1K_V1").pipeline
    assert older == read_contract("resnet50.IMAGENET1K_V1").pipeline
    for written in ("ResNet50_Weights.DEFAULT", "resnet50.DEFAULT", "ResNet50"):
        assert read_contract(written).pipeline == read_contract("resnet50").pipeline
    for mode in MODES:
        pipeline = read_contract(f"keras/{mode}", (224, 200)).pipeline
        assert Resize(size=(224, 200), filter="nearest") in pipeline.steps
    image = np.full((4, 4, 3), [255, 127, 0], np.uint8)
    values = read_contract("keras/caffe").pipeline.prepare(image)[:, 0, 0]
    np.testing.assert_allclose(values, [0 - 103.939, 127 - 116.779, 255 - 123.68], rtol=1e-6)
    values = read_contract("keras/tf").pipeline.prepare(image)[:, 0, 0]
    np.testing.assert_allclose(values, [1, 127 / 127.5 - 1, -1], atol=1e-6)


def test_a_size_that_is_given_is_that_of_keras_resize(tmp_path):
    path = tmp_path / "free.onnx"
    onnx.save(with_arithmetic([node("Identity", "image", "input")], {}, free=True), path)
    given = {"contract": "keras/tf", "height": HEIGHT, "width": WIDTH}
    pipeline = Classifier(path, preprocessing=given, provider="cpu").pipeline
    assert Resize(size=(HEIGHT, WIDTH), filter="nearest") in pipeline.steps


def test_two_edges_and_a_largest_size(tmp_path):
    """The sizes are those of transformers' own functions (5.24)."""
    shapes = [(300, 400), (401, 299), (97, 500), (1000, 200)]
    expected = {
        ("shortest_edge", "longest_edge"): [(200, 266), (268, 200), (65, 333), (333, 67)],
        ("max_height", "max_width"): [(120, 160), (120, 89), (44, 231), (120, 24)],
    }
    values = {"shortest_edge": 200, "longest_edge": 333, "max_height": 120, "max_width": 231}
    for names, sizes in expected.items():
        path = tmp_path / "preprocessor_config.json"
        path.write_text(json.dumps({**VIT, "size": {name: values[name] for name in names}}))
        (resize,) = (step for step in read_contract(path).pipeline.steps if step.kind == "resize")
        assert [resize.size_of(*shape) for shape in shapes] == sizes


def test_the_processor_of_a_file_that_names_none(folder):
    """Files of transformers before 4.8; the model's type tells."""
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({k: v for k, v in VIT.items() if k != "image_processor_type"}))
    assert read_contract(folder).pipeline.steps[2] == Resize(size=(HEIGHT, WIDTH), filter="bicubic")


def test_a_processor_inside_that_of_texts_and_images(folder):
    (folder / "preprocessor_config.json").unlink()
    nested = {"image_processor": VIT, "processor_class": "CLIPProcessor"}
    (folder / "processor_config.json").write_text(json.dumps(nested))
    classifier = Classifier(folder, provider="cpu")
    assert "normalise" in kinds(classifier)
    assert any("processor_config.json" in note for note in classifier.notes)


def test_a_model_of_timms_larger_size_for_tests(tmp_path):
    own = {
        "input_size": [3, 8, 8], "crop_pct": 0.5,
        "test_input_size": [3, HEIGHT, WIDTH], "test_crop_pct": 1.0,
    }  # fmt: skip
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"pretrained_cfg": own, "label_names": NAMES}))
    assert read_contract(path).pipeline.size == (8, 8)
    tested = read_contract(path, (HEIGHT, WIDTH)).pipeline
    assert tested.steps[2] == Resize(cover=(HEIGHT, WIDTH), filter="bicubic")


def test_class_names_of_timms_older_files(tmp_path):
    path = tmp_path / "config.json"
    old = {"architecture": "resnet18", "input_size": [3, 8, 8], "labels": NAMES}
    path.write_text(json.dumps(old))
    assert read_contract(path).class_names == tuple(NAMES)
    path.write_text(json.dumps({"pretrained_cfg": {"label_names": NAMES}}))
    assert read_contract(path).class_names == tuple(NAMES)


BROKEN = {
    "other kind": ({"architectures": ["x"]}, "no contract that is known"),
    "processor": ({**VIT, "image_processor_type": "DetrImageProcessor"}, "known are those of ViT"),
    "size": ({**VIT, "size": {"longest_edge": 3}}, "size has longest_edge"),
    "resample": ({**VIT, "resample": 9}, "resample is 9"),
    "mean": ({**VIT, "image_mean": ["a"]}, "image_mean is"),
    "two means": ({**VIT, "image_mean": [0.4, 0.5]}, "mean has 2 values for an image of 3"),
    "endless": ({**VIT, "size": float("inf")}, "size is inf"),
    "switch": ({**VIT, "do_resize": "no"}, "do_resize is 'no'"),
    "nameless": ({"image_mean": [0.5] * 3}, "an image processor of no name"),
    "nested": ({"image_processor": 3}, "image_processor is 3"),
    "ConvNeXT's size": (
        {"image_processor_type": "ConvNextImageProcessor", "size": {"height": 9, "width": 9}},
        "size has height, width",
    ),
    "ConvNeXT's crop": (
        {"image_processor_type": "ConvNextImageProcessor", "size": 224, "crop_pct": 0},
        "crop_pct is 0",
    ),
    "timm's table": ({"pretrained_cfg": 3}, "pretrained_cfg is 3"),
    "timm's channels": ({"pretrained_cfg": {"input_size": [1, 9, 9]}}, "mean has 3 values"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_cannot_be_used_say_where(name, tmp_path):
    table, message = BROKEN[name]
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(table))
    with pytest.raises(ParameterError, match=message) as raised:
        read_contract(path)
    assert str(path) in str(raised.value)


def test_what_is_no_contract_at_all(tmp_path):
    with pytest.raises(ParameterError, match=r"no name that is known .* is it resnet50"):
        read_contract("resnet51")
    with pytest.raises(ParameterError, match="has no preprocessor_config"):
        read_contract(tmp_path)
    with pytest.raises(ParameterError, match="no mode 'pytorch'"):
        read_contract("keras/pytorch")


def with_arithmetic(nodes, constants, *, elem_type=TensorProto.FLOAT, free=False):
    """A linear model behind nodes of its own, from 'image' to 'input'."""
    model = linear()
    graph = model.graph
    own = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *own])
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    )
    size = ["N", 3, "H", "W"] if free else ["N", 3, HEIGHT, WIDTH]
    graph.input[0].CopyFrom(helper.make_tensor_value_info("image", elem_type, size))
    onnx.checker.check_model(model)
    return model


MEAN = np.array([0.4, 0.5, 0.6], np.float32).reshape(1, 3, 1, 1)
STD = np.array([0.2, 0.25, 0.3], np.float32).reshape(1, 3, 1, 1)
SCALE = np.float32(1 / 255)


def node(kind, *names, **attributes):
    return helper.make_node(kind, names[:-1], [names[-1]], **attributes)


def test_normalisation_inside_is_not_done_twice(folder):
    nodes = [
        node("Mul", "image", "scale", "a"),
        node("Sub", "a", "mean", "b"),
        node("Div", "b", "std", "input"),
    ]
    model = with_arithmetic(nodes, {"scale": SCALE, "mean": MEAN, "std": STD})
    onnx.save(model, folder / "model.onnx")
    classifier = Classifier(folder / "model.onnx", provider="cpu")
    assert not {"rescale", "normalise"} & set(kinds(classifier))
    assert any("rescales and normalises itself" in note for note in classifier.notes)
    image = np.random.default_rng(0).integers(0, 256, (1, HEIGHT, WIDTH, 3), dtype=np.uint8)
    values = (image / 255 - MEAN.reshape(3)) / STD.reshape(3)
    expected = np.einsum("khwc,nhwc->nk", weights(), values)
    np.testing.assert_allclose(classifier.logits(image), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(
        classifier.gradient(image, np.eye(CLASSES)[:1]), weights()[:1] / STD.reshape(3), rtol=1e-4
    )


def test_a_rescale_inside_leaves_the_normalisation(folder):
    model = with_arithmetic([node("Mul", "image", "scale", "input")], {"scale": SCALE})
    onnx.save(model, folder / "model.onnx")
    classifier = Classifier(folder / "model.onnx", provider="cpu")
    assert "rescale" not in kinds(classifier)
    assert "normalise" in kinds(classifier)


@pytest.mark.parametrize("elem_type", [TensorProto.UINT8, TensorProto.FLOAT])
@pytest.mark.parametrize("operator", ["Mul", "Div"])
def test_samples_of_0_to_255_stay_where_the_model_rescales(elem_type, operator, tmp_path):
    """A short contract says 0 to 255 by a std of 1/255, which undoes its own rescale."""
    nodes = [
        node("Cast", "image", "floats", to=TensorProto.FLOAT),
        node(operator, "floats", "scale", "input"),
    ]
    number = SCALE if operator == "Mul" else np.float32(255)
    model = with_arithmetic(nodes, {"scale": number}, elem_type=elem_type)
    path = save(model, tmp_path)
    given = None if elem_type == TensorProto.UINT8 else {"std": 1 / 255}
    classifier = Classifier(path, preprocessing=given, provider="cpu")
    image = np.random.default_rng(0).integers(0, 256, (1, HEIGHT, WIDTH, 3), dtype=np.uint8)
    expected = np.einsum("khwc,nhwc->nk", weights(), image / 255)
    np.testing.assert_allclose(classifier.logits(image), expected, rtol=1e-3, atol=1e-3)
    gradient = classifier.gradient(image, np.eye(CLASSES)[:1])
    np.testing.assert_allclose(gradient, weights()[:1], rtol=1e-4)


def test_arithmetic_of_another_mean_is_no_reason_to_leave_anything_out(folder):
    model = with_arithmetic([node("Sub", "image", "mean", "input")], {"mean": 0.3 * MEAN})
    onnx.save(model, folder / "model.onnx")
    classifier = Classifier(folder / "model.onnx", provider="cpu")
    assert {"rescale", "normalise"} <= set(kinds(classifier))


def test_a_model_of_bytes_gets_bytes(folder):
    model = with_arithmetic(
        [node("Cast", "image", "input", to=TensorProto.FLOAT)], {}, elem_type=TensorProto.UINT8
    )
    onnx.save(model, folder / "model.onnx")
    classifier = Classifier(folder / "model.onnx", provider="cpu")
    assert kinds(classifier)[-3:] == ["resize", "layout", "type"]


def test_a_resize_inside_is_not_done_twice(folder):
    nodes = [node("Resize", "image", "", "", "sizes", "input", mode="linear")]
    sizes = np.array([1, 3, HEIGHT, WIDTH], np.int64)
    model = with_arithmetic(nodes, {"sizes": sizes}, free=True)
    onnx.save(model, folder / "model.onnx")
    classifier = Classifier(folder / "model.onnx", batch_size=1, provider="cpu")
    assert "resize" not in kinds(classifier)
    assert any("resizes its image itself" in note for note in classifier.notes)


def test_free_sizes_are_given(tmp_path):
    model = linear()
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    for axis in (2, 3):
        dimensions[axis].Clear()
        dimensions[axis].dim_param = "free"
    path = save(model, tmp_path)
    fields = {"height": HEIGHT, "width": WIDTH}
    classifier = Classifier(path, preprocessing=fields, provider="cpu")
    assert classifier.pipeline.size == (HEIGHT, WIDTH)
    assert classifier.pipeline.changes_size
    steps = {"steps": [{"kind": "rescale"}], **fields}
    as_they_are = Classifier(path, preprocessing=steps, provider="cpu")
    assert as_they_are.pipeline.size == (HEIGHT, WIDTH)
    with pytest.raises(ShapeError, match="without a resize in its pipeline"):
        as_they_are.pipeline.prepare(np.zeros((HEIGHT, WIDTH + 1, 3), np.uint8))
    sized = Pipeline((Resize(size=(HEIGHT, WIDTH)),)).table()
    with pytest.raises(ParameterError, match="change its steps"):
        Classifier(path, preprocessing={"steps": sized, "height": 9, "width": 9}, provider="cpu")
