"""Which files of folders are taken, what is said of the others, and how results are called."""

import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from percept_adv.errors import ImageError, ParameterError
from percept_adv.images import content, encode_png, find_images, read_image, search_images
from percept_adv.images.naming import unique_names


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def names_of(search):
    return sorted(str(found.relative) for found in search.images)


def test_a_folder_is_mirrored_and_strangers_are_counted(tmp_path):
    touch(tmp_path, "b.PNG", "sub/a.tif", "notes.txt", "c.txt", "README", ".hidden/c.png", ".d.png")
    search = search_images([tmp_path])
    assert [str(found.relative) for found in search.images] == ["b.PNG", "sub/a.tif"]
    assert search.images[1].path == tmp_path / "sub" / "a.tif"
    assert search.left_out == {".txt": 2, "without suffix": 1}
    assert search.left_out_note() == ("3 files left out as no images: 2 .txt, 1 without suffix")


@pytest.mark.parametrize(
    "suffix",
    [".avif", ".jfif", ".tga", ".pnm", ".jpe", ".dib", ".j2k", ".apng", ".pfm", ".jxl", ".heic"],
)
def test_every_suffix_of_a_format_that_is_read_is_taken(tmp_path, suffix):
    touch(tmp_path, f"a{suffix}", f"b{suffix.upper()}")
    assert len(search_images([tmp_path]).images) == 2


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "webp", "tiff", "ppm", "avif"])
def test_content_tells_where_the_name_does_not(tmp_path, kind):
    picture = Pillow.fromarray(np.zeros((9, 9, 3), np.uint8))
    picture.save(tmp_path / "photo", format=kind)
    shutil.copy(tmp_path / "photo", tmp_path / "photo.2024-05")
    for text in ("#define WIDTH 3\n", "BM is the name of a shop\n", "P1 stands for plan one\n"):
        (tmp_path / f"{text[1]}.txt").write_text(text)
    search = search_images([tmp_path])
    assert names_of(search) == ["photo", "photo.2024-05"]
    assert search.left_out == {".txt": 3}


def test_files_are_taken_whatever_their_name_and_once(tmp_path):
    touch(tmp_path, "odd.xyz", "a.png")
    found = find_images([tmp_path / "odd.xyz", tmp_path, tmp_path / "a.png"])
    assert [str(relative) for _, relative in found] == ["odd.xyz", "a.png"]


def test_the_output_inside_is_not_searched_and_the_folder_itself_is_refused(tmp_path):
    touch(tmp_path, "a.png", "out/a.png", "out/deep/b.png", "output/c.png")
    assert names_of(search_images([tmp_path], output=tmp_path / "out")) == ["a.png", "output/c.png"]
    with pytest.raises(ParameterError, match="OUT is the folder"):
        search_images([tmp_path], output=tmp_path / "out" / "..")


def test_links_to_folders_are_followed_once(tmp_path):
    touch(tmp_path, "in/a.png", "elsewhere/b.png")
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    search = search_images([tmp_path / "in"])
    assert names_of(search) == ["a.png", "linked/b.png"]
    assert search.left_out == {"broken link": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_without_a_writer_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "_PATIENCE", 0.1)
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageError, match=r"a\.png is a pipe that nothing wrote to"):
        read_image(tmp_path / "a.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("pause", [0, 0.2])
def test_a_pipe_is_read_to_its_end(tmp_path, pause):
    """Also of a writer that comes late, or that writes late."""
    os.mkfifo(tmp_path / "a.png")
    image = encode_png(np.random.default_rng(0).random((200, 300, 3)))

    def write():
        time.sleep(pause)
        with (tmp_path / "a.png").open("wb") as stream:
            time.sleep(pause)
            stream.write(image)

    writer = threading.Thread(target=write)
    writer.start()
    assert read_image(tmp_path / "a.png").samples.shape == (200, 300, 3)
    writer.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_in_folders_are_left_out(tmp_path):
    touch(tmp_path, "a.png")
    os.mkfifo(tmp_path / "b.png")
    search = search_images([tmp_path])
    assert names_of(search) == ["a.png"]
    assert search.left_out == {"pipe": 1}


def test_folders_that_cannot_be_looked_into_are_told(tmp_path, monkeypatch):
    """Root may look into any folder, so the refusal is made here."""
    touch(tmp_path, "a.png", "closed/b.png")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    search = search_images([tmp_path])
    assert names_of(search) == ["a.png"]
    assert len(search.unreadable) == 1
    assert "closed: Permission denied" in search.unreadable[0]
    with pytest.raises(ImageError, match="Permission denied"):
        search_images([tmp_path / "closed"])


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(ImageError, match=r"holds no image$"):
        find_images([tmp_path])
    touch(tmp_path, "a.txt")
    with pytest.raises(ImageError, match=r"1 file left out as no images: 1 \.txt"):
        find_images([tmp_path])
    with pytest.raises(ImageError, match="does not exist"):
        find_images([tmp_path / "none"])


def named(*relatives, companions=(), folder="in"):
    images = [(Path("/", folder, name), Path(name)) for name in relatives]
    return [str(name) for name in unique_names(images, companions)]


def test_names_that_differ_in_their_suffix_only_stay_apart():
    assert named("cat.jpg", "cat.png", "dog.png") == ["cat_jpg.jpg", "cat_png.png", "dog.png"]
    assert named("a.jpg", "a.png", "a_jpg.png") == ["a_2.jpg", "a_png.png", "a_jpg.png"]
    assert named("A.png", "a.jpg") == ["A_png.png", "a_jpg.jpg"]


def test_files_of_one_name_are_called_after_their_folders():
    images = [(Path("/x/a.png"), Path("a.png")), (Path("/y/a.png"), Path("a.png"))]
    assert list(map(str, unique_names(images))) == ["x_a.png", "y_a.png"]
    images.append((Path("/z/x/a.png"), Path("a.png")))
    assert list(map(str, unique_names(images))) == ["x_a.png", "y_a.png", "a_2.png"]


def test_what_results_add_to_names_is_kept_free():
    assert named("cat.png", "cat_reference.png", companions=["_reference"]) == [
        "cat.png", "cat_reference_png.png",
    ]  # fmt: skip


def test_long_names_leave_room_for_suffixes():
    names = named(f"{'a' * 251}.png", f"{'a' * 250}b.png", f"{'é' * 125}.png")
    assert len(set(names)) == 3
    assert all(len(os.fsencode(name)) <= 230 for name in names)


STEMS = st.text(st.sampled_from("aAbé_2./"), min_size=1, max_size=6).filter(
    lambda text: all(part.strip(".") for part in text.split("/"))
)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["x", "y"]), STEMS, st.sampled_from(["", ".png", ".jpg"])),
        unique=True,
    )
)
def test_no_two_results_share_a_name(files):
    images = [(Path("/", root, stem + suffix), Path(stem + suffix)) for root, stem, suffix in files]
    results = [
        str(name.with_suffix(ending)).casefold()
        for name in unique_names(images, ("_reference",))
        for ending in (".png",)
    ]
    assert len(set(results)) == len(images)
