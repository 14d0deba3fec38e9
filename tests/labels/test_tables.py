"""Label tables as spreadsheets and people write them."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from percept_adv.errors import InputError, TableError
from percept_adv.images import write_png
from percept_adv.labels import (
    TARGET_COLUMNS,
    Classes,
    assign_classes,
    offset_hint,
    read_class_folders,
    read_class_names,
    read_table,
)

TEN = Classes(10)
ROWS = [("00000.png", "7"), ("img/00013.png", "0"), ("ä b.png", "9")]


def rows(path, **kwargs):
    return [(row.file, row.label) for row in read_table(path, **kwargs).rows]


def written(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "labels.csv"
    path.write_bytes(content.encode(encoding))
    return path


def lines(head, delimiter, end):
    return end.join(delimiter.join(row) for row in [head, *ROWS]) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "head", [("file", "label"), ("File", "Class"), ("image_path", "True Label")]
)
def test_every_spelling_is_the_same_table(tmp_path, delimiter, end, encoding, head):
    assert rows(written(tmp_path, lines(head, delimiter, end), encoding)) == ROWS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a.png,7\nb.png,8\n", [("a.png", "7"), ("b.png", "8")]),
        ("a.png 7\nb.png 8\n", [("a.png", "7"), ("b.png", "8")]),
        ("file,label\n\n a.png , 7 \n,\n", [("a.png", "7")]),
        ("file,label\n./img\\a.png,7\n", [("img/a.png", "7")]),
        ("number,label,file\n1,7,a.png\n", [("a.png", "7")]),
        ('"file","label"\n"a, b.png","crane, bird"\n', [("a, b.png", "crane, bird")]),
        ("ImageId,URL,TrueLabel,TargetClass\na,http,1,2\n", [("a", "1")]),
    ],
)
def test_headings_and_cells(tmp_path, content, expected):
    assert rows(written(tmp_path, content)) == expected


def test_targets_have_a_column_of_their_own(tmp_path):
    path = written(tmp_path, "file,label,target\na.png,1,2\n")
    assert rows(path) == [("a.png", "1")]
    assert rows(path, columns=TARGET_COLUMNS) == [("a.png", "2")]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(categories=["L", "N"], codec="utf-8"), min_size=1).map(
                lambda stem: stem + ".png"
            ),
            st.text(st.characters(categories=["L", "N", "P"], codec="utf-8"), min_size=1),
        )
    ),
    st.sampled_from(",;\t"),
)
def test_what_a_spreadsheet_writes_is_read(tmp_path_factory, table, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("file", "label"), *table])
    path = tmp_path_factory.mktemp("table") / "labels.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert rows(path) == table


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "line 1 has a, b"),
        (b"file,label\na.png\n", "line 2 has a.png: it lacks"),
        (b"file,label\n\xff\xfeab\n", "no UTF-8"),
        (None, "No such file.*column file and a column label"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path, content, told):
    path = tmp_path / "labels.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TableError, match=told) as error:
        read_table(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("7.0", 7), (" 7", 7), ("7,0", 7), ("+7", 7)]
)
def test_numbers_as_spreadsheets_write_them(text, number):
    assert TEN.number(text) == number


def test_names_synonyms_and_offsets():
    names = Classes(4, ["tench, Tinca tinca", "crane", "Cat", "crane"])
    assert names.number("tinca tinca") == 0
    assert names.number("CAT") == 2
    with pytest.raises(TableError, match="the classes 1, 3"):
        names.number("crane")
    with pytest.raises(TableError, match=r"called 'tench, Tinca tinca', 'crane'.*--class-names"):
        names.number("dog")
    with pytest.raises(TableError, match="no class names: give them"):
        TEN.number("seven")
    assert Classes(10, offset=1).number("10") == 9
    with pytest.raises(TableError, match=r"numbered 0 to 9; .* give --label-offset 1"):
        TEN.number("10")
    with pytest.raises(TableError, match="--label-offset 1: the model has 10, numbered 1 to 10"):
        Classes(10, offset=1).number("0")


@pytest.mark.parametrize(
    "text", ["a\nb\n\n", '["a", "b"]', '{"1": "b", "0": "a"}', "\ufeffa\r\nb\r\n"]
)
def test_class_names(tmp_path, text):
    (tmp_path / "names.txt").write_text(text, encoding="utf-8")
    assert read_class_names(tmp_path / "names.txt") == ["a", "b"]
    with pytest.raises(TableError, match="cannot be read as class names"):
        read_class_names(tmp_path / "none.txt")


def assigned(table, images):
    return assign_classes(read_table(table), images, TEN, what="label", option="--labels")


def test_paths_come_before_names(tmp_path):
    one, two = tmp_path / "one" / "a.png", tmp_path / "two" / "a.png"
    table = written(tmp_path, "file,label\none/a.png,1\ntwo/a.png,2\n")
    found = assigned(table, [two, one])
    assert (found.of(one), found.of(two)) == (1, 2)


def test_one_line_is_never_for_two_images(tmp_path):
    one, two = tmp_path / "one" / "a.png", tmp_path / "two" / "a.png"
    found = assigned(written(tmp_path, "file,label\na.png,1\n"), [one, two])
    for image in (one, two):
        with pytest.raises(InputError, match=r"the line a\.png of --labels belongs to .* too"):
            found.of(image)
    (tmp_path / "one").mkdir()
    beside = written(tmp_path / "one", "file,label\na.png,1\n")
    found = assigned(beside, [one, two])
    assert found.of(one) == 1
    with pytest.raises(InputError, match="write the folder"):
        found.of(two)
    # A copy elsewhere is that image as long as it is the only one.
    assert assigned(beside, [two]).of(two) == 1


def test_ends_of_paths_and_names_without_extension(tmp_path):
    image = tmp_path / "photos" / "img" / "a.png"
    for file in (
        "img/a.png",
        "photos/img/a.png",
        str(image),
        "a",
        "img/a",
        "photos/../photos/img/a",
    ):
        assert assigned(written(tmp_path, f"file,label\n{file},3\n"), [image]).of(image) == 3
    (tmp_path / "tables").mkdir()
    outside = written(tmp_path / "tables", "file,label\n../photos/img/a.png,4\n")
    assert assigned(outside, [image]).of(image) == 4
    with pytest.raises(InputError, match=r"add a line a\.png,CLASS to --labels"):
        assigned(written(tmp_path, "file,label\nother/a.png,3\n"), [image]).of(image)


def test_duplicates(tmp_path):
    image = tmp_path / "a.png"
    same = written(tmp_path, "file,label\na.png,7\n./a.png,7.0\n")
    assert assigned(same, [image]).of(image) == 7
    with pytest.raises(TableError, match=r"a\.png the class 7 in line 2 and 5 in line 3"):
        assigned(written(tmp_path, "file,label\na.png,7\na.png,5\n"), [image])


def test_folders_stand_for_classes(tmp_path):
    def make(*names):
        for name in names:
            write_png(tmp_path / name / "x" / "a.png", np.zeros((2, 2), np.uint8))
        return read_class_folders(tmp_path)

    def found(classes):
        table = make()
        images = [table.folder / row.file for row in table.rows]
        result = assign_classes(table, images, classes, what="label", option="DATASET")
        return [result.of(image) for image in images]

    make("3", "07")
    assert found(TEN) == [7, 3]
    with pytest.raises(TableError, match="no folders"):
        read_class_folders(tmp_path / "3" / "x")


def test_folders_by_name_or_in_order(tmp_path):
    for name in ("cat", "dog"):
        write_png(tmp_path / name / "a.png", np.zeros((2, 2), np.uint8))
    table = read_class_folders(tmp_path)
    images = [tmp_path / "cat" / "a.png", tmp_path / "dog" / "a.png"]

    def found(classes):
        result = assign_classes(table, images, classes, what="label", option="DATASET")
        return [result.of(image) for image in images]

    assert found(Classes(2, ["dog", "cat"])) == [1, 0]
    assert found(Classes(2)) == [0, 1]
    with pytest.raises(TableError, match=r"cat/a.png: 'cat' is no number"):
        found(TEN)


def test_a_shift_by_one_is_noticed():
    labels = np.arange(8)
    assert offset_hint(labels, labels) is None
    assert "--label-offset 1" in offset_hint(labels, labels + 1)
    assert "--label-offset -1" in offset_hint(labels + 1, labels)
    assert offset_hint(labels * 0, labels) is None
    assert offset_hint(labels[:2], labels[:2] + 1) is None


def test_the_cases(tmp_path):
    cases = Path(__file__).parent.parent / "data" / "labels"
    expected = {"00000.png": 7, "00013.png": 0, "00026.png": 7, "00039.png": 1}
    images = {name: tmp_path / "img" / name for name in expected}
    for name in ("bom", "semi", "subdir", "onebased", "names"):
        table = read_table(cases / f"{name}.csv")
        classes = Classes(10, [f"digit {i}" for i in range(10)], int(name == "onebased"))
        found = assign_classes(table, images.values(), classes, what="label", option="--labels")
        assert {key: found.of(image) for key, image in images.items()} == expected
    with pytest.raises(TableError, match="the class 7 in line 2 and 5 in line 3"):
        assigned(cases / "dupconflict.csv", [])
