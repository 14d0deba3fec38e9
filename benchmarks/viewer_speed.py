"""How soon the viewer shows what was asked for, in Debian's chromium.

A slider change on a photograph of 12 megapixels, from the change to the moment when the visible
region shows it: ``seconds`` for the first picture, and at 1:1 ``exact_seconds`` for the exact one.
The first may be a preview from the reduced image: of the whole image in view after other sigmas,
and at 1:1 if the exact one takes longer than 0.1 s. Then the first screen of ``magnify --html``
for 40 images of 1024 x 768. Beside the time the processor seconds of the server until the last of
both: on a busy machine only these mean something, and two idle cores need half of them at least.

    python benchmarks/viewer_speed.py --rounds 5 -o viewer_speed.csv
"""

from __future__ import annotations

import csv
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import cv2
import numpy as np
import psutil
import skimage.data
from playwright.sync_api import sync_playwright

from percept_adv.images import write_png

COMMAND = Path(sys.executable).with_name("percept-adv")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SETTLED = (
    "() => !document.querySelector('.pane.busy') && document.querySelectorAll('.pane').length == 2"
)
CHANGE = """([name, place, toTheEnd]) => new Promise(resolve => {
  const begin = performance.now();
  let first = null;
  const shown = ({detail}) => {
    const now = (performance.now() - begin) / 1000;
    first ??= now;
    if (toTheEnd && !detail.exact) return;
    document.removeEventListener('region', shown);
    resolve([first, now]);
  };
  document.addEventListener('region', shown);
  const slider = document.getElementById(name);
  slider.value = place;
  slider.dispatchEvent(new Event('input'));
})"""


def photograph(height, width):
    """A photograph of any size with noise of its own."""
    large = cv2.resize(skimage.data.coffee(), (width, height), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).normal(0, 3, large.shape)
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def processor_seconds(process):
    used = process.cpu_times()
    return used.user + used.system


def rounded(value):
    return value if value == "" else round(float(value), 3)


def slider_changes(browser, folder, rounds):
    write_png(folder / "large.png", photograph(3000, 4000))
    command = [COMMAND, "inspect", folder / "large.png", "--no-browser"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip()
            watched = psutil.Process(server.pid)
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(address)
            page.wait_for_function(SETTLED, timeout=600_000)
            for view, key in (("1:1", "1"), ("whole image", "0")):
                page.keyboard.press(key)
                page.wait_for_timeout(1500)
                page.wait_for_function(SETTLED, timeout=600_000)
                for slider in ("gain", "beta", "domain_sigma", "range_sigma"):
                    times, used = [], []
                    for place in np.linspace(300, 700, rounds):
                        before = processor_seconds(watched)
                        times.append(page.evaluate(CHANGE, [slider, int(place), key == "1"]))
                        used.append(processor_seconds(watched) - before)
                        page.wait_for_timeout(300)
                    page.wait_for_function(SETTLED, timeout=600_000)
                    first, exact = np.median(times, axis=0)
                    yield f"{view}, {slider}", first, exact if key == "1" else "", np.median(used)
        finally:
            server.terminate()


def first_screen(browser, folder, rounds):
    for place in range(40):
        picture = photograph(768, 1024)
        write_png(folder / "in" / f"{place:02}.png", np.roll(picture, 17 * place, axis=1))
    out = folder / "out"
    command = [COMMAND, "magnify", folder / "in", "-o", out, "--html", "--quiet"]
    subprocess.run(list(map(str, command)), check=True)
    seconds = []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        begin = time.perf_counter()
        page.goto((out / "index.html").as_uri())
        page.wait_for_function(
            "() => document.querySelector('body[data-ready]') && "
            "[...document.querySelectorAll('.picture')].every(p => p.querySelector('canvas'))"
        )
        seconds.append(time.perf_counter() - begin)
        page.close()
    return statistics.median(seconds), (out / "index.html").stat().st_size


@click.command()
@click.option("--rounds", default=5)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(rounds, output):
    rows = []
    folder = Path(tempfile.mkdtemp())
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            for change, first, exact, used in slider_changes(browser, folder, rounds):
                rows.append(["12 megapixels", change, *map(rounded, (first, exact, used))])
                click.echo(rows[-1])
            seconds, size = first_screen(browser, folder, rounds)
            rows.append(
                ["40 of 1024 x 768", f"first screen, index {size} bytes", round(seconds, 3), "", ""]
            )
            click.echo(rows[-1])
            browser.close()
    finally:
        shutil.rmtree(folder)
    with output.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["what", "change", "seconds", "exact_seconds", "processor_seconds"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
