"""The table of networks in the documentation, from the results of gradients_networks.py."""

HEAD = """# Networks

Gradient graphs of whole networks with random weights and a dynamic batch, in onnxruntime's
float32 on the CPU, against PyTorch's autograd in float64. Made by
`python benchmarks/gradients_networks.py`; {versions}.

The error of an image is the L2 distance to the float64 gradient over that gradient's norm; the
table has the median over the images, for our graph and for PyTorch's own float32 gradient. A
network passes if ours is at most max(1e-5, 2 times PyTorch's). Errors far above 1e-6 are those
of networks with kinks (ReLU, maxima): where an activation is zero up to rounding, float32 and
float64 take different sides, in PyTorch and here.

Where a network is outside the bound over six images it is measured again over more: one with more
images in the table was outside with fewer.

"""

HEADINGS = "| network | result | images | error | PyTorch's float32 | nodes | with gradient |"


def write_table(path, records, versions):
    """Write the Markdown page."""
    path.write_text(HEAD.format(versions=versions) + "\n".join(_lines(records)) + "\n")


def _lines(records):
    for exporter, title in (("script", "TorchScript"), ("dynamo", "`dynamo=True`")):
        for family in ("torchvision", "timm"):
            chosen = [
                record
                for record in records
                if (record["exporter"], record["family"]) == (exporter, family)
            ]
            if chosen:
                passed = sum(record["verdict"] == "pass" for record in chosen)
                opsets = ", ".join(sorted({str(record["opset"]) for record in chosen}))
                yield f"## {family}, exported with {title}, opset {opsets}"
                yield f"\n{passed} of {len(chosen)} pass.\n"
                yield HEADINGS
                yield "|---|---|---|---|---|---|---|"
                yield from map(_row, sorted(chosen, key=lambda record: record["name"]))
                yield ""


def _row(record):
    name, verdict = record["name"], record["verdict"]
    if verdict == "error":
        return f"| {name} | not run: {record['reason'].replace('|', '/')} | | | | | |"
    return (
        f"| {name} | {verdict} | {record['images']} | {record['ours']:.1e} | {record['torch']:.1e} "
        f"| {record['nodes']} | {record['gradient_nodes']} |"
    )
