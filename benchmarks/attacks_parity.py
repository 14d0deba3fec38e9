"""Our attacks against foolbox's and adv-lib's, on the same weights, images and step counts.

The peers attack EfficientNet-Lite0's PyTorch original, we its ONNX export. PyTorch lives in
an environment of its own, so the peers run in another process, `attacks_peers.py`:

    PYTHON benchmarks/attacks_parity.py /path/to/nips17-dev --peer-python /path/to/python \
        --output parity.jsonl

The data folder holds ``labels.csv`` (file,label). Images come in chunks, attacked by the peer
and by us in turn; each chunk's figures are appended to the output, and chunks that stand there
are not run again. Distances are those of floats, before rounding to 8 bits. Our gradients, those
included that mend what rounding breaks, are at most the peer's steps; SuperDeepFool has none to
set.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from shared import keep_record, parser_of, read_classified, read_records

PEERS = Path(__file__).with_name("attacks_peers.py")
# Searches, steps of each, our learning rate, foolbox's, first c. Its tanh moves an image twice as
# far as our sigmoid for the same step of the variable: "half" makes up for that.
CW = {
    "cw": (4, 50, 0.01, 0.01, 1.0),
    "cw-half": (4, 50, 0.01, 0.005, 1.0),
    "cw-c10": (4, 50, 0.01, 0.01, 10.0),
    "cw-c1-lr0.1": (4, 50, 0.1, 0.1, 1.0),
    "cw-c100-lr0.1": (4, 50, 0.1, 0.1, 100.0),
    "cw-c100-lr0.1-half": (4, 50, 0.1, 0.05, 100.0),
    "cw-9x100": (9, 100, 0.1, 0.1, 100.0),
    "cw-9x100-half": (9, 100, 0.1, 0.05, 100.0),
}
# The settings of the paper's experiments on ImageNet, by its authors.
PEER_ALMA = {"distance": "l2", "init_lr_distance": 0.1}


def cases(steps):
    """Return for each case the attack, the peer's options and ours."""
    listed = {name: _carlini_wagner(*settings) for name, settings in CW.items()}
    # All else are the defaults of both; it ends with success, not after a number of gradients.
    listed["superdeepfool"] = ("superdeepfool", {"candidates": 10}, {"candidates": 10})
    for count in steps:
        ours = {"iterations": count, "max_evaluations": count}
        memory = 0.5 if count < 1000 else 0.9
        listed[f"ddn-{count}"] = ("ddn", {"steps": count, "levels": None}, ours)
        listed[f"fmn-{count}"] = ("fmn", {"steps": count, "norm": 2}, ours)
        colours = {"max_iterations": count, "num_classes": 1000}
        listed[f"perc_al-{count}"] = ("perc_al", colours, ours)
        listed[f"alma-{count}"] = (
            "alma",
            {**PEER_ALMA, "num_steps": count, "memory": memory},
            ours,
        )
    return listed


def _carlini_wagner(searches, steps, rate, peer_rate, c):
    theirs = {
        "binary_search_steps": searches, "steps": steps, "stepsize": peer_rate, "initial_const": c,
        "abort_early": False,
    }  # fmt: skip
    ours = {
        "search_steps": searches, "iterations": steps, "learning_rate": rate, "initial_c": c,
        "max_evaluations": searches * steps,
    }  # fmt: skip
    return "cw", theirs, ours


def run_ours(classifier, images, labels, name, options):
    """Return what the peer's answer has, and the distances as stored."""
    from percept_adv.attacks import attack

    begin, cpu = time.perf_counter(), time.process_time()
    batch = len(images)
    result = attack(name, classifier, images, labels, batch_size=batch, **options)
    seconds = (time.perf_counter() - begin) / batch
    cpu_seconds = (time.process_time() - cpu) / batch
    # The peers' success is that of floats too: one that rounding breaks still counts there.
    fooled = classifier.predict(result.adversarial) != labels
    return {
        "l2": np.where(fooled, result.l2, np.inf).tolist(),
        "stored_l2": np.where(result.success, result.stored_l2, np.inf).tolist(),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "gradients": float(result.backward_count.mean()),
    }


def compare(arguments):
    # Threads that wait for each other on a busy machine would time the machine, not the attack.
    threads = str(arguments.threads)
    os.environ |= dict.fromkeys(("PERCEPT_ADV_THREADS", "OMP_NUM_THREADS"), threads)
    classifier, images, labels = read_classified(arguments.data, arguments.images)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "problem.npz", images=images, labels=labels)
        command = [arguments.peer_python, PEERS, folder, threads]
        peer = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        chosen = cases(arguments.steps)
        for begin in range(0, len(images), arguments.chunk):
            end = min(begin + arguments.chunk, len(images))
            for case in arguments.only or chosen:
                if (case, begin, end) in finished(arguments.output):
                    continue
                name, theirs, ours = chosen[case]
                request = {"case": name, "options": theirs, "begin": begin, "end": end}
                peer.stdin.write(json.dumps(request) + "\n")
                answer = json.loads(peer.stdout.readline())
                part = slice(begin, end)
                own = run_ours(classifier, images[part], labels[part], name, ours)
                keep_record(
                    arguments.output, {"name": case, **request, "peer": answer, "ours": own}
                )
        peer.stdin.close()
        peer.wait()
    report(arguments.output)


def finished(path):
    return {(entry["name"], entry["begin"], entry["end"]) for entry in read_records(path)}


def report(path):
    """Print one line for each case, over all its chunks."""
    print("median and mean L2, gradients and seconds an image; ratios of time: median of chunks")
    entries = read_records(path)
    for case in dict.fromkeys(entry["name"] for entry in entries):
        own = [entry for entry in entries if entry["name"] == case]
        l2 = {side: np.concatenate([e[side]["l2"] for e in own]) for side in ("ours", "peer")}
        ratios = [
            np.median([e["ours"][clock] / e["peer"][clock] for e in own])
            for clock in ("seconds", "cpu_seconds")
        ]
        told = [
            f"{side} {np.median(l2[side]):.4f} / {np.mean(l2[side]):.4f}, "
            f"{np.mean([e[side]['gradients'] for e in own]):.0f} gradients, "
            f"{np.mean([e[side]['seconds'] for e in own]):.2f} s, "
            f"{np.mean([e[side]['cpu_seconds'] for e in own]):.2f} s of processor"
            for side in ("ours", "peer")
        ]
        print(
            f"{case:10s} {len(l2['ours'])} images: {'; '.join(told)}; ratio median "
            f"{np.median(l2['ours']) / np.median(l2['peer']):.3f} mean "
            f"{np.mean(l2['ours']) / np.mean(l2['peer']):.3f} seconds {ratios[0]:.2f}, "
            f"of processor {ratios[1]:.2f}",
            flush=True,
        )


def main():
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="folder with labels.csv")
    parser.add_argument("--peer-python", help="interpreter of the peers' environment")
    parser.add_argument("--output", type=Path, required=True, help="file of JSON lines")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--chunk", type=int, default=4, help="images attacked together")
    parser.add_argument("--steps", type=int, nargs="+", default=[100])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="some cases, such as cw ddn-100")
    arguments = parser.parse_args()
    if arguments.data is None:
        report(arguments.output)
    elif arguments.peer_python:
        compare(arguments)
    else:
        parser.error("give --peer-python, or no data folder to report what is there")


if __name__ == "__main__":
    main()
