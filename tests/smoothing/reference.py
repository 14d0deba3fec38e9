"""Guided smoothing by the definition: every pair of pixels, scipy's direct solver."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu


def reference_laplacian(guide, *, alpha, lam, kernel, squared_reach=1.0, spatial_sigma=None):
    """Return L_alpha from all pairs of pixels at most sqrt(squared_reach) apart."""
    height, width = guide.shape[:2]
    values = guide.reshape(height * width, -1).astype(float)
    places = np.stack(np.mgrid[:height, :width], axis=-1).reshape(-1, 2)
    apart = ((places[:, None] - places[None]) ** 2).sum(-1)
    squared = ((values[:, None] - values[None]) ** 2).sum(-1)
    weight = np.exp(-lam * (np.sqrt(squared) if kernel == "laplacian" else squared))
    if spatial_sigma is not None:
        weight = weight * np.exp(-apart / (2 * spatial_sigma**2))
    weight[(apart == 0) | (apart > squared_reach)] = 0.0
    degree = weight.sum(1)
    scale = np.divide(1.0, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0)
    wn = scale[:, None] * weight * scale
    return sp.csc_array((np.eye(height * width) - alpha * wn) / (1 - alpha))


def reference_smooth(z, laplacian):
    """Return s_hat_alpha(z) (eq. 9), channel by channel."""
    factor = splu(laplacian)
    pixels = laplacian.shape[0]
    solved = factor.solve(z.reshape(pixels, -1).astype(float))
    return (solved / factor.solve(np.ones((pixels, 1)))).reshape(z.shape)
