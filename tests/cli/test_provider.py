"""``--provider cuda`` never runs on the CPU, in any command that has the option."""

import shutil

import click
import numpy as np
import percept_adv_models as bundled
import pytest
from percept_adv_cli.main import cli

from percept_adv.errors import ProviderError
from percept_adv.images import write_png
from percept_adv.runtime import Session, providers

OPTIONS = ["--attacks", "fgsm", "--eps", "fgsm=0.3", "--limit", "2", "--provider", "cpu", "--quiet"]
COMMANDS = {
    "attack": ["MODEL", "IN", "-o", "OUT", "--labels", "LABELS"],
    "calibrate": ["MODEL", "IN", "-o", "OUT"],
    "demo": ["-o", "OUT"],
    "doctor": [],
    "evaluate": ["MODEL", "IN", "-o", "OUT", "--attacks", "fgsm"],
    "explain": ["MODEL", "IN", "-o", "OUT"],
    "models describe": ["MODEL"],
    "smooth": ["IMAGE", "OTHER", "-o", "PICTURE", "--model", "MODEL"],
    "transfer": ["RUN", "MODEL"],
}


def with_provider(group, path=()):
    """Yield the names of the commands that have ``--provider``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from with_provider(command, (*path, name))
        elif any(parameter.name == "provider" for parameter in command.params):
            yield " ".join((*path, name))


@pytest.fixture(scope="module")
def places(tmp_path_factory, percept_adv):
    """A model, a folder of two digits with their labels, and a run on them."""
    folder = tmp_path_factory.mktemp("provider")
    (folder / "in").mkdir()
    source = bundled.dataset_path("mnist-sample")
    lines = (source / "labels.csv").read_text(encoding="utf-8").splitlines()[:3]
    (folder / "in" / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    files = [line.split(",")[0] for line in lines[1:]]
    for file in files:
        shutil.copy(source / file, folder / "in")
    write_png(folder / "other.png", np.zeros((28, 28)))
    shutil.copy(bundled.path("c4"), folder / "model.onnx")
    found = {
        "MODEL": folder / "model.onnx",
        "IN": folder / "in",
        "LABELS": folder / "in" / "labels.csv",
        "IMAGE": folder / "in" / files[0],
        "OTHER": folder / "other.png",
        "RUN": folder / "run",
    }
    done = percept_adv("evaluate", found["MODEL"], found["IN"], "-o", found["RUN"], *OPTIONS)
    assert done.returncode == 0, done.stderr
    return found


def test_every_command_with_a_provider_is_tried_here():
    assert set(with_provider(cli)) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_without_cuda_the_command_ends_with_3_and_leaves_nothing(
    name, places, percept_adv_here, monkeypatch, tmp_path
):
    monkeypatch.setattr(providers, "cuda_failure", lambda: "the driver is gone")
    outputs = {"OUT": tmp_path / "out", "PICTURE": tmp_path / "out.png"}
    words = [str({**places, **outputs}.get(word, word)) for word in COMMANDS[name]]
    result = percept_adv_here(*name.split(), *words, "--provider", "cuda")
    assert result.returncode == 3, result.stderr
    assert "provider cuda is not available: the driver is gone" in result.stderr.splitlines()[-1]
    assert not any(out.exists() for out in outputs.values())


def test_smooth_says_that_it_computes_on_the_cpu(places, percept_adv_here, tmp_path):
    out = tmp_path / "out.png"
    images = (places["IMAGE"], places["OTHER"])
    result = percept_adv_here("smooth", *images, "-o", out, "--provider", "cuda")
    assert result.returncode == 3
    assert "smoothing runs on the CPU" in result.stderr
    assert not out.exists()


def test_a_session_that_becomes_one_of_the_cpu_is_refused(monkeypatch):
    """As onnxruntime does where a library of CUDA is missing: no error, another provider."""
    import onnxruntime

    real = onnxruntime.InferenceSession

    def without_cuda(model, options, **_):
        return real(model, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", without_cuda)
    with pytest.raises(ProviderError, match="did not get the provider cuda"):
        Session(bundled.path("c4"), provider="cuda")


def test_a_provider_that_fails_in_a_run_is_not_replaced_by_the_cpu(monkeypatch, capsys):
    """Left alone, onnxruntime tells of it on stdout, and goes on with a session on the CPU."""
    from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

    session = Session(bundled.path("c4"))
    inner = session._session._sess

    class Failing:
        def __getattr__(self, name):
            return getattr(inner, name)

        def run(self, *_):
            raise EPFail("CUDNN failure 1000")

    monkeypatch.setattr(session._session, "_sess", Failing())
    (image,) = (value.name for value in inner.inputs_meta)
    with pytest.raises(ProviderError, match="the provider failed: CUDNN failure 1000"):
        session.run({image: np.zeros((1, 1, 28, 28), np.float32)})
    assert capsys.readouterr().out == ""
