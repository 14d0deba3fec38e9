"""Gates as JUnit XML."""

from xml.etree import ElementTree

from percept_adv.report import write_junit


def test_names_that_xml_does_not_allow_are_escaped(tmp_path):
    file = tmp_path / "junit.xml"
    write_junit(file, "c4", [], ["esc\x1b.png", "bad\udcff.png"])
    (error,) = ElementTree.parse(file).iter("error")
    assert error.get("message") == r"2 images could not be used: esc\x1b.png, bad\udcff.png"
