"""Damaged models: bytes, operators, attributes, dimensions and types changed at random."""

import os
import pickle
import random
import signal

import onnx
from cases import CASES
from derivative import make_model

from percept_adv.errors import PerceptAdvError
from percept_adv.gradients import build_gradient_graph, check_model
from percept_adv.gradients.loading import load_model

ALL_CASES = [(name, case) for name, cases in CASES.items() for case in cases]
OPERATORS = sorted({schema.name for schema in onnx.defs.get_all_schemas()})


def seed_model(generator):
    """Return a sound model of one to a few nodes."""
    _, case = generator.choice(ALL_CASES)
    return make_model(case.nodes, case.x, case.constants, opset=case.opset, batch=case.batch)


def mutant(seed):
    """Return the bytes of a damaged model; the same for the same seed."""
    generator = random.Random(seed)
    model = seed_model(generator)
    for _ in range(generator.randint(1, 3)):
        generator.choice([_operator, _attribute, _dimension, _type, _wiring, _stored])(
            model, generator
        )
    content = bytearray(model.SerializeToString())
    if generator.random() < 0.3:
        for _ in range(generator.randint(1, 4)):
            content[generator.randrange(len(content))] = generator.randrange(256)
    return bytes(content)


def _operator(model, generator):
    node = generator.choice(model.graph.node)
    node.op_type = generator.choice(OPERATORS)
    if generator.random() < 0.2:
        node.domain = generator.choice(["com.microsoft", "ai.onnx.ml", "nowhere"])


def _attribute(model, generator):
    attributes = [a for node in model.graph.node for a in node.attribute]
    if not attributes:
        return
    attribute = generator.choice(attributes)
    number = generator.choice([0, -1, 1, 2, 7, 255, 2**31, -(2**63), 2**63 - 1])
    if attribute.ints:
        attribute.ints[generator.randrange(len(attribute.ints))] = number
        if generator.random() < 0.3:
            del attribute.ints[-1]
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = number
    else:
        attribute.type = generator.randint(0, 14)


def _dimension(model, generator):
    value = generator.choice([*model.graph.input, *model.graph.output])
    dims = value.type.tensor_type.shape.dim
    if dims and generator.random() < 0.8:
        dim = generator.choice(dims)
        dim.dim_value = generator.choice([-1, 0, 1, 2, 5, 2**40])
    else:
        value.type.tensor_type.ClearField("shape")


def _type(model, generator):
    value = generator.choice([*model.graph.input, *model.graph.output])
    value.type.tensor_type.elem_type = generator.choice([0, 1, 2, 6, 7, 8, 9, 10, 11, 16, 24, 99])


def _wiring(model, generator):
    node = generator.choice(model.graph.node)
    names = ["", "x", "nothing", *(t.name for t in model.graph.initializer), *node.output]
    if node.input and generator.random() < 0.6:
        node.input[generator.randrange(len(node.input))] = generator.choice(names)
    elif node.input and generator.random() < 0.5:
        del node.input[-1]
    else:
        node.input.append(generator.choice(names))


def _stored(model, generator):
    if not model.graph.initializer:
        return
    tensor = generator.choice(model.graph.initializer)
    kind = generator.randrange(3)
    if kind == 0 and tensor.dims:
        tensor.dims[generator.randrange(len(tensor.dims))] = generator.choice([-1, 0, 3, 2**33])
    elif kind == 1:
        tensor.data_type = generator.choice([0, 1, 2, 6, 7, 8, 9, 11, 99])
    else:
        tensor.raw_data = tensor.raw_data[:-1]


def outcome(content, folder):
    """Return how the two entry points take a model: "fine", "refused", or the traceback's end."""
    path = os.path.join(folder, "mutant.onnx")  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(content)
    try:
        report = check_model(path)
        graph = build_gradient_graph(path)
    except PerceptAdvError as error:
        return "refused" if "\n" not in str(error) and len(str(error)) < 1000 else f"long: {error}"
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    if not report.supported:
        return "the check says no, and there is a graph"
    try:
        load_model(graph)
    except PerceptAdvError as error:
        return f"its graph is refused: {error}"
    return "fine"


def outcomes(seeds, folder):
    """Return the outcome of each seed, found in a process of its own that may die."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        with os.fdopen(write_end, "wb") as pipe:
            for seed in seeds:
                signal.alarm(20)
                pickle.dump((seed, outcome(mutant(seed), folder)), pipe)
                pipe.flush()
        os._exit(0)
    os.close(write_end)
    found = {}
    with os.fdopen(read_end, "rb") as pipe:
        try:
            while True:
                seed, result = pickle.load(pipe)
                found[seed] = result
        except EOFError:
            pass
    _, status = os.waitpid(child, 0)
    if status:
        dead = next(seed for seed in seeds if seed not in found)
        found[dead] = f"the process ended with status {status}"
    return found
