"""Run an attack whose step was exported; needs onnxruntime and NumPy only."""

import sys

import numpy as np
import onnxruntime

model, inputs = sys.argv[1:3]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
feeds = dict(np.load(inputs))
steps, over = 0, False
while not over:
    results = dict(zip(names, session.run(names, feeds), strict=True))
    for name in feeds:
        if name.startswith("state/"):
            feeds[name] = results[name.replace("state/", "next/", 1)]
    steps, over = steps + 1, results["over"].all()
np.save("adversarial.npy", results["next/tracked/image"])
print(f"{results['found'].sum()} of {len(results['found'])} adversarial after {steps} steps")
print(f"L2 {results['l2'].tolist()}")
