"""Gradient graphs of whole networks against torch autograd in float64.

Each network gets random weights, is exported with a dynamic batch, and its gradient graph
runs in onnxruntime in float32. The error of an image is the L2 distance to the float64
gradient of PyTorch over that gradient's norm. At the kink of a ReLU or a tie of a maximum
float32 may take the other side than float64, PyTorch's just as ours, and a single one of
them can decide an image's error; so the median over several images is compared: it may be at
most max(1e-5, twice the median of PyTorch's own float32). Where half of the images meet a
kink even the median is luck: more images decide.

Every network runs in a process of its own. Results are lines of JSON; what is in the file
already is not run again.

    python benchmarks/gradients_networks.py results.jsonl --torchvision all --timm all
    python benchmarks/gradients_networks.py results.jsonl --exporter dynamo --timm rexnet_100
    python benchmarks/gradients_networks.py results.jsonl --table docs/networks.md
"""

import multiprocessing
import time
import warnings
from pathlib import Path

import timm
import torch
import torchvision
from gradients_networks_names import TIMM, TORCHVISION
from gradients_networks_table import write_table
from gradients_one_network import measure
from shared import keep_record, parser_of, read_records

KEYS = ("family", "name", "exporter", "images")


def main():
    parser = parser_of(__doc__)
    parser.add_argument("results", type=Path, help="JSON lines, appended to")
    parser.add_argument("--torchvision", nargs="*", default=[])
    parser.add_argument("--timm", nargs="*", default=[])
    parser.add_argument("--exporter", choices=["script", "dynamo"], default="script")
    parser.add_argument("--opset", type=int, default=18)
    parser.add_argument("--images", type=int, default=6, help="a multiple of 3")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300, help="seconds for one network")
    parser.add_argument("--table", type=Path, help="write the results there as Markdown")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    records = read_records(args.results)
    done = {tuple(record[key] for key in KEYS) for record in records}
    for family, names, everything in (
        ("torchvision", args.torchvision, TORCHVISION),
        ("timm", args.timm, TIMM),
    ):
        for name in everything if names == ["all"] else names:
            if (family, name, args.exporter, args.images) in done:
                continue
            record = in_own_process(family, name, args)
            keep_record(args.results, record)
            records.append(record)
            print(line_of(record), flush=True)
    records = with_most_images(records)
    print(f"{sum(record['verdict'] == 'pass' for record in records)} of {len(records)} pass")
    if args.table:
        versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
        write_table(args.table, records, f"{versions}, timm {timm.__version__}")


def with_most_images(records):
    """Return one result for each network and exporter."""
    best = {}
    for record in sorted(records, key=lambda record: record["images"]):
        best[tuple(record[key] for key in KEYS[:3])] = record
    return list(best.values())


def in_own_process(family, name, args):
    """Measure one network in a fork of this process, and end it at the time limit."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(sender, family, name, args))
    start = time.monotonic()
    process.start()
    sender.close()
    try:
        found = receiver.recv() if receiver.poll(args.limit) else None
    except EOFError:
        found = {"verdict": "error", "reason": "the process died"}
    if found is None:
        found = {"verdict": "error", "reason": f"more than {args.limit:.0f} s"}
        process.kill()
    process.join()
    seconds = round(time.monotonic() - start, 1)
    head = dict(zip(KEYS, (family, name, args.exporter, args.images), strict=True))
    return head | {"opset": args.opset} | found | {"seconds": seconds}


def work(sender, family, name, args):
    """Send what was measured, or the error, to the parent process."""
    torch.set_num_threads(args.threads)
    try:
        sender.send(measure(family, name, args.exporter, args.opset, args.images))
    except Exception as error:  # noqa: BLE001 - one network's failure is a result
        text = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        sender.send({"verdict": "error", "reason": text})


def line_of(record):
    """Return one result as a line of text."""
    if "ours" not in record:
        return f"{record['name']:28} {record['verdict']} {record['reason']}"
    return (
        f"{record['name']:28} {record['verdict']} {record['ours']:.1e} {record['torch']:.1e} "
        f"nodes {record['nodes']} {record['gradient_nodes']}, {record['seconds']} s"
    )


if __name__ == "__main__":
    main()
