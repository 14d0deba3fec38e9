"""The outcome of gates as JUnit XML, which builds show as tests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from percept_adv.images import atomic_write
from percept_adv.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from percept_adv.evaluation.gate import Gate


def write_junit(
    path: Path, run: str, measured: Sequence[tuple[Gate, float]], failed: Sequence[str]
) -> None:
    """Write a test for each gate, and one that all images could be used.

    Parameters
    ----------
    path
        The XML file.
    run
        The name of the run.
    measured
        Each gate with its figure.
    failed
        Images that could not be used.

    Raises
    ------
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> from percept_adv.report import write_junit
    >>> write_junit(folder / "junit.xml", "c4", [], ["a.png"])
    """
    failures = [not gate.holds(value) for gate, value in measured]
    suite = ElementTree.Element(
        "testsuite",
        name="percept-adv evaluate",
        tests=str(len(measured) + 1),
        failures=str(sum(failures)),
        errors=str(int(bool(failed))),
    )
    for (gate, value), fails in zip(measured, failures, strict=True):
        case = ElementTree.SubElement(suite, "testcase", classname=run, name=str(gate))
        ElementTree.SubElement(case, "system-out").text = f"{gate.text} is {value:.4g}"
        if fails:
            message = f"{gate.text} is {value:.4g}: the gate is {gate}"
            ElementTree.SubElement(case, "failure", message=message)
    case = ElementTree.SubElement(suite, "testcase", classname=run, name="all images are used")
    if failed:
        # Control characters are not allowed in XML.
        names = ", ".join(map(printable, failed))
        message = f"{len(failed)} images could not be used: {names}"
        ElementTree.SubElement(case, "error", message=message)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    with atomic_write(path) as part:
        ElementTree.ElementTree(root).write(part, encoding="utf-8", xml_declaration=True)
