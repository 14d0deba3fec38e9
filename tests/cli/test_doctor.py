"""``percept-adv doctor`` as users run it."""

import json
from collections import Counter

import percept_adv_models as bundled
import pytest

from percept_adv.runtime import available_providers


def test_everything_is_fine_here(percept_adv):
    result = percept_adv("doctor", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    records = {record["check"]: record for record in map(json.loads, result.stdout.splitlines())}
    assert {record["status"] for record in records.values()} == {"ok", "told"}
    checked = {name for name, record in records.items() if record["status"] == "ok"}
    assert checked >= {"smoothing", "magnification", "metrics", "gradient", "attack"}
    assert checked >= {f"model {name}" for name in bundled.names()}
    assert {"python", "numpy", "onnx", "threads", "provider cpu", "provider cuda"} <= set(records)
    for name in ("c4", "efficientnet-lite0"):
        nodes = records[f"nodes of {name}"]["nodes"]
        provider = next(iter(nodes))
        total = sum(nodes[provider].values())
        assert nodes[provider]["Conv"] >= 3
        said = f"{provider} takes {total} of {total} nodes of its gradient graph"
        assert records[f"nodes of {name}"]["detail"] == said


@pytest.mark.parametrize(
    ("left", "status"), [({"Gather": 1}, "ok"), ({"Gather": 1, "Conv": 2}, "FAILED")]
)
def test_convolutions_that_cuda_leaves_to_the_cpu_are_a_failure(
    left, status, percept_adv_here, monkeypatch
):
    from percept_adv_cli.doctor import checks

    nodes = {"cuda": Counter({"Conv": 5, "Add": 3}), "cpu": Counter(left)}
    monkeypatch.setattr(checks, "resolve_provider", lambda _: "cuda")
    monkeypatch.setattr(checks, "assigned_nodes", lambda *_: nodes)
    lines = percept_adv_here("doctor").stdout.splitlines()
    (line,) = [line for line in lines if "nodes of c4 " in line]
    assert line.startswith(status)
    assert f"cuda takes 8 of {8 + sum(left.values())} nodes of its gradient graph, the CPU" in line
    assert "1 Gather" in line


def test_an_onnxruntime_that_does_not_tell_is_no_failure(percept_adv_here, monkeypatch):
    from onnxruntime.capi.onnxruntime_inference_collection import Session

    monkeypatch.delattr(Session, "get_provider_graph_assignment_info")
    result = percept_adv_here("doctor")
    assert result.returncode == 0
    assert "this version of onnxruntime does not tell" in result.stdout


def test_a_failed_check_is_said_and_the_others_go_on(percept_adv_here, monkeypatch, tmp_path):
    broken = tmp_path / "c4.onnx"
    broken.write_bytes(bundled.path("c4").read_bytes()[:1000])
    path = bundled.path
    monkeypatch.setattr(bundled, "path", lambda name: broken if name == "c4" else path(name))
    result = percept_adv_here("doctor")
    assert result.returncode == 1
    status = {line[8:38].strip(): line.split()[0] for line in result.stdout.splitlines()}
    assert [status[name] for name in ("model c4", "gradient", "attack")] == ["FAILED"] * 3
    assert [status[name] for name in ("model c4-adv", "smoothing")] == ["ok", "ok"]


def test_an_absent_provider_ends_with_3(percept_adv_here, monkeypatch):
    from percept_adv.runtime import providers

    monkeypatch.setattr(providers, "cuda_failure", lambda: "no driver")
    assert available_providers()["cuda"] == "no driver"
    result = percept_adv_here("doctor", "--provider", "cuda")
    assert result.returncode == 3
    assert "FAILED  provider cuda" in result.stdout
    assert "no driver" in result.stderr
