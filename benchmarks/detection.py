"""How well scores tell attacked photographs from clean ones; no score is a verdict.

CLEAN holds photographs as the model takes them (``percept-adv attack --originals``), each
ATTACKED folder what ``percept-adv attack`` made of them: NAME.png and NAME.json. Failures of an
attack are left out. Area under the ROC curve, and the share of attacked images found where 5 % of
the clean ones are, too (the least false alarms that so few photographs can tell).

    python benchmarks/detection.py efficientnet-lite0 CLEAN ATTACKED... --jpeg 90 -o detection.csv

--jpeg Q scores clean and attacked images after JPEG of that quality, as they travel; images that
are not adversarial after it are left out and counted. --adaptive makes one more attack, which
lowers the change after JPEG as well: PGD in L2 on the sum of the margins before and after it.
"""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import click
import numpy as np
from PIL import Image as Pillow

from percept_adv.classifier import Classifier
from percept_adv.detection import SCORES, Subject
from percept_adv.images import from_uint8, read_image, to_uint8

FALSE_ALARMS = 0.05
EPS, STEPS, STEP_SIZE = 1.0, 12, 0.25


def area(clean, attacked, unusual):
    """Return the area under the ROC curve: how often an attacked image is the more unusual."""
    sign = 1 if unusual == "high" else -1
    more = sign * attacked[:, None] > sign * clean
    return float((more + 0.5 * (attacked[:, None] == clean)).mean())


def detection_rate(clean, attacked, unusual):
    """Return the share of attacked images beyond the clean image at the false alarm rate."""
    sign = 1 if unusual == "high" else -1
    bound = np.quantile(sign * clean, 1 - FALSE_ALARMS, method="higher")
    return float((sign * attacked > bound).mean())


def after_jpeg(image, quality):
    if quality is None:
        return image
    kept = io.BytesIO()
    Pillow.fromarray(to_uint8(image)).save(kept, "JPEG", quality=quality)
    return from_uint8(np.asarray(Pillow.open(kept)), np.float32)


def evade_jpeg(classifier, original, answer):
    """Return an image inside the L2 ball whose margins before and after JPEG 75 are both wrong."""
    rule, never = classifier.decision.rule, np.zeros(1, np.bool_)
    image = original.copy()
    for _ in range(STEPS):
        gradient = 0
        for seen in (image, after_jpeg(image, 75)):
            scores = classifier.logits(seen[None])
            cotangent = rule.cotangent(scores, answer, never)
            # JPEG is taken for the identity in its derivative.
            gradient = gradient + classifier.gradient(seen[None], cotangent)[0]
        change = image - STEP_SIZE * gradient / max(np.linalg.norm(gradient), 1e-12) - original
        change *= min(1, EPS / max(np.linalg.norm(change), 1e-12))
        image = np.clip(original + change, 0, 1).astype(np.float32)
    return from_uint8(to_uint8(image), np.float32)


def successes(folder):
    records = (json.loads(path.read_text()) for path in sorted(folder.glob("*.json")))
    return [Path(record["output"]).name for record in records if record["success"]]


@click.command()
@click.argument("model")
@click.argument("clean", type=click.Path(path_type=Path))
@click.argument("attacked", type=click.Path(path_type=Path), nargs=-1)
@click.option("--jpeg", type=int)
@click.option("--adaptive", is_flag=True)
@click.option("--without", multiple=True, help="Scores to leave out.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(model, clean, attacked, jpeg, adaptive, without, output):
    classifier = Classifier(model, provider="cpu", at="network")
    scores = {name: score for name, score in SCORES.items() if name not in without}

    def measured(image):
        subject = Subject(classifier, image)
        return [score.compute(subject) for score in scores.values()]

    @cache
    def original(name):
        return after_jpeg(read_image(clean / name).as_float(np.float32), jpeg)

    names = sorted(path.name for path in clean.glob("*.png"))
    answers = {name: classifier.predict(original(name)[None]) for name in names}
    usual = np.array([measured(original(name)) for name in names])
    rows = []

    def compare(title, images):
        fooling = [
            image for name, image in images if classifier.predict(image[None]) != answers[name]
        ]
        if not fooling:
            return
        found = np.array([measured(image) for image in fooling])
        for place, (name, score) in enumerate(scores.items()):
            row = {
                "model": model,
                "stored": "PNG" if jpeg is None else f"JPEG {jpeg}",
                "attack": title,
                "images": len(fooling),
                "of": len(images),
                "score": name,
                "area": round(area(usual[:, place], found[:, place], score.unusual), 3),
                "found_at_5_percent": round(
                    detection_rate(usual[:, place], found[:, place], score.unusual), 3
                ),
            }
            rows.append(row)
            click.echo(" ".join(str(value) for value in row.values()))
        with output.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    for folder in attacked:
        images = [
            (name, after_jpeg(read_image(folder / name).as_float(np.float32), jpeg))
            for name in successes(folder)
        ]
        compare(folder.name, images)
    if adaptive:
        images = [
            (name, after_jpeg(evade_jpeg(classifier, original(name), answers[name]), jpeg))
            for name in names
        ]
        compare("adaptive_jpeg", images)


if __name__ == "__main__":
    main()
