"""What made an output: matches are kept, all else is refused with what differs."""

import json
import pickle

import pytest

from percept_adv.errors import ExistingOutputError, OutputError
from percept_adv.provenance import Origin, Output, record_beside

MADE = Origin("magnify", {"image": "ab", "reference": "cd"}, {"gain": 1.0, "crop": (1, 2, 3, 4)})


@pytest.fixture
def result(tmp_path):
    """A result of two files."""
    output = Output.beside(MADE, tmp_path / "out" / "a.png", tmp_path / "out" / "b.png")
    output.write({"rms": 0.5}, *(lambda part: part.write_bytes(b"picture"),) * 2)
    return output


def again(result, **changes):
    fields = {name: getattr(MADE, name) for name in ("command", "inputs", "parameters", "version")}
    return Output(result.files, result.record, Origin(**{**fields, **changes}))


def test_what_the_same_origin_made_is_kept(result):
    record = again(result).kept()
    assert record["rms"] == 0.5
    assert record["made_by"]["parameters"] == {"gain": 1.0, "crop": [1, 2, 3, 4]}
    assert json.loads(result.record.read_text()) == record
    assert {path.name for path in result.record.parent.iterdir()} == {"a.png", "b.png", "a.json"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"parameters": {"gain": 4.0, "crop": (1, 2, 3, 4)}}, "gain was 1, now 4"),
        ({"parameters": {"gain": 1.0, "crop": None}}, "crop was 1 2 3 4, now not given"),
        ({"parameters": {**MADE.parameters, "new": True}}, "new was not given, now yes"),
        ({"inputs": {"image": "ef", "reference": "cd"}}, "another image"),
        ({"inputs": {"image": "ab"}}, "another reference"),
        ({"version": "99"}, "version was"),
        ({"command": "smooth"}, "command was magnify, now smooth"),
    ],
)
def test_another_origin_is_refused_with_what_differs(result, changes, told):
    with pytest.raises(ExistingOutputError, match="--overwrite") as caught:
        again(result, **changes).kept()
    assert told in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_lost_file_is_made_again_and_a_changed_one_refused(result):
    first, second = result.files
    second.unlink()
    assert again(result).kept() is None
    second.write_bytes(b"retouched")
    with pytest.raises(ExistingOutputError, match=r"b\.png.*changed after it was made"):
        again(result).kept()
    first.unlink()
    second.unlink()
    assert again(result, command="smooth").kept() is None


def test_files_of_somebody_else_are_refused(tmp_path):
    output = Output.beside(MADE, tmp_path / "a.png")
    assert output.kept() is None
    output.files[0].write_bytes(b"mine")
    with pytest.raises(ExistingOutputError, match="no record"):
        output.kept()
    output.files[0].unlink()
    for mine in ('{"labels": []}', "[1]", "not JSON", '{"made_by": {"files": 3}}'):
        output.record.write_text(mine)
        with pytest.raises(ExistingOutputError, match=r"a\.json.*no record"):
            output.kept()
        output.record.unlink()
    output.files[0].mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        output.kept()


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    output = Output.beside(MADE, tmp_path / "a.png", tmp_path / "b.png")

    def fail(part):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        output.write({}, lambda part: part.write_bytes(b"whole"), fail)
    assert list(tmp_path.iterdir()) == []


def test_a_record_without_its_file_is_an_unfinished_result(tmp_path, monkeypatch):
    """The record comes first: what was cut off behind it is made again, not refused."""
    output = Output.beside(MADE, tmp_path / "a.png")
    monkeypatch.setattr("pathlib.Path.replace", _replace_records_only)
    with pytest.raises(OutputError):
        output.write({}, lambda part: part.write_bytes(b"whole"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    monkeypatch.undo()
    assert output.kept() is None
    output.write({}, lambda part: part.write_bytes(b"whole"))
    assert output.kept() is not None


def _replace_records_only(path, target):
    if target.suffix != ".json":
        raise OSError(5, "power failure")
    path.rename(target)


def test_the_record_lies_beside_the_result(tmp_path):
    assert record_beside(tmp_path / "a.png") == tmp_path / "a.json"
    assert record_beside(tmp_path / "a.npy") == tmp_path / "a.npy.json"


def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path):
    files = tmp_path / "a" / "original.png", tmp_path / "b" / "original.png"
    output = Output(files, tmp_path / "all.json", MADE)
    writers = [lambda part, text=name: part.write_bytes(text) for name in (b"first", b"second")]
    record = output.write({}, *writers)
    assert set(record["made_by"]["files"]) == {"a/original.png", "b/original.png"}
    assert output.kept() == record
    files[0].write_bytes(b"second")
    with pytest.raises(ExistingOutputError, match=r"a.original\.png.*changed after it was made"):
        output.kept()
