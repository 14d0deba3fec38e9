from percept_adv.solvers.conjugate_gradient import conjugate_gradient
from percept_adv.solvers.registry import solver


@solver("jacobi", rank=lambda graph: 0)
class JacobiSolver:
    """Conjugate gradients, preconditioned by the diagonal of L_alpha."""

    def __init__(self, graph, alpha):
        self._weights, self._alpha = graph.normalised_matrix(), alpha

    def solve(self, rhs, *, start, tol):
        """Solve for the columns of ``rhs``, (n, k)."""

        def laplacian(x):
            return (x - self._alpha * (self._weights @ x)) / (1 - self._alpha)

        def precondition(residual):
            return (1 - self._alpha) * residual

        return conjugate_gradient(
            laplacian, precondition, rhs, start=start, tol=tol, max_iterations=5000
        )
