"""Steps by CUDA graphs, on an onnxruntime that captures and replays on the CPU."""

import logging
from concurrent.futures import ThreadPoolExecutor

import capturing
import numpy as np
import pytest
from percept_adv_cli.doctor.checks import all_checks
from test_step_session import counting_model

from percept_adv import Classifier, attacks
from percept_adv.errors import DeviceMemoryError
from percept_adv.runtime import StepSession, available_providers, cuda_graphs
from percept_adv.runtime import providers as providers_module
from percept_adv.runtime import session as session_module
from percept_adv.runtime import step_values as values_module

START = {"rate": np.array([1, 2], np.float32), "state/x": np.array([1, 10], np.float32)}
PROOF = [
    *["warm-up", "warm-up", "capture 1", "replay 1", "plain"],
    *["warm-up", "warm-up", "capture 2", "replay 2", "plain"],
    *["replay 1", "plain", "replay 2", "plain"],
]


@pytest.fixture
def on_cuda(monkeypatch):
    """Let a kind of session take onnxruntime's place."""
    cuda_graphs.tell.cache_clear()

    def replace(kind):
        fake = capturing.stand_in(kind)
        for module in (session_module, values_module):
            monkeypatch.setattr(module, "onnxruntime", fake)
        return kind.every

    return replace


def started():
    session = StepSession(counting_model(), provider="cuda")
    session.put(START)
    return session


def test_four_steps_run_both_ways_and_the_others_are_replayed(on_cuda):
    sessions = on_cuda(capturing.CapturingSession)
    session = started()
    assert session.run_steps(3)["told"].tolist() == [4, 32]
    assert not session.is_replayed
    assert session.run_steps(3)["told"].tolist() == [7, 44]
    assert session.is_replayed
    assert session.state(["x"])["x"].tolist() == [7, 22]
    (only,) = sessions
    assert only.runs == [*PROOF, "replay 1", "replay 2"]


def test_a_replay_reads_what_was_put_since_it_was_captured(on_cuda):
    """In its old place: the stand-in takes a new address for an error."""
    on_cuda(capturing.CapturingSession)
    session = started()
    session.run_steps(5)
    session.put({"rate": np.array([100, 200], np.float32)})
    assert session.run_steps(1)["told"].tolist() == [10600, 44000]
    session.put({"state/x": np.array([0, 1], np.float32)})
    assert session.run_steps(2)["told"].tolist() == [20000, 80200]
    assert session.is_replayed


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (capturing.Refusing, "cannot use the graph capture feature"),
        (capturing.Failing, "capturing one failed"),
        (capturing.FailingLate, "capturing one failed"),
        (capturing.Stale, "another next/x"),
        (capturing.Lazy, "another next/x"),
        (capturing.Clobbered, "another told"),
    ],
)
def test_a_graph_that_does_not_prove_right_is_not_used(on_cuda, caplog, kind, reason):
    sessions = on_cuda(kind)
    with caplog.at_level(logging.INFO, "percept_adv.runtime"):
        both = [started(), started()]
        for session in both:
            assert session.run_steps(1)["told"].tolist() == [2, 24]
            assert session.run_steps(6)["told"].tolist() == [8, 48]
            assert session.state(["x"])["x"].tolist() == [8, 24]
            assert not session.is_replayed
    (told,) = caplog.messages
    assert told.startswith("steps run without CUDA graphs: ")
    assert reason in told
    assert "enable_cuda_graph" not in sessions[-1].options
    assert set(sessions[-1].runs) == {"plain"}


def test_a_model_that_does_not_fit_is_no_matter_of_graphs(on_cuda, caplog):
    on_cuda(capturing.Full)
    with (
        caplog.at_level(logging.INFO, "percept_adv.runtime"),
        pytest.raises(DeviceMemoryError, match="not enough memory to load"),
    ):
        started()
    assert not caplog.messages


def test_the_variable_turns_them_off(on_cuda, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_CUDA_GRAPHS", "0")
    sessions = on_cuda(capturing.CapturingSession)
    assert started().run_steps(3)["told"].tolist() == [4, 32]
    (only,) = sessions
    assert (only.options, only.runs) == ({}, ["plain"] * 3)


def test_another_thread_runs_plainly(on_cuda):
    """onnxruntime would capture there once more, and nobody would have compared that graph."""
    (sessions, session) = on_cuda(capturing.CapturingSession), started()
    session.run_steps(4)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(session.run_steps, 2).result()["told"].tolist() == [7, 44]
    session.run_steps(1)
    assert sessions[0].runs == [*PROOF, "plain", "plain", "replay 1"]


def test_on_the_cpu_nothing_is_captured():
    session = StepSession(counting_model())
    session.put(START)
    session.run_steps(9)
    assert not session.is_replayed


@pytest.mark.parametrize("name", ["cw", "ddn"])
def test_an_attack_on_replayed_steps_is_the_attack(on_cuda, monkeypatch, name):
    """Images enter and leave between replays, and find their places in the batch."""
    options = {"search_steps": 2} if name == "cw" else {}
    images = np.random.default_rng(3).integers(0, 160, (5, 28, 28, 1)) / 255
    plain = Classifier("c4", provider="cpu")
    labels = plain.predict(images)
    expected = attacks.attack(name, plain, images, labels, iterations=15, **options)
    monkeypatch.setattr(providers_module, "cuda_failure", lambda: None)
    sessions = on_cuda(capturing.CapturingSession)
    classifier = Classifier("c4", provider="cuda")
    found = attacks.attack(name, classifier, images, labels, batch_size=2, iterations=15, **options)
    np.testing.assert_array_equal(found.success, expected.success)
    np.testing.assert_allclose(found.stored_l2, expected.stored_l2, rtol=0.01)
    (stepping,) = (one for one in sessions if one.options)
    assert stepping.runs[: len(PROOF)] == PROOF
    assert set(stepping.runs[len(PROOF) :]) == {"replay 1", "replay 2"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [(capturing.CapturingSession, "s, by CUDA"), (capturing.Failing, "s, without CUDA")],
)
def test_the_doctor_says_whether_steps_are_replayed(on_cuda, monkeypatch, kind, words):
    monkeypatch.setattr(providers_module, "cuda_failure", lambda: None)
    on_cuda(kind)
    checks = dict(all_checks("cuda"))
    assert words in checks["attack"]().detail
    assert "CUDA graphs" not in dict(all_checks("cpu"))["attack"]().detail


@pytest.mark.gpu
@pytest.mark.skipif(available_providers()["cuda"] is not None, reason="no CUDA here")
@pytest.mark.parametrize("name", ["cw", "scw", "pgd2", "qpgd2", "ddn", "sddn", "salma"])
def test_a_gpu_replays_what_it_computes(monkeypatch, name):
    images = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3)) / 255
    results = []
    for wanted in ("0", "1"):
        monkeypatch.setenv("PERCEPT_ADV_CUDA_GRAPHS", wanted)
        classifier = Classifier("efficientnet-lite0", provider="cuda")
        labels = classifier.predict(images)
        results.append(
            attacks.attack(name, classifier, images, labels, batch_size=2, iterations=20)
        )
        (session,) = classifier.differentiated.step_sessions
        assert session.is_replayed == (wanted == "1")
    plain, replayed = results
    np.testing.assert_array_equal(replayed.success, plain.success)
    np.testing.assert_allclose(replayed.stored_l2, plain.stored_l2, rtol=0.01)
