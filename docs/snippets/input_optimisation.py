import numpy as np
import onnxruntime
import percept_adv_models

from percept_adv import build_gradient_graph

graph = build_gradient_graph(percept_adv_models.path("c4"), loss="cotangent")
session = onnxruntime.InferenceSession(graph.SerializeToString())
image_name = session.get_inputs()[0].name
logits_name = session.get_outputs()[0].name

image = np.full((1, 1, 28, 28), 0.5, np.float32)
wanted = np.eye(10, dtype=np.float32)[[3]]
before = after = None
for _ in range(50):
    logits, gradient = session.run(
        [logits_name, "input_gradient"], {image_name: image, "cotangent": wanted}
    )
    before = logits[0, 3] if before is None else before
    after = logits[0, 3]
    image = np.clip(image + 0.5 * gradient / np.linalg.norm(gradient), 0, 1)
