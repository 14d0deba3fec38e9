"""What decides a model's answer is part of every record: another answer is another result."""

import in_process
import numpy as np
import onnx
import pytest
from onnx import helper
from small_models import classifier_model

from percept_adv.classifier import Classifier
from percept_adv.images import write_png

SIZE = 24


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A model with two outputs of scores, and images with labels."""
    folder = tmp_path_factory.mktemp("inputs")
    random = np.random.default_rng(0)
    weights = random.normal(0, 1, (SIZE * SIZE, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["scores"]),
        helper.make_node("MatMul", ["flat", "v"], ["other"]),
    ]
    constants = [("w", weights), ("v", weights[:, ::-1].copy())]
    model = classifier_model(
        nodes, outputs=("scores", "other"), constants=constants, size=(SIZE, SIZE)
    )
    onnx.save(model, folder / "two.onnx")
    lines = ["file,label"]
    for number in range(3):
        write_png(folder / "images" / f"{number}.png", random.random((SIZE, SIZE)))
        lines.append(f"{number}.png,{number}")
    (folder / "images" / "labels.csv").write_text("\n".join(lines))
    return folder


def call(*arguments):
    return in_process.percept_adv(*arguments, "--quiet", "--provider", "cpu")


@pytest.mark.parametrize(
    ("kept", "changed", "told"),
    [
        (["--output-name", "scores"], ["--output-name", "other"], "output_name was scores"),
        (["--output-name", "scores"], ["--decision", "topk:2"], "decision was argmax, now topk:2"),
    ],
)
def test_results_of_another_answer_are_not_kept(inputs, tmp_path, compiled, kept, changed, told):  # noqa: ARG001
    attack = ["attack", inputs / "two.onnx", inputs / "images" / "0.png", "-o", tmp_path]
    call(*attack, "--attack", "fgsm", *kept)
    assert "1 existing output kept" in call(*attack, "--attack", "fgsm", *kept).stderr
    other = call(*attack, "--attack", "fgsm", *kept, *changed)
    assert other.returncode == 1
    assert told in other.stderr


def test_a_run_belongs_to_one_answer(inputs, tmp_path, compiled):  # noqa: ARG001
    evaluate = ["evaluate", inputs / "two.onnx", inputs / "images", "-o", tmp_path / "run"]
    options = ["--attacks", "fgsm", "--go-on", "--output-name"]
    assert call(*evaluate, *options, "scores").returncode == 0
    other = call(*evaluate, *options, "other")
    assert other.returncode == 2
    assert "output_name is 'other', not 'scores'" in other.stderr


def test_the_record_tells_answers_apart(inputs):
    def record(**options):
        return Classifier(inputs / "two.onnx", provider="cpu", **options).contract_record

    images = [inputs / "images" / f"{number}.png" for number in range(2)]
    embeddings = [
        record(output_name="scores", decision="embedding:cosine:0.9", reference=image)
        for image in images
    ]
    others = [
        record(output_name="scores"), record(output_name="other"),
        record(output_name="scores", decision="topk:2"),
        record(output_name="scores", preprocessing={"mean": 0.5}), *embeddings,
    ]  # fmt: skip
    assert all(one != other for i, one in enumerate(others) for other in others[:i])
    assert record(output_name="scores") == others[0]
