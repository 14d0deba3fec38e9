"""The table of networks in the documentation, from the results of gradients_networks.py."""

HEAD = """# Networks: which can be differentiated, and how exactly

Can percept-adv differentiate the networks that people use, and is the gradient right? This page
has the answer for whole networks of torchvision and timm.

{totals}

**How it is measured.** Each network has random weights and a dynamic batch. Its gradient graph
runs in onnxruntime in float32 on the CPU, and the reference is PyTorch's autograd in float64.

- The *error* of an image is the L2 distance to the reference, divided by the norm of the
  reference. The tables have the median over the images, for our graph and for PyTorch's own
  float32 gradient. Lower is better.
- A network *passes* if our error is at most max(1e-5, 2 x PyTorch's error).
- Errors far above 1e-6 come from networks with kinks (ReLU, maxima). Where an activation is
  zero up to rounding, float32 and float64 take different sides, in PyTorch as here.
- A network outside the bound over six images is measured again with more. So a row with 24 or
  96 images was outside the bound with fewer.
- *Nodes* counts the nodes of the ONNX model, *with gradient* those of its gradient graph.

`python benchmarks/gradients_networks.py results.jsonl --torchvision all --timm all`; {versions}.

"""

HEADINGS = "| network | images | error | PyTorch's float32 | nodes | with gradient |"
TOTAL_HEADINGS = ("| networks | exporter | opset | pass |", "|---|---|---|---|")
EXPORTERS = (("script", "TorchScript"), ("dynamo", "`dynamo=True`"))


def write_table(path, records, versions):
    """Write the Markdown page."""
    groups = list(_groups(records))
    totals = "\n".join([*TOTAL_HEADINGS, *map(_total, groups)])
    lines = [line for group in groups for line in _lines(*group)]
    path.write_text(HEAD.format(totals=totals, versions=versions) + "\n".join(lines) + "\n")


def _groups(records):
    for exporter, title in EXPORTERS:
        for family in ("torchvision", "timm"):
            chosen = [
                record
                for record in records
                if (record["exporter"], record["family"]) == (exporter, family)
            ]
            if chosen:
                yield family, title, sorted(chosen, key=lambda record: record["name"])


def _total(group):
    family, title, chosen = group
    passed = sum(record["verdict"] == "pass" for record in chosen)
    opsets = ", ".join(sorted({str(record["opset"]) for record in chosen}))
    return f"| {family} | {title} | {opsets} | **{passed}** of {len(chosen)} |"


def _lines(family, title, chosen):
    measured = [record for record in chosen if record["verdict"] != "error"]
    yield f"## {family}, exported with {title}\n"
    yield HEADINGS
    yield "|---|---|---|---|---|---|"
    yield from map(_row, measured)
    yield ""
    missing = [record for record in chosen if record["verdict"] == "error"]
    if missing:
        yield "Not measured:\n"
        yield from (f"- {record['name']}: {record['reason']}" for record in missing)
        yield ""


def _row(record):
    mark = "" if record["verdict"] == "pass" else f" ({record['verdict']})"
    return (
        f"| {record['name']}{mark} | {record['images']} | {record['ours']:.1e} "
        f"| {record['torch']:.1e} | {record['nodes']} | {record['gradient_nodes']} |"
    )
