"""
# What alpha and lam do

Guided smoothing takes a perturbation and makes it follow the image: smooth where the image is smooth, free to
change where the image has an edge.
"""

# %%
# White noise as the perturbation, and a photograph as the guide.

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from percept_adv import GuidedSmoother, metrics

image = data.astronaut()[:160, 140:300] / 255
noise = np.random.default_rng(0).normal(0, 0.05, image.shape)


def show(perturbations, titles):
    """Draw perturbations around mid-grey, each with its own gain."""
    figure, axes = plt.subplots(1, len(titles), figsize=(11, 3.2), layout="constrained")
    for axis, perturbation, title in zip(axes, perturbations, titles, strict=True):
        axis.imshow(np.clip(0.5 + perturbation / np.abs(perturbation).max() / 2, 0, 1))
        axis.set_title(title)
        axis.set_axis_off()
    plt.show()


# %%
# **alpha** is how far the smoothing reaches. At 0 nothing happens; near 1 whole regions get one value.

alphas = (0.0, 0.9, 0.99, 0.997)
show(
    [GuidedSmoother(image, alpha=alpha).smooth(noise) for alpha in alphas],
    [f"alpha {alpha}" for alpha in alphas],
)

# %%
# **lam** is how much an edge of the image holds the smoothing up. At 0.1 it runs across all edges; at 100 even
# faint ones stop it.

lams = (0.1, 1.0, 10.0, 100.0)
show(
    [GuidedSmoother(image, lam=lam).smooth(noise) for lam in lams],
    [f"lam {lam:g}" for lam in lams],
)

# %%
# How visible is it? Bring all to the same L2 norm and measure. Smoothed noise of the same norm is weaker at
# each pixel but spread over regions: SSIM, which looks for lost structure, hardly notices it.

rows = [("white noise", noise)] + [
    (f"alpha {alpha}", GuidedSmoother(image, alpha=alpha).smooth(noise)) for alpha in alphas[1:]
]
for name, perturbation in rows:
    scaled = np.clip(image + 2.0 * perturbation / np.linalg.norm(perturbation), 0, 1)
    print(
        f"{name:12} L2 {metrics.l2(image, scaled):.2f}  SSIM {metrics.ssim(image, scaled):.4f}"
        f"  MAD {metrics.mad(image, scaled):.3f}"
    )
