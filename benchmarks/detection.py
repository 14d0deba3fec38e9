"""How well scores tell attacked photographs from clean ones; no score is a verdict.

CLEAN holds photographs as the model takes them (``percept-adv attack --originals``), each
ATTACKED folder what ``percept-adv attack`` made of them: NAME.png and NAME.json. Failures of an
attack are left out. Area under the ROC curve, and the share of attacked images found where 5 % of
the clean ones are, too (the least false alarms that so few photographs can tell).

    python benchmarks/detection.py efficientnet-lite0 CLEAN ATTACKED... --jpeg 90 -o detection.csv

Attacks that OUTPUT has rows of are kept as they are. --misclassified FOLDER compares clean
photographs that the model gets wrong, in the place of attacked ones.
--jpeg Q scores clean and attacked images after JPEG of that quality, as they travel; images that
are not adversarial after it are left out and counted. What ``attack --store jpeg --quality Q``
wrote is JPEG already. --adaptive makes one more attack, which
lowers the change after JPEG as well: PGD in L2 on the sum of the margins before and after it.
"""

from __future__ import annotations

import csv
import io
import json
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


def rows_of(path):
    """Return the rows of a table that was begun, or none."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def successes(folder):
    records = (json.loads(path.read_text()) for path in sorted(folder.glob("*.json")))
    return [Path(record["output"]).name for record in records if record.get("success")]


class Table:
    """The rows of OUTPUT: what scores tell of images against the clean ones of a folder."""

    def __init__(self, classifier, clean, jpeg, without, output):
        self.classifier, self.jpeg, self.output = classifier, jpeg, output
        self.clean = {path.name: self.as_stored(path) for path in sorted(clean.glob("*.png"))}
        self.scores = {name: score for name, score in SCORES.items() if name not in without}
        self.usual = np.array([self.measured(image) for image in self.clean.values()])
        self.rows = rows_of(output)

    def as_stored(self, path):
        image = read_image(path).as_float(np.float32)
        return image if path.suffix == ".jpg" else after_jpeg(image, self.jpeg)

    def measured(self, image):
        subject = Subject(self.classifier, image)
        return [score.compute(subject) for score in self.scores.values()]

    def has(self, title):
        return title in {row["attack"] for row in self.rows}

    def fooling(self, images):
        """Return those of images, by name, that are not classified as the clean ones."""
        predict = self.classifier.predict
        return [
            image
            for name, image in images.items()
            if predict(image[None]) != predict(self.clean[name][None])
        ]

    def add(self, title, images, count):
        """Compare images with the clean ones, and write the table."""
        if not images:
            return
        found = np.array([self.measured(image) for image in images])
        for place, (name, score) in enumerate(self.scores.items()):
            usual, unusual = self.usual[:, place], found[:, place]
            row = {
                "model": self.classifier.name,
                "stored": "PNG" if self.jpeg is None else f"JPEG {self.jpeg}",
                "attack": title,
                "images": len(images),
                "of": count,
                "score": name,
                "area": round(area(usual, unusual, score.unusual), 3),
                "found_at_5_percent": round(detection_rate(usual, unusual, score.unusual), 3),
            }
            self.rows.append(row)
            click.echo(" ".join(str(value) for value in row.values()))
        with self.output.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)


@click.command()
@click.argument("model")
@click.argument("clean", type=click.Path(path_type=Path))
@click.argument("attacked", type=click.Path(path_type=Path), nargs=-1)
@click.option("--jpeg", type=int)
@click.option("--adaptive", is_flag=True)
@click.option("--misclassified", type=click.Path(path_type=Path))
@click.option("--without", multiple=True, help="Scores to leave out.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(model, clean, attacked, jpeg, adaptive, misclassified, without, output):
    classifier = Classifier(model, provider="cpu", at="network")
    table = Table(classifier, clean, jpeg, without, output)
    for folder in attacked:
        if not table.has(folder.name):
            images = {
                Path(name).with_suffix(".png").name: table.as_stored(folder / name)
                for name in successes(folder)
            }
            table.add(folder.name, table.fooling(images), len(images))
    if misclassified is not None and not table.has("clean_misclassified"):
        paths = sorted(misclassified.glob("*.png"))
        images = [after_jpeg(classifier.read(path)[0], jpeg) for path in paths]
        table.add("clean_misclassified", images, len(images))
    if adaptive and not table.has("adaptive_jpeg"):
        images = {}
        for name, original in table.clean.items():
            answer = classifier.predict(original[None])
            images[name] = after_jpeg(evade_jpeg(classifier, original, answer), jpeg)
        table.add("adaptive_jpeg", table.fooling(images), len(images))


if __name__ == "__main__":
    main()
