"""Iterations that warm starts save when the right-hand side changes slowly.

Mimics an attack: Adam steps of size 0.1 on z along a fixed random direction field with
noise; each step smooths z and takes the adjoint of a slowly turning gradient. Prints the
iterations and seconds with and without the previous results as starts.
"""

from __future__ import annotations

from time import process_time

import numpy as np
from shared import astronaut, parser_of


def rounds(smoother, steps, shape, warm):
    """Return the iterations and seconds of all solves."""
    rng = np.random.default_rng(0)
    z, gradient = np.zeros(shape), rng.standard_normal(shape)
    first = second = np.zeros(shape)
    forward = backward = None
    weight = smoother.normalizer[..., np.newaxis]
    iterations, begin = 0, process_time()
    for step in range(1, steps + 1):
        gradient = 0.95 * gradient + 0.3 * rng.standard_normal(shape)
        one = smoother.solve(z, start=forward if warm else None)
        other = smoother.solve(gradient / weight, start=backward if warm else None)
        forward, backward = one.x, other.x
        iterations += one.iterations + other.iterations
        first = 0.9 * first + 0.1 * other.x
        second = 0.999 * second + 0.001 * other.x**2
        corrected = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        z = z - 0.1 * first / (1 - 0.9**step) / corrected
    return iterations, process_time() - begin


def main():
    from percept_adv import GuidedSmoother

    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--tolerances", nargs="+", type=float, default=[1e-3, 1e-4, 1e-6])
    parser.add_argument("--alphas", nargs="+", type=float, default=[0.997, 0.9999])
    arguments = parser.parse_args()
    shape = (arguments.size, arguments.size, 3)
    image = astronaut(*shape[:2])
    for alpha in arguments.alphas:
        for tol in arguments.tolerances:
            smoother = GuidedSmoother(image, alpha=alpha, tol=tol)
            rounds(smoother, 1, shape, warm=True)
            cold = rounds(smoother, arguments.steps, shape, warm=False)
            warm = rounds(smoother, arguments.steps, shape, warm=True)
            print(
                f"alpha {alpha} tol {tol:g}: cold {cold[0] / arguments.steps / 2:.1f}, warm "
                f"{warm[0] / arguments.steps / 2:.1f} iterations a solve; "
                f"{cold[1] / arguments.steps * 1e3:.1f} and {warm[1] / arguments.steps * 1e3:.1f} "
                f"ms CPU for smooth + adjoint; ratio {warm[1] / cold[1]:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
