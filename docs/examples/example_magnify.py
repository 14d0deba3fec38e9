"""
# Make a faint perturbation visible

Noise of one level in 255 cannot be seen. Magnification shows it in the flat parts of an image.
"""

# %%
# A photograph, and the same with one level of noise added.

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import percept_adv
from percept_adv.magnification import viewing_range

clean = data.coffee()[:300, :300] / 255
noise = np.random.default_rng(0).choice([-1, 1], clean.shape) / 255
noisy = np.clip(clean + noise, 0, 1)

# %%
# Magnified, both on one scale. Look at the table top: the noise fills it on the right, while the
# photograph's own grain is weaker there.

magnified = [percept_adv.magnify(image) for image in (clean, noisy)]
scale = viewing_range(magnified)

figure, axes = plt.subplots(2, 2, figsize=(9, 9), layout="constrained")
for column, (image, signal) in enumerate(zip((clean, noisy), magnified, strict=True)):
    axes[0, column].imshow(image)
    axes[1, column].imshow(scale.render(signal))
for axis, title in zip(axes[0], ("clean", "one level of noise"), strict=True):
    axis.set_title(title)
for axis in axes.flat:
    axis.set_axis_off()
plt.show()
