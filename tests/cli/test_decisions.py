"""Decisions other than the argmax, and masks, through the installed command."""

import json

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from percept_adv_models import path as model_path
from PIL import Image

from percept_adv import Classifier

MNIST = model_path("c4").parent / "data" / "mnist"


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """C4 with other heads on its ten logits."""
    folder = tmp_path_factory.mktemp("heads")

    def save(name, *nodes, width, **constants):
        model = onnx.load(model_path("c4"))
        logits = model.graph.output[0].name
        for node in nodes:
            node.input[0] = node.input[0].replace("LOGITS", logits)
        model.graph.node.extend(nodes)
        for key, value in constants.items():
            model.graph.initializer.append(numpy_helper.from_array(value, key))
        del model.graph.output[:]
        model.graph.output.append(helper.make_tensor_value_info("out", 1, ["N", *width]))
        onnx.save(model, folder / f"{name}.onnx")

    small = np.zeros((10, 1), np.float32)
    small[:5] = 0.1
    save(
        "binary",
        helper.make_node("MatMul", ["LOGITS", "W"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["out"]),
        width=[1],
        W=small,
    )
    save("tagger", helper.make_node("Sigmoid", ["LOGITS"], ["out"]), width=[10])
    save("embedding", helper.make_node("LpNormalization", ["LOGITS"], ["out"], axis=1), width=[10])
    save("convolutional", helper.make_node("Reshape", ["LOGITS", "s"], ["out"]),
         width=[10, 1, 1], s=np.array([-1, 10, 1, 1]))  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    source = sorted(MNIST.glob("*.png"))[:3]
    for file in source:
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def _attack(run, model, digits, out, *options):
    done = run("attack", model, digits, "-o", out, "--attack", "ddn", "--json", "--quiet", *options)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def _stored(folder):
    files = sorted(folder.glob("*.png"))
    return np.stack([np.asarray(Image.open(file)) for file in files])[..., np.newaxis]


@pytest.mark.parametrize("name", ["binary", "tagger", "convolutional"])
def test_the_output_chooses_the_decision(percept_adv_here, heads, digits, tmp_path, name):
    done, records = _attack(percept_adv_here, heads / f"{name}.onnx", digits, tmp_path)
    assert done.returncode == 0, done.stderr
    told = {"binary": "class 1 where", "tagger": "independent probabilities"}
    assert told.get(name, "") in done.stderr
    before, after = Classifier(heads / f"{name}.onnx", provider="cpu"), _stored(tmp_path)
    originals = _stored(digits)
    changed = before.predict(originals) != before.predict(after)
    assert changed.reshape(3, -1).any(axis=1).all()
    assert all(record["success"] for record in records)


def test_labels_of_a_tagger_are_turned_on_and_off(percept_adv_here, heads, digits, tmp_path):
    done, records = _attack(
        percept_adv_here, heads / "tagger.onnx", digits, tmp_path, "--target", "+3 -7"
    )
    assert done.returncode == 0, done.stderr
    labels = Classifier(heads / "tagger.onnx", provider="cpu").predict(_stored(tmp_path))
    assert (labels[:, 3] == 1).all()
    assert (labels[:, 7] == 0).all()
    assert {record["target"] for record in records} == {"+3 -7"}


def test_an_embedding_needs_a_reference_and_leaves_it(percept_adv_here, heads, digits, tmp_path):
    model = heads / "embedding.onnx"
    refused, _ = _attack(percept_adv_here, model, digits, tmp_path / "a")
    assert refused.returncode == 4
    assert "--reference" in refused.stderr
    # Another seven: at the reference itself the cosine is largest, and its gradient 0.
    first, reference = digits / "00000.png", digits.with_name("reference.png")
    reference.write_bytes((MNIST / "00026.png").read_bytes())
    decision = ("--decision", "embedding:cosine:0.8", "--reference", reference)
    done, records = _attack(percept_adv_here, model, first, tmp_path / "b", *decision)
    assert done.returncode == 0, done.stderr
    assert records[0]["label_before_name"] == "match"
    assert records[0]["label_after_name"] == "no match"
    plain = Classifier(model, provider="cpu", decision="argmax")
    known = np.asarray(Image.open(reference))[np.newaxis, ..., np.newaxis]
    one, other = plain.logits(known)[0], plain.logits(_stored(tmp_path / "b"))[0]
    assert float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) < 0.8


def test_topk_and_a_mask(percept_adv_here, digits, tmp_path):
    mask = np.zeros((28, 28), np.uint8)
    mask[4:20, 4:24] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    done, _ = _attack(
        percept_adv_here, "c4", digits, tmp_path / "out",
        "--decision", "topk:2", "--mask", tmp_path / "mask.png",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    classifier = Classifier("c4", provider="cpu")
    before, after = (_stored(folder) for folder in (digits, tmp_path / "out"))
    assert np.array_equal(before[:, mask == 0], after[:, mask == 0])
    order = np.argsort(-classifier.logits(after), axis=1)[:, :2]
    assert not (order == classifier.predict(before)[:, None]).any()


def test_a_mask_of_another_size_is_named(percept_adv_here, digits, tmp_path):
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "mask.png")
    done, _ = _attack(
        percept_adv_here, "c4", digits, tmp_path / "out", "--mask", tmp_path / "mask.png"
    )
    assert done.returncode == 1
    assert "5 x 5" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "out").glob("*.png"))


def test_an_unknown_decision_is_usage(percept_adv_here, digits, tmp_path):
    done, _ = _attack(percept_adv_here, "c4", digits, tmp_path, "--decision", "top5")
    assert done.returncode == 2
    assert "topk:K" in done.stderr
