"""Guided smoothing against CHOLMOD, pymatting, pyamg and scipy, in the same run.

Three right-hand sides, the astronaut resized, relative residual 1e-5. The peers run in an
environment of their own (scikit-sparse and pymatting need compilers and other versions):

    python benchmarks/smoothing_speed.py --peers-python /path/to/venv/bin/python

A solve is the second with the same matrix, as an attack solves hundreds of times with each:
the first also pays for its memory. Each round measures every solver once; medians are
printed, and their ratios to CHOLMOD. On one thread the times are CPU seconds, which other
work on the machine hardly changes; on more they are wall-clock seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import scipy.sparse as sp
from shared import astronaut, parser_of

TOL = 1e-5
clock = process_time if os.environ.get("PERCEPT_ADV_THREADS") == "1" else perf_counter
CASES = [
    ("laplacian", 10.0, 0.997),
    ("laplacian", 10.0, 0.9999),
    ("gaussian", 300.0, 0.997),
    ("gaussian", 300.0, 0.9999),
]


def problem(size, kernel, lam):
    from percept_adv.pixel_graph import neighbourhood, pixel_graph

    image = astronaut(size, size).astype(np.float64)
    graph = pixel_graph(image, neighbourhood(4), kernel=kernel, lam=lam)
    return graph, np.random.default_rng(0).standard_normal((size * size, 3))


def ours(size, kernel, lam, alpha):
    from percept_adv.solvers.grid import GridSolver

    graph, rhs = problem(size, kernel, lam)
    graph.degree  # noqa: B018 - part of the matrix, which the peers are given too.
    GridSolver(graph, alpha).solve(rhs, start=None, tol=TOL)
    begin = clock()
    solver = GridSolver(graph, alpha)
    setup = clock() - begin
    solver.solve(rhs, start=None, tol=TOL)
    begin = clock()
    result = solver.solve(rhs, start=None, tol=TOL)
    end = clock()
    assert result.relative_residual <= TOL
    return {"ours": (setup, end - begin)}


def peers(folder, names):
    """Measure the peers on the matrix stored in the folder; runs in their environment."""
    stored = np.load(Path(folder) / "problem.npz")
    n = int(stored["n"])
    matrix = sp.csc_matrix((stored["data"], stored["indices"], stored["indptr"]), shape=(n, n))
    rhs, row = stored["rhs"], sp.csr_matrix(matrix)
    return {name: SOLVERS[name](matrix, row, rhs) for name in names if name in SOLVERS}


def timed(setup, solve):
    begin = clock()
    solver = setup()
    passed = clock() - begin
    solve(solver)
    begin = clock()
    solve(solver)
    return passed, clock() - begin


def cholmod(matrix, _row, rhs):
    from sksparse.cholmod import cholesky

    return timed(lambda: cholesky(matrix), lambda factor: factor(rhs))


def scipy_cg(_matrix, row, rhs):
    from scipy.sparse.linalg import cg

    return timed(lambda: None, lambda _: [cg(row, b, rtol=TOL, maxiter=5000) for b in rhs.T])


def pyamg_solver(name):
    def run(_matrix, row, rhs):
        import pyamg

        make = getattr(pyamg, name)
        return timed(
            lambda: make(row), lambda ml: [ml.solve(b, tol=TOL, accel="cg") for b in rhs.T]
        )

    return run


def pymatting(name):
    def run(matrix, _row, rhs):
        from pymatting import cg
        from pymatting.preconditioner import ichol, vcycle

        side = round(rhs.shape[0] ** 0.5)
        make = {
            "ichol": lambda: ichol(matrix, discard_threshold=1e-4),
            "vcycle": lambda: vcycle(matrix, (side, side)),
        }[name]
        # pymatting's tolerances are absolute unless told otherwise.
        return timed(
            make,
            lambda M: [cg(matrix, b, M=M, rtol=TOL, atol=0.0, maxiter=5000) for b in rhs.T],
        )

    return run


SOLVERS = {
    "cholmod": cholmod,
    "scipy cg": scipy_cg,
    "pyamg rs": pyamg_solver("ruge_stuben_solver"),
    "pyamg sa": pyamg_solver("smoothed_aggregation_solver"),
    "pymatting ichol": pymatting("ichol"),
    "pymatting vcycle": pymatting("vcycle"),
}


def measure(arguments, size, case, threads):
    """Run all rounds of one case and print a line for each solver."""
    kernel, lam, alpha = case
    graph, rhs = problem(size, kernel, lam)
    matrix = sp.csc_array(sp.eye_array(size * size) - alpha * graph.normalised_matrix())
    matrix = sp.csc_array(matrix / (1.0 - alpha))
    environment = {**os.environ, "PERCEPT_ADV_THREADS": str(threads)}
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        environment[f"{name}_NUM_THREADS"] = str(threads)
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        np.savez(
            Path(folder) / "problem.npz",
            n=size * size, data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, rhs=rhs,
        )  # fmt: skip
        for _ in range(arguments.rounds):
            mine = [sys.executable, __file__, "--ours", str(size), kernel, str(lam), str(alpha)]
            theirs = [arguments.peers_python, __file__, "--run-peers", folder, *arguments.peers]
            figures = {}
            for command in (mine, theirs):
                output = subprocess.run(command, env=environment, capture_output=True, check=True)
                figures |= json.loads(output.stdout.splitlines()[-1])
            rounds.append(figures)
    medians = {
        name: [median(figures[name][part] for figures in rounds) for part in range(2)]
        for name in rounds[0]
    }
    base = medians.get("cholmod", medians["ours"])
    print(f"\n{size} x {size}, {kernel} lam {lam:g}, alpha {alpha}, {threads} thread(s)")
    for name, (setup, solve) in medians.items():
        print(
            f"  {name:17s} set-up {setup * 1e3:9.1f} ms ({setup / base[0]:7.3f} of CHOLMOD's)"
            f"   solve {solve * 1e3:9.1f} ms ({solve / base[1]:7.2f})",
            flush=True,
        )


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--peers-python", default=sys.executable)
    parser.add_argument("--peers", nargs="+", default=list(SOLVERS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[299, 1024])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--cases", nargs="+", type=int, default=range(len(CASES)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--run-peers", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        size, kernel, lam, alpha = arguments.ours
        print(json.dumps(ours(int(size), kernel, float(lam), float(alpha))))
    elif arguments.run_peers:
        folder, *names = arguments.run_peers
        print(json.dumps(peers(folder, names)))
    else:
        for threads in arguments.threads:
            for size in arguments.sizes:
                for case in arguments.cases:
                    measure(arguments, size, CASES[case], threads)


if __name__ == "__main__":
    main()
