"""
# Attack a deployed classifier

DDN looks for the smallest change of a digit that makes a classifier err. The classifier is an ONNX file; no
training framework is needed.
"""

# %%
# The bundled C4, a network for digits, and ten digits that come with it.

import matplotlib.pyplot as plt
import numpy as np
import percept_adv_models
from PIL import Image

from percept_adv import Classifier, attacks

folder = percept_adv_models.path("c4").parent / "data" / "mnist"
images = np.stack([np.asarray(Image.open(file)) for file in sorted(folder.glob("*.png"))[:10]])
classifier = Classifier("c4", provider="cpu")
labels = classifier.predict(images)

# %%
# The result holds, for each image, what was stored (8 bits), whether it fools the model as stored, and how far
# it is from the original.

result = attacks.ddn(classifier, images, labels)
for label, after, distance in zip(labels, result.label_after, result.stored_l2, strict=True):
    print(f"{label} is taken for {after} at an L2 distance of {distance:.2f}")

# %%
# Above the originals, below what was stored.

figure, axes = plt.subplots(2, 10, figsize=(11, 2.6), layout="constrained")
for column in range(10):
    axes[0, column].imshow(images[column], cmap="gray")
    axes[1, column].imshow(result[column].stored[..., 0], cmap="gray")
    axes[1, column].set_title(str(result[column].label_after), y=-0.35)
for axis in axes.flat:
    axis.set_axis_off()
plt.show()
