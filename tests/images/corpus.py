"""Small files of every kind that is read, each with the values that other software sees.

``python tests/images/corpus.py FOLDER`` writes the files.
"""

import io
import struct
import sys
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from corpus_parts import (
    ALPHA8,
    ALPHA16,
    FLOATS,
    GRAY8,
    GRAY16,
    HEIGHT,
    RANDOM,
    RGB8,
    RGB16,
    SMOOTH8,
    WIDTH,
    XMP_TURNED,
    Case,
    from_cmyk,
    levels,
    over,
    pillow,
    png_of_depth,
    tiff,
    with_chunks,
    with_palette_of_two,
)
from PIL import Image as Pillow


def tiff_cases():
    for compression in ("lzw", "zlib", "adobe_deflate", "packbits", "zstd", "lzma"):
        for name, samples in (("rgb8", RGB8), ("rgb16", RGB16), ("gray16", GRAY16)):
            kind = "rgb" if samples.ndim == 3 else "minisblack"
            content = tiff(samples, photometric=kind, compression=compression)
            yield Case(f"{compression}_{name}.tif", content, samples)
    for compression in ("webp", "jpegxl", "jpeg2000"):
        options = (
            {"level": 0, "reversible": True} if compression == "jpeg2000" else {"lossless": True}
        )
        says = {"webp": "WebP", "jpegxl": "JPEG XL", "jpeg2000": "JPEG 2000"}[compression]
        content = tiff(RGB8, photometric="rgb", compression=compression, compressionargs=options)
        yield Case(f"{compression}_rgb8.tif", content, RGB8, says=f"{says} compression may")
    for predictor in (True, "floatingpoint"):
        samples = FLOATS if predictor == "floatingpoint" else RGB16
        kind = "minisblack" if predictor == "floatingpoint" else "rgb"
        content = tiff(samples, photometric=kind, compression="zlib", predictor=predictor)
        yield Case(f"predictor_{predictor}.tif", content, samples)
    yield Case("big_endian.tif", tiff(RGB16, photometric="rgb", byteorder=">"), RGB16)
    yield Case("bigtiff.tif", tiff(RGB8, photometric="rgb", bigtiff=True), RGB8)
    yield Case("tiles.tif", tiff(RGB8, photometric="rgb", tile=(16, 16), compression="lzw"), RGB8)
    planes = np.moveaxis(RGB8, -1, 0)
    for compression in (None, "lzw"):
        content = tiff(planes, photometric="rgb", planarconfig="separate", compression=compression)
        yield Case(f"planes_{compression}.tif", content, RGB8)
    for kind in (np.float16, np.float32, np.float64):
        content = tiff(FLOATS.astype(kind), compression="lzw")
        yield Case(f"{np.dtype(kind).name}.tif", content, FLOATS.astype(kind))
    for depth in (2, 4, 10, 12, 14):
        samples = levels((1 << depth) - 1, kind=np.uint8 if depth < 8 else np.uint16)
        content = tiff(samples, bitspersample=depth)
        yield Case(f"packed_{depth}.tif", content, over(samples, (1 << depth) - 1))
    yield from _tiff_colour_cases()
    yield from _tiff_orientation_cases()


def _tiff_colour_cases():
    for compression in (None, "lzw"):
        end = f"{compression}.tif"
        content = tiff(GRAY8, photometric="miniswhite", compression=compression)
        yield Case(f"white_{end}", content, 255 - GRAY8)
        for samples in (RANDOM.integers(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8), None):
            inks = levels(65535, 4) if samples is None else samples
            content = tiff(inks, photometric="separated", compression=compression)
            yield Case(
                f"cmyk{inks.dtype.itemsize * 8}_{end}", content, from_cmyk(inks), says="CMYK"
            )
        for name, colours, alpha in (("8", RGB8, ALPHA8), ("16", RGB16, ALPHA16)):
            content = tiff(
                np.dstack([colours, alpha]), photometric="rgb", extrasamples=["unassalpha"],
                compression=compression,
            )  # fmt: skip
            yield Case(f"rgba{name}_{end}", content, colours, opaque=alpha > 0)
            content = tiff(
                np.dstack([colours[:, :, 0], alpha]), photometric="minisblack",
                extrasamples=["unassalpha"], planarconfig="contig", compression=compression,
            )  # fmt: skip
            yield Case(f"la{name}_{end}", content, colours[:, :, 0], opaque=alpha > 0)
        palette = RANDOM.integers(0, 256, (3, 256)).astype(np.uint16) * 257
        content = tiff(GRAY8, photometric="palette", colormap=palette, compression=compression)
        yield Case(
            f"palette_{end}", content, np.moveaxis(palette[:, GRAY8] // 257, 0, -1).astype(np.uint8)
        )
    multiplied = np.dstack([RGB8.astype(np.uint16) * ALPHA8[:, :, None] // 255, ALPHA8])
    content = tiff(multiplied.astype(np.uint8), photometric="rgb", extrasamples=["assocalpha"])
    divided = np.rint(multiplied[:, :, :3] * (255 / np.maximum(ALPHA8, 1)[:, :, None]))
    yield Case(
        "associated_alpha.tif",
        content,
        np.clip(divided, 0, 255).astype(np.uint8),
        opaque=ALPHA8 > 0,
        says="multiplied by alpha",
    )
    content = tiff(
        np.dstack([GRAY8, GRAY8.T.reshape(GRAY8.shape)]), photometric="minisblack",
        extrasamples=["unspecified"], planarconfig="contig",
    )  # fmt: skip
    yield Case("second_channel.tif", content, GRAY8, says="1 of its 2 channels")
    bits = GRAY8 > 127
    expected = np.array([[10, 20, 30], [200, 150, 100]], np.uint8)[bits.astype(int)]
    yield Case("palette_of_two.tif", with_palette_of_two(bits, [(10, 200), (20, 150), (30, 100)]),
               expected)  # fmt: skip
    planes = np.moveaxis(SMOOTH8, -1, 0)
    content = tiff(planes, photometric="rgb", planarconfig="separate", compression="jpeg",
                   compressionargs={"level": 98})  # fmt: skip
    yield Case("planes_jpeg.tif", content, SMOOTH8, tolerance=0.04, says="JPEG")
    content = pillow(bits, "TIFF", compression="group4")
    yield Case("group4.tif", content, np.where(bits, 255, 0).astype(np.uint8))
    lab = cv2.cvtColor((SMOOTH8 / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    codes = np.rint(lab * [2.55, 1, 1]).astype(np.int16).astype(np.uint8)
    yield Case("lab.tif", tiff(codes, photometric="cielab"), SMOOTH8, tolerance=0.03, says="CIELAB")
    ycbcr = Pillow.fromarray(SMOOTH8).convert("YCbCr")
    yield Case("ycbcr.tif", pillow(ycbcr, "TIFF"), SMOOTH8, tolerance=0.012, says="YCbCr")
    content = tiff(SMOOTH8, photometric="rgb", compression="jpeg", compressionargs={"level": 98})
    yield Case("jpeg.tif", content, SMOOTH8, tolerance=0.04, says="JPEG")


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}
"""From the upright image to the one that a file of this orientation stores."""


def _tiff_orientation_cases():
    for orientation, turn in TURNS.items():
        for compression in (None, "lzw"):
            stored = np.ascontiguousarray(turn(RGB8))
            tags = [(274, "H", 1, orientation, True)]
            content = tiff(stored, photometric="rgb", extratags=tags, compression=compression)
            yield Case(f"turned_{orientation}_{compression}.tif", content, RGB8)


def png_cases():
    for depth in (1, 2, 4):
        samples = levels((1 << depth) - 1)
        content = png_of_depth(samples, depth)
        expected = (samples * (255 // ((1 << depth) - 1))).astype(np.uint8)
        yield Case(f"gray{depth}.png", content, expected)
        key = int(samples[0, 0])
        content = with_chunks(content, (b"tRNS", struct.pack(">H", key), None))
        yield Case(f"gray{depth}_key.png", content, expected, opaque=samples != key)
    key = int(GRAY16[3, 4])
    content = with_chunks(imagecodecs.png_encode(GRAY16), (b"tRNS", struct.pack(">H", key), None))
    yield Case("gray16_key.png", content, GRAY16, opaque=key != GRAY16)
    key = [int(value) for value in RGB16[3, 4]]
    content = with_chunks(imagecodecs.png_encode(RGB16), (b"tRNS", struct.pack(">HHH", *key), None))
    yield Case("rgb16_key.png", content, RGB16, opaque=(key != RGB16).any(axis=2))
    for name, colours, alpha in (("8", RGB8, ALPHA8), ("16", RGB16, ALPHA16)):
        yield Case(f"rgb{name}.png", imagecodecs.png_encode(colours), colours)
        yield Case(f"gray{name}.png", imagecodecs.png_encode(colours[:, :, 1].copy()),
                   colours[:, :, 1])  # fmt: skip
        content = imagecodecs.png_encode(np.dstack([colours, alpha]))
        yield Case(f"rgba{name}.png", content, colours, opaque=alpha > 0)
        content = imagecodecs.png_encode(np.dstack([colours[:, :, 0], alpha]))
        yield Case(f"la{name}.png", content, colours[:, :, 0], opaque=alpha > 0)
    damaged = with_chunks(imagecodecs.png_encode(RGB8), (b"iCCP", b"x\0\0damaged", 7),
                          (b"gAMA", b"\0\0\0\1", 7), (b"eXIf", b"Exif", 7))  # fmt: skip
    yield Case("checksums.png", damaged, RGB8, says="iCCP chunk is damaged")
    content = with_chunks(imagecodecs.png_encode(RGB8), (b"eXIf", b"MM\0*\0\0", None))
    yield Case("exif_damaged.png", content, RGB8, says="EXIF data are damaged")
    for orientation, turn in TURNS.items():
        exif = Pillow.Exif()
        exif[274] = orientation
        data = exif.tobytes().removeprefix(b"Exif\0\0")
        stored = np.ascontiguousarray(turn(RGB16))
        content = with_chunks(imagecodecs.png_encode(stored), (b"eXIf", data, None))
        yield Case(f"turned_{orientation}.png", content, RGB16)
    frames = [Pillow.fromarray(np.roll(RGB8, n, 0)) for n in range(3)]
    content = pillow(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield Case("frames.png", content, RGB8, says="first of 3 frames")


def netpbm_cases():
    for maximum in (255, 65535, 1023, 100, 15):
        kind = ">u2" if maximum > 255 else "u1"
        for magic, channels in ((b"P5", ()), (b"P6", (3,))):
            samples = levels(maximum, *channels)
            header = b"%s\n# a comment\n%d %d\n%d\n" % (magic, WIDTH, HEIGHT, maximum)
            name = f"{magic.decode()}_{maximum}.pnm"
            yield Case(name, header + samples.astype(kind).tobytes(), over(samples, maximum))
    samples = levels(65535, 4)
    header = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    content = header % (WIDTH, HEIGHT) + samples.astype(">u2").tobytes()
    yield Case("rgba.pam", content, samples[:, :, :3], opaque=samples[:, :, 3] > 0)
    bits = GRAY8 > 127
    text = "\n".join(" ".join("0" if bit else "1" for bit in row) for row in bits)
    yield Case("plain.pbm", f"P1\n{WIDTH} {HEIGHT}\n{text}\n".encode(), bits.astype(np.float64))
    content = b"P4\n%d %d\n" % (WIDTH, HEIGHT) + np.packbits(~bits, axis=1).tobytes()
    yield Case("packed.pbm", content, bits.astype(np.float64))
    text = " ".join(str(value) for value in RGB16.ravel())
    yield Case("plain.ppm", f"P3\n{WIDTH} {HEIGHT}\n65535\n{text}\n".encode(), RGB16)
    for order, scale in (("<", "-1.0"), (">", "1.0")):
        for magic, samples in (("Pf", FLOATS), ("PF", np.dstack([FLOATS] * 3))):
            content = f"{magic}\n{WIDTH} {HEIGHT}\n{scale}\n".encode()
            content += samples[::-1].astype(f"{order}f4").tobytes()
            yield Case(f"{magic}_{'little' if order == '<' else 'big'}.pfm", content, samples)


def modern_cases():
    for depth in (1, 4, 7, 8, 12, 16):
        samples = levels((1 << depth) - 1, 3, kind=np.uint8 if depth <= 8 else np.uint16)
        for codec, suffix in (("jp2", "jp2"), ("j2k", "j2k")):
            content = imagecodecs.jpeg2k_encode(
                samples, level=0, reversible=True, codecformat=codec, bitspersample=depth
            )
            yield Case(f"deep{depth}.{suffix}", content, over(samples, (1 << depth) - 1))
    content = imagecodecs.jpeg2k_encode(GRAY16, level=0, reversible=True)
    yield Case("gray16.jp2", content, GRAY16)
    content = imagecodecs.jpeg2k_encode(SMOOTH8, level=45)
    yield Case("lossy.jp2", content, SMOOTH8, tolerance=0.05, says="JPEG 2000 compression")
    for depth in (8, 10, 12):
        samples = levels((1 << depth) - 1, 3, kind=np.uint8 if depth == 8 else np.uint16)
        content = imagecodecs.avif_encode(samples, level=100, bitspersample=depth)
        yield Case(f"deep{depth}.avif", content, over(samples, (1 << depth) - 1), says="AVIF")
    content = imagecodecs.avif_encode(RGB8, level=100).replace(b"ftypavif", b"ftypmif1")
    yield Case("brand.avif", content, RGB8, says="AVIF")
    for depth in (4, 8, 10, 12, 14, 16):
        for channels in ((), (3,)):
            samples = levels((1 << depth) - 1, *channels)
            if depth <= 8:
                samples = samples.astype(np.uint8)
            content = imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=depth)
            expected = over(samples, (1 << depth) - 1)
            name = f"deep{depth}_{len(channels)}.jxl"
            yield Case(name, content, expected, says="JPEG XL compression may")
    frames = np.stack([RGB8, RGB8[::-1]])
    content = imagecodecs.jpegxl_encode(frames, lossless=True)
    yield Case("frames.jxl", content, RGB8, says="first frame of an animation")


def pillow_cases():
    for kind, suffix in (("BMP", "bmp"), ("DIB", "dib"), ("TGA", "tga"), ("PCX", "pcx"),
                         ("SGI", "sgi"), ("QOI", "qoi")):  # fmt: skip
        yield Case(f"rgb.{suffix}", pillow(RGB8, kind), RGB8)
    for kind, suffix in (("BMP", "bmp"), ("TGA", "tga"), ("PCX", "pcx")):
        yield Case(f"gray.{suffix}", pillow(GRAY8, kind), GRAY8)
    palette = Pillow.fromarray(GRAY8 % 4).convert("P")
    colours = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3]
    palette.putpalette(colours + [0] * 756)
    expected = np.array(colours, np.uint8).reshape(4, 3)[GRAY8 % 4]
    for suffix in ("gif", "png", "bmp"):
        yield Case(f"palette.{suffix}", pillow(palette, suffix), expected)
    content = pillow(palette, "GIF", transparency=2)
    yield Case("palette_key.gif", content, expected, opaque=GRAY8 % 4 != 2)
    rgba = np.dstack([RGB8, ALPHA8])
    yield Case("rgba.tga", pillow(rgba, "TGA"), RGB8, opaque=ALPHA8 > 0)
    content = pillow(rgba, "WEBP", lossless=True, exact=True)
    yield Case("rgba.webp", content, RGB8, opaque=ALPHA8 > 0)
    yield Case("rgb.webp", pillow(RGB8, "WEBP", lossless=True), RGB8)
    content = pillow(SMOOTH8, "WEBP", quality=98)
    yield Case("lossy.webp", content, SMOOTH8, tolerance=0.05, says="WebP compression")
    content = pillow(SMOOTH8, "JPEG", quality=98, subsampling=0)
    yield Case("rgb.jpg", content, SMOOTH8, tolerance=0.03, says="JPEG compression")
    content = pillow(SMOOTH8[:, :, 0].copy(), "JPEG", quality=98)
    yield Case("gray.jpe", content, SMOOTH8[:, :, 0], tolerance=0.02, says="JPEG compression")
    inks = Pillow.fromarray(SMOOTH8).convert("CMYK")
    content = pillow(inks, "JPEG", quality=98)
    yield Case("cmyk.jfif", content, SMOOTH8, tolerance=0.03, says="CMYK")
    bits = GRAY8 > 127
    text = ", ".join(
        f"0x{byte:02x}" for byte in np.packbits(~bits, axis=1, bitorder="little").ravel()
    )
    content = (
        f"#define a_width {WIDTH}\n#define a_height {HEIGHT}\nstatic char a_bits[] = {{\n{text}}};"
    )
    yield Case("ink.xbm", content.encode(), bits.astype(np.float64))
    content = pillow(SMOOTH8, "JPEG", quality=98, subsampling=0, xmp=XMP_TURNED)
    yield Case("xmp.jpg", content, SMOOTH8, tolerance=0.03, says="JPEG")
    exif = Pillow.Exif()
    exif[274] = 6
    content = pillow(np.ascontiguousarray(np.rot90(SMOOTH8)), "JPEG", quality=98, exif=exif,
                     subsampling=0)  # fmt: skip
    yield Case("turned.jpg", content, SMOOTH8, tolerance=0.03, says="JPEG")


def all_cases():
    """Return all cases, those of HEIC only where its extra is installed."""
    cases = [
        *tiff_cases(), *png_cases(), *netpbm_cases(), *modern_cases(), *pillow_cases(),
    ]  # fmt: skip
    try:
        import pillow_heif
    except ImportError:
        return cases
    for depth, mode, samples in ((8, "RGB", SMOOTH8), (10, "RGB;16", SMOOTH8 * np.uint16(257))):
        stream = io.BytesIO()
        made = pillow_heif.from_bytes(mode, (WIDTH, HEIGHT), samples.tobytes())
        made.save(stream, quality=-1, chroma=444)
        cases.append(
            Case(f"deep{depth}.heic", stream.getvalue(), samples, tolerance=0.02, says="HEIC")
        )
    return cases


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for case in all_cases():
        (target / case.name).write_bytes(case.content)
