"""Read damaged copies of the corpus: ``python tests/images/fuzzing.py SEED COUNT FOLDER``.

A process of its own, so that a decoder that crashes or takes all memory is told from one
that raises. Prints the number of files read and refused; anything else ends it with an error.
"""

import contextlib
import faulthandler
import sys
import time
from collections import Counter
from pathlib import Path

import corpus
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images import read_image

LONGEST = 60.0
"""Seconds for one file, on a busy machine: more is a hang."""
_MEMORY = 16 << 30


def damaged(content, random):
    """Cut, overwrite, zero, insert, or put a number that a length may not have."""
    data = bytearray(content)
    place = int(random.integers(len(data)))
    kind = random.integers(6)
    if kind == 0:
        return bytes(data[:place])
    if kind in (1, 2):
        # Anywhere, or in what is most likely a header.
        reach = len(data) if kind == 1 else min(200, len(data))
        for _ in range(random.integers(1, 6)):
            data[random.integers(reach)] = random.integers(256)
    elif kind == 3:
        end = min(len(data), place + int(random.integers(1, 30)))
        data[place:end] = bytes(end - place)
    elif kind == 4:
        data[place:place] = random.integers(0, 256, random.integers(1, 9), np.uint8).tobytes()
    else:
        number = int(random.choice([0, 1, 0xFFFF, 65536, 1_000_000, 0x7FFFFFFF, 0xFFFFFFFF]))
        data[place : place + 4] = number.to_bytes(4, random.choice(["big", "little"]))
    return bytes(data)


def check(path):
    """Read a file; return ``"read"`` or ``"refused"``."""
    started = time.monotonic()
    try:
        pixels = read_image(path).pixels
    except ImageError as error:
        message = str(error)
        assert str(path) in message, message
        assert "\n" not in message, message
        assert "object at 0x" not in message, message
        return "refused"
    finally:
        assert time.monotonic() - started < LONGEST, path
    assert pixels.size > 0
    assert 0 <= pixels.min() <= pixels.max() <= 1, path
    return "read"


def main(seed, count, folder):
    """Damage and read ``count`` files; the last one stays in ``folder``."""
    faulthandler.enable()
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    random = np.random.default_rng(seed)
    cases = corpus.all_cases()
    outcomes = Counter()
    for _ in range(count):
        case = cases[random.integers(len(cases))]
        path = folder / f"damaged{Path(case.name).suffix}"
        path.write_bytes(damaged(case.content, random))
        outcomes[check(path)] += 1
        path.unlink()
    print(outcomes["read"], outcomes["refused"])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
