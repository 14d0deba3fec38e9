"""A page over some images, without a browser and without a socket."""

import json
from pathlib import Path

import numpy as np
import pytest

from percept_adv.images import read_image, write_png

pytest.importorskip("starlette", reason="needs the extra percept-adv[inspect]")

PHOTO = Path(__file__).parents[1] / "data" / "magnification" / "astronaut96.png"
TOKEN, PORT = "a-token", 8765


@pytest.fixture
def photo():
    return read_image(PHOTO).as_float(np.float32)


@pytest.fixture
def folder(tmp_path, photo):
    """Two photographs, a gray 16-bit one, a truncated file and a bomb."""
    import cv2

    root = tmp_path / "in"
    write_png(root / "a.png", photo)
    write_png(root / "large.png", np.tile(photo, (7, 8, 1)))
    rows = np.linspace(0, 65535, 40 * 50).reshape(40, 50).astype(np.uint16)
    cv2.imwrite(str(root / "deep.png"), rows)
    (root / "truncated.png").write_bytes(PHOTO.read_bytes()[:3000])
    (root / "bomb.png").write_bytes(_bomb())
    (tmp_path / "secret.txt").write_text("secret")
    return root


def _bomb():
    """A PNG of 60000 x 60000 pixels in a few hundred bytes."""
    import struct
    import zlib

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.fixture
def open_page():
    """Return a client of a page over a library."""
    from starlette.testclient import TestClient

    from percept_adv.inspection.application import Site, build_application
    from percept_adv.inspection.overview import Overview
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench

    opened = []

    def start(library, settings=None, scores=None):
        settings = settings or Settings()
        bench = Workbench()
        overview = Overview(library, bench, settings, scores)
        site = Site(library, bench, overview, settings, note="a note")
        application = build_application(site, token=TOKEN, port=PORT)
        client = TestClient(application, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")
        client.overview = overview
        opened.append(overview)
        return client

    yield start
    for overview in opened:
        overview.stop()


@pytest.fixture
def page_of(open_page):
    """Return a client of a page over the images of paths."""
    from percept_adv_cli.inspect.inputs import open_library

    return lambda *paths, reference=None, scores=None: open_page(
        open_library(paths, reference), scores=scores
    )


@pytest.fixture
def attack_folder(tmp_path, photo):
    """What ``percept-adv attack`` leaves of one photograph, and the folder of originals."""

    def write(name, size, *, success=True):
        random = np.random.default_rng(len(name))
        noisy = np.clip(photo + random.normal(0, size, photo.shape), 0, 1)
        root = tmp_path / name
        write_png(root / "a.png", noisy)
        record = {
            "file": "/elsewhere/a.png", "output": "/elsewhere/b.png",
            "attack": name, "success": success,
            "label_before": 1, "label_before_name": "astronaut", "confidence_before": 0.9,
            "label_after": 2, "label_after_name": "suit", "confidence_after": 0.6,
            "stored_l2": 100 * size, "stored_linf": size, "seconds": 1.0, "mad": None,
        }  # fmt: skip
        (root / "a.json").write_text(json.dumps(record))
        write_png(tmp_path / "originals" / "a.png", photo)
        return root

    return write
