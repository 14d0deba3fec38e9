"""One reader of label tables: ``attack`` and ``evaluate`` take the same ones."""

import csv
import json
import shutil
from pathlib import Path

import percept_adv_models
import pytest

DIGITS = percept_adv_models.dataset_path("mnist-sample")
TABLES = Path(__file__).parent.parent / "data" / "labels"
FILES = {"00000.png": 7, "00013.png": 0, "00026.png": 7, "00039.png": 1}
NAMES = "\n".join(f"digit {number}" for number in range(10))
OPTIONS = {
    "bom": [], "semi": [], "subdir": [], "onebased": ["--label-offset", "1"],
    "names": ["--class-names", "names.txt"],
}  # fmt: skip


@pytest.fixture
def digits(tmp_path):
    """Four digits in a folder ``img``."""
    (tmp_path / "img").mkdir()
    for name in FILES:
        shutil.copy(DIGITS / name, tmp_path / "img")
    (tmp_path / "names.txt").write_text(NAMES)
    return tmp_path


def attack(digits, *options):
    return [
        "attack", "c4", digits / "img", "-o", digits / "out", "--attack", "fgsm", "--json",
        "--quiet", *options,
    ]  # fmt: skip


def evaluate(digits, dataset, *options):
    return [
        "evaluate", "c4", dataset, "-o", digits / "run", "--attacks", "fgsm", "--eps", "fgsm=0.1",
        "--quiet", *options,
    ]  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_both_commands_read_the_same_tables(name, digits, percept_adv_here, monkeypatch):
    monkeypatch.chdir(digits)
    options = ["--labels", TABLES / f"{name}.csv", *OPTIONS[name]]
    done = percept_adv_here(*attack(digits, *options))
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert {Path(record["file"]).name: record["label"] for record in records} == FILES
    done = percept_adv_here(*evaluate(digits, digits / "img", *options))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((digits / "run" / "tables" / "images.csv").open()))
    assert {Path(row["file"]).name: int(row["label"].split()[0]) for row in rows} == FILES
    if name == "names":
        assert rows[0]["label"] == "7 digit 7"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("dupconflict.csv", "00000.png the class 7 in line 2 and 5 in line 3"),
        ("names.csv", "'digit 7' is no class of the model"),
        ("none.csv", "No such file or directory; a table needs a column file"),
    ],
)
def test_a_broken_table_is_usage(table, told, digits, percept_adv_here):
    for command in (
        attack(digits, "--labels", TABLES / table),
        evaluate(digits, digits / "img", "--labels", TABLES / table),
        attack(digits, "--targets", TABLES / table),
    ):
        done = percept_adv_here(*command)
        assert done.returncode == 2
        assert told in done.stderr
        assert not (digits / "out").exists()
        assert not (digits / "run").exists()


def test_two_images_of_one_name_keep_their_own_labels(tmp_path, percept_adv_here):
    for folder, file in (("one", "00000.png"), ("two", "00013.png")):
        (tmp_path / folder).mkdir()
        shutil.copy(DIGITS / file, tmp_path / folder / "a.png")
    (tmp_path / "labels.csv").write_text("file,label\none/a.png,7\ntwo/a.png,0\n")
    common = ["--attack", "fgsm", "--json", "--quiet"]
    done = percept_adv_here(
        "attack", "c4", tmp_path, "-o", tmp_path / "out", *common,
        "--labels", tmp_path / "labels.csv",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["label_before"] for record in records] == [7, 0]
    assert not any(record["already_misclassified"] for record in records)
    (tmp_path / "one" / "labels.csv").write_text("file,label\na.png,7\n")
    done = percept_adv_here(
        "attack", "c4", tmp_path / "one", tmp_path / "two", "-o", tmp_path / "second", *common,
        "--labels", tmp_path / "one" / "labels.csv",
    )  # fmt: skip
    assert done.returncode != 0


def test_a_shift_is_hinted_at_and_a_folder_a_class_is_enough(digits, percept_adv_here):
    done = percept_adv_here(*evaluate(digits, digits / "img", "--labels", TABLES / "onebased.csv"))
    assert "Give --label-offset 1" in done.stderr
    done = percept_adv_here(*attack(digits, "--labels", TABLES / "onebased.csv"))
    assert "Give --label-offset 1" in done.stderr
    for file, label in FILES.items():
        folder = digits / "classes" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(DIGITS / file, folder)
    shutil.rmtree(digits / "run")
    done = percept_adv_here(*evaluate(digits, digits / "classes"))
    assert done.returncode == 0, done.stderr
    rows = csv.DictReader((digits / "run" / "tables" / "images.csv").open())
    assert {Path(row["file"]).name: int(row["label"].split()[0]) for row in rows} == FILES


@pytest.mark.parametrize("command", ["attack", "evaluate"])
def test_a_model_or_data_set_that_is_not_there_is_usage(command, digits, percept_adv_here):
    arguments = {"attack": attack, "evaluate": lambda d: evaluate(d, d / "img")}[command](digits)
    arguments[1] = "c5"
    done = percept_adv_here(*arguments)
    if command == "evaluate":
        assert "labels.csv" in done.stderr
        (digits / "img" / "labels.csv").write_text("file,label\n00000.png,7\n")
        done = percept_adv_here(*arguments)
    assert done.returncode == 2
    assert "c5: no such file, and no bundled model" in done.stderr
    done = percept_adv_here(*evaluate(digits, digits / "nowhere"))
    assert done.returncode == 2
    assert "no such folder, and no bundled data set" in done.stderr


def test_a_target_may_be_named(digits, percept_adv_here):
    names = ["--class-names", digits / "names.txt"]
    done = percept_adv_here(*attack(digits, *names, "--target", "digit 3"))
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["target"] for line in done.stdout.splitlines()} == {3}
    done = percept_adv_here(*attack(digits, "--target", "11"))
    assert done.returncode == 2
    assert "--target 11 is no class: the model has 10, numbered 0 to 9" in done.stderr
