"""Eq. 22 of Zhang et al. 2020 written out pixel by pixel, for small images."""

from __future__ import annotations

import math

import numpy as np


def local_terms(image, domain_sigma, range_sigma):
    height, width, _ = image.shape
    half = math.ceil(2.3263 * domain_sigma)
    rows, columns = np.mgrid[:height, :width]
    weights = np.empty((height, width, height, width))
    for y in range(height):
        for x in range(width):
            near = (abs(rows - y) <= half) & (abs(columns - x) <= half)
            distance = ((rows - y) ** 2 + (columns - x) ** 2) / (2 * domain_sigma**2)
            colour = ((image - image[y, x]) ** 2).sum(-1) / (2 * range_sigma**2)
            weights[y, x] = near * np.exp(-distance - colour)
    weights /= weights.sum((2, 3), keepdims=True)
    difference = image - np.einsum("yxij,ijc->yxc", weights, image)
    deviation = np.sqrt(np.einsum("yxij,ijc->yxc", weights, difference**2))
    return difference, deviation


def magnified(image, beta, domain_sigma, range_sigma):
    difference, deviation = local_terms(image, domain_sigma, range_sigma)
    divisor = beta * deviation + (1 - beta) * image.std((0, 1))
    return np.divide(difference, divisor, out=np.zeros_like(image), where=divisor > 0)
