"""What can be stored: adjoints, rounding, and files that decode to what was judged."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from percept_adv.images import from_uint8
from percept_adv.storing import Jpeg, Png

SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


def picture(seed, height, width, channels=3):
    """A smooth image away from black and white: nothing is cut off."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(80, 176, (4, 4, channels), dtype=np.uint8)
    layers = [
        np.asarray(Pillow.fromarray(coarse[:, :, c]).resize((width, height), Pillow.BICUBIC))
        for c in range(channels)
    ]
    return from_uint8(np.stack(layers, axis=-1), np.float32)


sizes = st.integers(1, 40)
stores = st.one_of(
    st.just(Png()),
    st.builds(Jpeg, quality=st.integers(5, 100), subsampling=st.sampled_from(SUBSAMPLINGS)),
)


@settings(max_examples=20, deadline=None)
@given(stores, sizes, sizes, st.sampled_from([1, 3]), st.integers(0, 99))
def test_decoding_is_the_affine_map_that_pull_back_is_the_adjoint_of(
    store, height, width, channels, seed
):
    lattice = store.lattice(picture(seed, height, width, channels))
    rng = np.random.default_rng(seed)
    cotangent = rng.standard_normal(lattice.original.shape).astype(np.float32)
    # Steps that change pixels by some levels, so that rounding is small beside them.
    change = np.rint(rng.uniform(-1, 1, lattice.origin.shape) * 0.2 / lattice.steps)
    change[rng.random(change.shape) < 0.9] = 0
    moved = lattice.nearest(lattice.origin + change)
    pixels = lattice.decode(moved).astype(np.float64) - lattice.original
    inside = (lattice.decode(moved) > 0) & (lattice.decode(moved) < 255)
    if not inside.all():
        return
    by_pixels = np.vdot(cotangent, pixels / 255)
    by_coordinates = np.vdot(lattice.pull_back(cotangent), (moved - lattice.origin))
    # What rounding may add: of pixels, and in the decoder of samples, of upsampling and of colours,
    # half a level each; few pixels do not average it out.
    slack = 12 * 0.5 * np.linalg.norm(cotangent) / 255 + 1e-3
    assert abs(by_pixels - by_coordinates) <= slack + 0.02 * abs(by_pixels)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (4, 5), (15, 17), (18, 33)])
def test_each_step_is_as_long_as_it_says(subsampling, size):
    lattice = Jpeg(quality=60, subsampling=subsampling).lattice(picture(1, *size))
    unit = np.zeros(lattice.original.shape, np.float32)
    columns = []
    for index in np.ndindex(unit.shape):
        unit[...] = 0
        unit[index] = 1
        columns.append(lattice.pull_back(unit))
    norms = np.linalg.norm(np.array(columns, np.float64), axis=0)
    np.testing.assert_allclose(lattice.steps, norms, rtol=1e-4, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(stores, sizes, sizes, st.integers(0, 99))
def test_files_decode_to_what_is_judged_and_the_origin_to_the_original(store, height, width, seed):
    lattice = store.lattice(picture(seed, height, width))
    rng = np.random.default_rng(seed)
    moved = lattice.nearest(lattice.origin + rng.normal(0, 2, lattice.origin.shape))
    for coordinates in (lattice.origin, moved):
        with Pillow.open(io.BytesIO(lattice.encode(coordinates))) as file:
            np.testing.assert_array_equal(np.asarray(file), lattice.decode(coordinates))
    np.testing.assert_array_equal(lattice.decode(lattice.origin), lattice.original)


@pytest.mark.parametrize("store", [Png(), *(Jpeg(100, kind) for kind in SUBSAMPLINGS)])
def test_locating_finds_coordinates(store):
    lattice = store.lattice(picture(3, 24, 24))
    rng = np.random.default_rng(0)
    moved = lattice.nearest(lattice.origin + 8 * rng.standard_normal(lattice.origin.shape))
    image = from_uint8(lattice.decode(moved), np.float32)
    found = lattice.decode(lattice.nearest(lattice.locate(image)))
    before = np.linalg.norm(image * 255 - lattice.original)
    assert np.linalg.norm(image * 255 - found) < 0.25 * before + 1


@pytest.mark.parametrize("store", [Png(), *(Jpeg(80, kind) for kind in SUBSAMPLINGS)])
def test_movable_coordinates_leave_other_pixels_alone(store):
    lattice = store.lattice(picture(4, 50, 61))
    allowed = np.zeros((50, 61), bool)
    allowed[3:48, 10:55] = True
    movable = lattice.movable(allowed)
    assert movable.any()
    rng = np.random.default_rng(0)
    moved = lattice.nearest(lattice.origin + np.where(movable, rng.normal(0, 5, movable.shape), 0))
    changed = (lattice.decode(moved) != lattice.original).any(axis=2)
    assert changed.any()
    assert not changed[~allowed].any()


@pytest.mark.parametrize("store", [Jpeg(88, kind) for kind in SUBSAMPLINGS])
def test_a_coefficient_changes_its_region_and_those_that_its_block_reaches(store):
    lattice = store.lattice(picture(5, 37, 50))
    regions = lattice.regions
    assert Jpeg(75).lattice(picture(5, 37, 50)).regions is None
    assert regions.pixels.shape == (37, 50)
    assert regions.count == 5 * 7
    assert set(np.unique(regions.owners)) <= set(range(regions.count))
    values = np.random.default_rng(0).random((37, 50, 3))
    np.testing.assert_allclose(regions.sums(values)[8], values[8:16, 8:16].sum())
    rows, columns = np.divmod(np.arange(regions.count), 7)
    reach = {"4:4:4": (0, 0), "4:2:2": (0, 2), "4:2:0": (2, 2)}[store.subsampling]
    rng = np.random.default_rng(1)
    for index in rng.choice(np.flatnonzero(lattice.steps > 0.015), 30):
        moved = lattice.origin.copy()
        moved[index] += 20 if moved[index] < 0 else -20
        changed = (lattice.decode(moved) != lattice.original).any(axis=2)
        touched, owner = np.unique(regions.pixels[changed]), regions.owners[index]
        down, right = rows[touched] - rows[owner], columns[touched] - columns[owner]
        # Enlarged planes are interpolated: they reach back by a pixel as well.
        assert (down >= -bool(reach[0])).all()
        assert (down <= reach[0]).all()
        assert (right >= -bool(reach[1])).all()
        assert (right <= reach[1]).all()
