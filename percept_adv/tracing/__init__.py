"""Array code written down as an ONNX graph: it is run once, with symbols in place of arrays.

Code against the array API gets its functions from ``x.__array_namespace__()``. A `Symbol` gives it
`percept_adv.tracing.namespace`, whose functions note what they are asked instead of doing it.
Shapes are known while tracing, so that the graph holds no arithmetic on shapes and no branches.

>>> import numpy as np
>>> graph = Graph()
>>> x = graph.input("x", (2, 3), np.float32)
>>> xp = x.__array_namespace__()
>>> model = graph.model({"y": xp.sum(x * x, axis=1)})
>>> " ".join(node.op_type for node in model.graph.node)
'Mul ReduceSum Identity'
"""

from __future__ import annotations

from percept_adv.tracing.graph import Graph
from percept_adv.tracing.symbol import Symbol

__all__ = ["Graph", "Symbol"]
