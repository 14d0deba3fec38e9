"""What the server answers: tiles equal to the library's own results."""

import io
import json
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from percept_adv import magnify
from percept_adv.errors import ShapeError
from percept_adv.images import read_image, write_png
from percept_adv.magnification import describe_signal, flat_areas, viewing_range
from percept_adv.views import FURTHER_VIEWS


def picture(answer):
    assert answer.status_code == 200, answer.text
    decoded = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    return decoded if decoded.ndim == 2 else decoded[:, :, ::-1]


def finished(client):
    client.overview.start()
    for _ in range(600):
        changes = client.get("changes.json").json()
        if changes["finished"]:
            return {scene["name"]: scene for scene in changes["scenes"]}
        time.sleep(0.1)
    raise AssertionError("the overview does not end")


PARAMETERS = "beta=0.5&domain_sigma=3&range_sigma=0.1&gain=1.4"


def expected_picture(image, channel=None):
    signal = magnify(image, beta=0.5, domain_sigma=3, range_sigma=0.1)
    signal = signal if channel is None else signal[:, :, channel]
    return viewing_range([signal], "fixed", gain=1.4).render_8bit(signal)


def test_a_tile_is_what_magnify_makes(page_of, folder, photo):
    client = page_of(folder / "a.png")
    shown = picture(client.get(f"tiles/0/image/magnified/0/0-0.bmp?{PARAMETERS}"))
    difference = np.abs(shown.astype(int) - expected_picture(photo))
    assert difference.max() <= 1
    red = picture(client.get(f"tiles/0/image/magnified/0/0-0.bmp?{PARAMETERS}&channel=red"))
    assert np.abs(red.astype(int) - expected_picture(photo, 0)).max() <= 1


def test_tiles_of_a_large_image_fit_together_before_and_after_the_whole_is_there(page_of, folder):
    path = folder / "large.png"
    client = page_of(path)
    image = read_image(path).as_float(np.float32)
    expected = expected_picture(image)

    def whole():
        rows = [
            np.hstack([
                picture(client.get(f"tiles/0/image/magnified/0/{column}-{row}.bmp?{PARAMETERS}"))
                for column in range(2)
            ])
            for row in range(2)
        ]  # fmt: skip
        return np.vstack(rows)

    first = whole()
    assert first.shape == expected.shape
    assert np.abs(first.astype(int) - expected).max() <= 1
    ready = client.get(f"ready/0/image/magnified?{PARAMETERS}").json()
    assert ready == {"state": "ready", "width": image.shape[1], "height": image.shape[0]}
    np.testing.assert_allclose(whole().astype(int), expected, atol=1)
    half = picture(client.get(f"tiles/0/image/magnified/1/0-0.bmp?{PARAMETERS}"))
    assert half.shape[:2] == (image.shape[0] // 2, image.shape[1] // 2)
    blocks = magnify(image, beta=0.5, domain_sigma=3, range_sigma=0.1)
    blocks = blocks.reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(
        half.astype(int), np.rint(255 * np.clip(0.5 + 1.4 * blocks / 3, 0, 1)), atol=1
    )


@pytest.mark.parametrize(
    "view", ["high_pass", "local_variance", "bit_0", "spectrum", "error_level"]
)
def test_further_views_are_those_of_the_library(page_of, folder, photo, view):
    client = page_of(folder / "a.png")
    shown = picture(client.get(f"tiles/0/image/{view}/0/0-0.bmp?view_gain=2"))
    expected = FURTHER_VIEWS[view].shade(FURTHER_VIEWS[view].compute(photo), 2)
    assert np.abs(shown - np.rint(255 * expected)).max() <= 1


def test_the_list_learns_what_magnify_reports_and_names_what_is_broken(page_of, folder, photo):
    scenes = finished(page_of(folder))
    assert scenes["a.png"]["width"] == 96
    signal = magnify(photo)
    described = describe_signal(
        signal, (0.0, 0.0, 0.0), flat=flat_areas(read_image(folder / "a.png").samples)
    )
    assert scenes["a.png"]["statistics"]["rms_flat"] == pytest.approx(described.rms_flat, rel=1e-3)
    assert scenes["deep.png"]["bit_depth"] == 16
    for name in ("truncated.png", "bomb.png"):
        assert name in scenes[name]["error"]
        assert str(folder) not in scenes[name]["error"]
    assert all(scenes[name]["error"] is None for name in ("a.png", "large.png", "deep.png"))


def test_a_broken_image_does_not_end_the_server(page_of, folder):
    client = page_of(folder)
    names = [scene["name"] for scene in client.get("manifest.json").json()["scenes"]]
    for name in ("truncated.png", "bomb.png"):
        answer = client.get(f"tiles/{names.index(name)}/image/stored/0/0-0.bmp")
        assert answer.status_code == 422
        assert name in answer.text
    assert client.get(f"tiles/{names.index('a.png')}/image/stored/0/0-0.bmp").status_code == 200


def test_difference_and_values_need_a_reference_of_one_size(page_of, folder, tmp_path, photo):
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 0.02, photo.shape), 0, 1)
    write_png(tmp_path / "noisy.png", noisy)
    client = page_of(tmp_path / "noisy.png", reference=folder / "a.png")
    stored = read_image(tmp_path / "noisy.png").pixels
    shown = picture(client.get("tiles/0/image/difference/0/0-0.bmp?difference_gain=5"))
    expected = np.rint(
        255 * np.clip(0.5 + 5 * (stored - read_image(folder / "a.png").pixels), 0, 1)
    )
    assert np.abs(shown - expected).max() <= 1
    image, reference = client.get("values/0/7-11?beta=0.5").json()
    assert image["subject"] == "image"
    assert image["stored"] == read_image(tmp_path / "noisy.png").samples[11, 7].tolist()
    np.testing.assert_allclose(
        image["magnified"], magnify(stored.astype(np.float32), beta=0.5)[11, 7], atol=2e-4
    )
    np.testing.assert_allclose(image["difference"], stored[11, 7] - photo[11, 7], atol=2e-3)
    assert reference["stored"] == read_image(folder / "a.png").samples[11, 7].tolist()
    assert client.get("values/0/96-0").json() == []
    other = page_of(tmp_path / "noisy.png", reference=folder / "deep.png")
    answer = other.get("tiles/0/image/difference/0/0-0.bmp")
    assert answer.status_code == 422
    assert "differ in size" in answer.text
    scene = finished(other)["noisy.png"]
    assert scene["error"] is None
    assert [one["id"] for one in scene["subjects"]] == ["image"]
    assert "reference is not shown: it has 50 x 40 pixels, image 96 x 96" in scene["warnings"]


def test_an_image_is_shown_without_the_reference_that_is_missing(page_of, folder, tmp_path):
    (tmp_path / "clean").mkdir()
    client = page_of(folder / "a.png", folder / "truncated.png", reference=tmp_path / "clean")
    scenes = finished(client)
    assert "cannot read" in scenes["a.png"]["warnings"][0]
    assert scenes["a.png"]["statistics"]["rms_flat"] > 0
    assert [one["stored"] for one in client.get("values/0/3-4").json()] == [
        read_image(folder / "a.png").samples[4, 3].tolist()
    ]
    assert "truncated.png" in scenes["truncated.png"]["error"]


def test_a_grey_reference_is_shown_without_a_difference(page_of, folder, tmp_path, photo):
    write_png(tmp_path / "grey.png", photo[:, :, 0])
    scene = finished(page_of(folder / "a.png", reference=tmp_path / "grey.png"))["a.png"]
    assert [one["reference"] for one in scene["subjects"]] == [False, False]
    assert "one is grey" in scene["warnings"][0]


def test_transparent_pixels_are_told_of(page_of, tmp_path):
    samples = np.full((40, 50, 4), 255, np.uint8)
    samples[:9, :, 3] = 0
    cv2.imwrite(str(tmp_path / "alpha.png"), samples)
    assert "transparent" in finished(page_of(tmp_path / "alpha.png"))["alpha.png"]["warnings"][0]


def test_notes_name_the_picture_that_they_are_true_of(page_of, folder, tmp_path):
    cv2.imwrite(str(tmp_path / "clean.jpg"), cv2.imread(str(folder / "a.png")))
    scene = finished(page_of(folder / "a.png", reference=tmp_path / "clean.jpg"))["a.png"]
    (note,) = scene["warnings"]
    assert note.startswith("reference: JPEG")


def test_an_image_that_the_model_does_not_take_can_be_looked_at(page_of, folder):
    def score(path):
        if path.name == "deep.png":
            raise ShapeError(f"{path} is grey")
        return {"smallest_quantile": 0.5}

    scenes = finished(page_of(folder / "a.png", folder / "deep.png", scores=score))
    assert scenes["a.png"]["statistics"]["smallest_quantile"] == 0.5
    assert scenes["deep.png"]["error"] is None
    assert scenes["deep.png"]["warnings"] == ["no quantiles: deep.png is grey"]
    assert scenes["deep.png"]["statistics"]["rms_flat"] > 0


def test_a_file_that_changes_or_goes_is_told_of(page_of, folder, photo):
    client = page_of(folder / "a.png", folder / "deep.png")
    finished(client)
    write_png(folder / "a.png", photo[::-1])
    (folder / "deep.png").unlink()
    for scene, reason in enumerate(("has changed", "is gone")):
        for address in (f"tiles/{scene}/image/magnified/0/0-0.bmp", f"values/{scene}/3-4"):
            answer = client.get(address)
            assert answer.status_code == 422
            assert reason in answer.text
        assert client.get(f"downloads/{scene}/image/parameters.json").status_code == 422


def test_downloads_are_the_results_and_what_made_them(page_of, folder, photo):
    client = page_of(folder / "a.png")
    shown = picture(client.get(f"downloads/0/image/magnified.png?{PARAMETERS}"))
    np.testing.assert_allclose(shown.astype(int), expected_picture(photo), atol=1)
    values = np.load(
        io.BytesIO(client.get(f"downloads/0/image/magnified.npy?{PARAMETERS}").content)
    )
    np.testing.assert_allclose(
        values, magnify(photo, beta=0.5, domain_sigma=3, range_sigma=0.1), atol=1e-4
    )
    answer = client.get(f"downloads/0/image/parameters.json?{PARAMETERS}")
    assert "attachment" in answer.headers["content-disposition"]
    record = json.loads(answer.content)
    assert record["parameters"]["range_sigma"] == 0.1
    assert str(folder / "a.png") in record["command"]


def test_the_command_of_a_download_makes_the_same(page_of, tmp_path, photo):
    write_png(tmp_path / "it's 50% #1.png", photo)
    client = page_of(tmp_path / "it's 50% #1.png")
    record = client.get(f"downloads/0/image/parameters.json?{PARAMETERS}").json()
    command = [Path(sys.executable).with_name("percept-adv"), *shlex.split(record["command"])[1:]]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, timeout=120)
    shown = picture(client.get(f"downloads/0/image/magnified.png?{PARAMETERS}"))
    made = read_image(tmp_path / "OUT.png").samples
    assert np.abs(shown.astype(int) - made).max() <= 1


def test_attacks_of_folders_with_one_name_can_be_shown(page_of, attack_folder, tmp_path):
    folders = [tmp_path / "one" / "ddn", tmp_path / "two" / "ddn"]
    for folder, size in zip(folders, (0.004, 0.05), strict=True):
        shutil.copytree(attack_folder("ddn", size), folder)
    client = page_of(*folders, reference=tmp_path / "originals")
    (scene,) = client.get("manifest.json").json()["scenes"]
    for subject in scene["subjects"]:
        assert client.get(f"tiles/0/{subject['id']}/stored/0/0-0.bmp").status_code == 200


def test_attacks_without_their_originals_are_shown_with_a_note(page_of, attack_folder, tmp_path):
    client = page_of(attack_folder("ddn", 0.02), reference=tmp_path)
    scene = finished(client)["a.png"]
    assert [one["label"] for one in scene["subjects"]] == ["ddn"]
    assert scene["warnings"][0].startswith("original is not shown: cannot read")


def test_histograms_count_what_is_shown(page_of, folder):
    client = page_of(folder / "a.png")
    counts = client.get("histogram/0/image/stored").json()["counts"]
    samples = read_image(folder / "a.png").samples
    expected = [np.histogram(samples[:, :, c], 64, (0, 256))[0].tolist() for c in range(3)]
    assert counts == expected


def test_attacks_on_one_image_stand_together(page_of, attack_folder, tmp_path):
    folders = attack_folder("weak", 0.004), attack_folder("strong", 0.05, success=False)
    client = page_of(*folders, reference=tmp_path / "originals")
    manifest = client.get("manifest.json").json()
    assert manifest["arrangement"] == "attacks"
    (scene,) = manifest["scenes"]
    assert [one["label"] for one in scene["subjects"]] == ["original", "weak", "strong"]
    assert scene["subjects"][1]["facts"]["class after"] == "suit, 60\N{NO-BREAK SPACE}%"
    assert scene["subjects"][2]["facts"]["success"] is False
    assert "/elsewhere" not in json.dumps(manifest)
    gain = finished(client)["a.png"]["difference_gain"]
    assert 2 <= gain <= 10


def test_a_jpeg_stands_beside_the_png_of_another_attack_and_its_original(
    page_of, attack_folder, tmp_path
):
    png, jpeg = attack_folder("ddn", 0.02), attack_folder("ddn_jpeg", 0.02)
    cv2.imwrite(str(jpeg / "a.jpg"), cv2.imread(str(jpeg / "a.png")))
    (jpeg / "a.png").unlink()
    record = json.loads((jpeg / "a.json").read_text()) | {"output": "/elsewhere/a.jpg"}
    (jpeg / "a.json").write_text(json.dumps(record))
    for reference in (tmp_path / "originals", tmp_path / "originals" / "a.png"):
        (scene,) = finished(page_of(png, jpeg, reference=reference)).values()
        assert [one["label"] for one in scene["subjects"]] == ["original", "ddn", "ddn_jpeg"]


def test_what_is_urgent_is_not_kept_waiting_by_the_whole_image(page_of, folder):
    path = folder / "large.png"
    client = page_of(path)
    slow = "beta=0.8&domain_sigma=18&range_sigma=0.1&gain=1"
    answers = []
    whole = threading.Thread(
        target=lambda: answers.append(
            client.get(f"ready/0/image/magnified?{slow}&page=p&turn=1").json()
        )
    )
    whole.start()
    time.sleep(0.3)
    # Other sigmas of the same page: its region is answered, and the older whole is given up.
    address = f"regions/0/image/magnified/0/100-200-460-520.bmp?{PARAMETERS}&page=p&pane=0&turn=2"
    shown = picture(client.get(address))
    whole.join(timeout=30)
    assert answers == [{"state": "superseded"}]
    expected = expected_picture(read_image(path).as_float(np.float32))[200:520, 100:460]
    assert np.abs(shown.astype(int) - expected).max() <= 1


def test_views_without_sigmas_do_not_end_the_magnification(page_of, folder):
    client = page_of(folder / "a.png")
    region = client.get("regions/0/image/stored/0/0-0-20-20.bmp?channel=red&page=p&pane=0&turn=9")
    np.testing.assert_array_equal(
        picture(region), read_image(folder / "a.png").samples[:20, :20, 0]
    )
    whole = client.get(f"ready/0/image/magnified?{PARAMETERS}&page=p&turn=8")
    assert whole.json()["state"] == "ready"


def test_regions_are_parts_of_the_whole_on_all_levels_and_nothing_beyond(page_of, folder):
    client = page_of(folder / "large.png")
    width = 768
    client.get(f"ready/0/image/magnified?{PARAMETERS}")
    for level in (0, 1):
        tile = picture(client.get(f"tiles/0/image/magnified/{level}/0-0.bmp?{PARAMETERS}"))
        part = picture(
            client.get(f"regions/0/image/magnified/{level}/50-60-300-333.bmp?{PARAMETERS}")
        )
        np.testing.assert_array_equal(part, tile[60:333, 50:300])
    beyond = picture(client.get(f"regions/0/image/stored/0/{width - 9}-0-9999-9999.bmp"))
    np.testing.assert_array_equal(beyond, read_image(folder / "large.png").samples[:, width - 9 :])
    for nothing in (f"{width}-0-9999-9", "9-0-9-9", "9-7-20-3"):
        assert client.get(f"regions/0/image/magnified/0/{nothing}.bmp").status_code == 404
