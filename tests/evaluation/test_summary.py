"""The protocol's figures on records made by hand."""

import math

import numpy as np
import pytest

from percept_adv.attacks import ImageResult
from percept_adv.evaluation import outcome_record, summarise
from percept_adv.images import encode_png


def record(*, success, already=False, distance=1.0, mad=0.5, seconds=2.0):
    return {
        "success": success,
        "already_misclassified": already,
        "stored_l2": distance,
        "mad": mad,
        "seconds": seconds,
    }


def test_only_successes_on_images_classified_correctly_count():
    records = [
        record(success=True, distance=1.0, mad=0.2),
        record(success=True, distance=3.0, mad=0.4),
        record(success=False, distance=99.0, mad=99.0),
        record(success=True, already=True, distance=0.0, seconds=0.0),
    ]
    summary = summarise(records)
    assert (summary.images, summary.classified, summary.successes) == (4, 3, 2)
    assert summary.accuracy == 0.75
    assert summary.success_rate == pytest.approx(2 / 3)
    assert summary.mean_distortion == 2.0
    assert summary.mean_mad == pytest.approx(0.3)
    assert summary.mean_seconds == 2.0


def test_nothing_to_summarise_is_not_a_number():
    summary = summarise([])
    assert math.isnan(summary.success_rate)
    assert math.isnan(summary.mean_distortion)


def outcome(shape, **changes):
    original = np.random.default_rng(0).random(shape).astype(np.float32)
    stored = np.rint(np.clip(original + 0.1, 0, 1) * 255).astype(np.uint8)
    values = {
        "index": 0,
        "original": np.rint(original * 255).astype(np.float32) / 255,
        "adversarial": stored.astype(np.float32) / 255,
        "stored": stored,
        "file": encode_png(stored),
        "suffix": ".png",
        "success": True,
        "already_misclassified": False,
        "label": 1,
        "target": -1,
        "label_before": 1,
        "label_after": 2,
        "confidence_before": 0.9,
        "confidence_after": 0.8,
        "l2": 1.0,
        "linf": 0.1,
        "stored_l2": 1.0,
        "stored_linf": 0.1,
        "best_c": float("nan"),
        "forward_count": 3,
        "backward_count": 2,
        "seconds": 0.5,
    }
    return ImageResult(**(values | changes))


@pytest.mark.parametrize("shape", [(64, 64, 3), (28, 28, 1)])
def test_a_record_is_json_without_holes(shape):
    made = outcome_record(outcome(shape), ["zero", "one", "two"])
    assert made["best_c"] is None
    assert made["target"] is None
    assert made["label_after_name"] == "two"
    assert 0 < made["ssim"] < 1
    assert made["mad"] >= 0
    assert {"mad_hi", "mad_lo"} <= set(made)
