"""Classify stored files through a named pipeline, with Pillow or OpenCV and onnxruntime alone.

This program knows nothing of percept_adv: it is what a deployed service does to a file that it is
sent. Prints one JSON line with the class of each file.

    python benchmarks/pipelines_verify.py PIPELINE MODEL.onnx FILE...
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from PIL import Image

SIDE = 224


def centre_square(path):
    """Crop the centre square, then resize it: bicubic, Pillow."""
    picture = Image.open(path).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def resize_and_crop(path, resampling):
    """Resize(256), then CenterCrop(224), as torchvision does with Pillow's images."""
    picture = Image.open(path).convert("RGB")
    width, height = picture.size
    scale = 256 / min(width, height)
    longer = int(256 * max(width, height) / min(width, height)) if width != height else 256
    size = (256, longer) if width <= height else (longer, 256)
    resized = picture.resize(size, resampling) if scale != 1 else picture
    left, top = round((size[0] - SIDE) / 2), round((size[1] - SIDE) / 2)
    return np.asarray(resized.crop((left, top, left + SIDE, top + SIDE)))


def letterbox(path):
    """Fit into 224 x 224 by OpenCV's area interpolation, on a ground of 114."""
    image = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    ratio = max(image.shape[0] / SIDE, image.shape[1] / SIDE)
    height, width = round(image.shape[0] / ratio), round(image.shape[1] / ratio)
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    ground = np.full((SIDE, SIDE, 3), 114, np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    ground[top : top + height, left : left + width] = resized
    return ground


def stretch(path):
    """Stretch to 224 x 224 in floats: bilinear by torch's rule, without antialiasing."""
    image = np.asarray(Image.open(path).convert("RGB"), np.float32)
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


PIPELINES = {
    "square": centre_square,
    "crop-bicubic": lambda path: resize_and_crop(path, Image.Resampling.BICUBIC),
    "crop-bilinear": lambda path: resize_and_crop(path, Image.Resampling.BILINEAR),
    "letterbox": letterbox,
    "stretch": stretch,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", choices=PIPELINES)
    parser.add_argument("model", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    session = onnxruntime.InferenceSession(arguments.model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    for path in arguments.files:
        pixels = PIPELINES[arguments.pipeline](path).astype(np.float32)
        values = ((pixels - 127) / 128).transpose(2, 0, 1)[np.newaxis]
        (logits,) = session.run(None, {name: values})
        print(json.dumps({"file": str(path), "class": int(logits[0].argmax())}), flush=True)


if __name__ == "__main__":
    main()
