import numpy as np
import onnxruntime
import percept_adv_models

from percept_adv import build_gradient_graph

graph = build_gradient_graph(percept_adv_models.path("c4"), loss="cotangent")
session = onnxruntime.InferenceSession(graph.SerializeToString())
image_name = session.get_inputs()[0].name
logits_name = session.get_outputs()[0].name

image = np.random.default_rng(0).random((1, 1, 28, 28), np.float32)
nothing = np.zeros((1, 10), np.float32)
(logits,) = session.run([logits_name], {image_name: image, "cotangent": nothing})
predicted = np.eye(10, dtype=np.float32)[logits.argmax(axis=1)]
(gradient,) = session.run(["input_gradient"], {image_name: image, "cotangent": predicted})
saliency = np.abs(gradient)[0, 0]  # (28, 28): how much each pixel moves the class's logit
