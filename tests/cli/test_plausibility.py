"""A wrong contract does not pass as success: accuracy is told before, or stops the run."""

import percept_adv_models as bundled
import pytest
import skimage.data

FAST = ("--attack", "fgsm", "--quiet")


@pytest.fixture(scope="module")
def digits():
    folder = bundled.dataset_path("mnist-sample")
    return sorted(folder.glob("*.png"))[:6], folder / "labels.csv"


def test_accuracy_is_told_first(percept_adv_here, digits, tmp_path):
    files, labels = digits
    done = percept_adv_here(
        "attack", "c4", *files, "-o", tmp_path / "out", "--labels", labels, *FAST
    )
    lines = done.stderr.splitlines()
    told = next(
        i for i, line in enumerate(lines) if "6 of 6 images are classified correctly" in line
    )
    assert told < next(i for i, line in enumerate(lines) if "adversarial as stored" in line)


@pytest.mark.parametrize("values", [("127.5", "127.5"), ("0", "5000")])
def test_a_wrong_scale_stops_with_the_cause(percept_adv_here, digits, tmp_path, values):
    files, labels = digits
    out = tmp_path / "out"
    scale = ("--mean", values[0], "--std", values[1])
    call = ("attack", "c4", *files, "-o", out, "--labels", labels, *FAST, *scale)
    done = percept_adv_here(*call)
    assert done.returncode == 2
    assert "of 6 images are classified correctly before the attack" in done.stderr
    assert "6 of 6 are right; correct the contract" in done.stderr
    assert not list(out.rglob("*.png"))
    assert percept_adv_here(*call, "--go-on").returncode != 2


def test_without_labels_a_model_that_sees_nothing_stops(percept_adv_here, tmp_path):
    """Mean and std on the scale of 0 to 255: every photograph is the same grey to the model."""
    photograph = f"{skimage.data.data_dir}/chelsea.png"
    out, scale = tmp_path / "out", ("--mean", "127.5", "--std", "127.5")
    call = ("attack", "efficientnet-lite0", photograph, "-o", out, *FAST, *scale)
    done = percept_adv_here(*call)
    assert done.returncode == 2
    assert "the model sees nothing in the images" in done.stderr
    assert percept_adv_here(*call, "--go-on").returncode == 0


def test_an_evaluation_of_a_wrong_contract_stops(percept_adv_here, tmp_path):
    call = ("evaluate", "c4", "mnist-sample", "-o", tmp_path / "run", "--attacks", "fgsm",
            "--limit", "6", "--mean", "127.5", "--std", "127.5", "--quiet")  # fmt: skip
    done = percept_adv_here(*call)
    assert done.returncode == 2
    assert "--go-on" in done.stderr
    assert not (tmp_path / "run" / "index.html").exists()
