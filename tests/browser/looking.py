"""What tests see of a page: panes, their pixels, and when they have settled."""

import json

_CENTRE = """(element) => {
  const canvas = element.querySelector('.picture canvas');
  const ratio = canvas.width / canvas.clientWidth;
  const [x, y] = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
  const half = Math.floor(20 * ratio * 8 / 8);
  const size = 2 * half;
  const data = canvas.getContext('2d').getImageData(x - half, y - half, size, size).data;
  return {size, values: Array.from(data)};
}"""


def settle(page):
    """Wait until every pane shows the exact whole."""
    page.wait_for_function(
        "() => document.querySelectorAll('.pane').length > 0 && "
        "!document.querySelector('.pane.busy') && "
        "[...document.querySelectorAll('.pane .status')].every(s => !s.textContent)",
        timeout=60000,
    )
    page.wait_for_timeout(400)


def centre_pixels(page, place):
    """Return RGB (40, 40, 3) around the middle of a pane's canvas."""
    import numpy as np

    found = page.locator(".pane").nth(place).evaluate(_CENTRE)
    size = found["size"]
    return np.array(found["values"], np.uint8).reshape(size, size, 4)[:, :, :3]


def pane_titles(page):
    """Return what the panes are said to show."""
    script = (
        "() => [...document.querySelectorAll('.pane select')].map(s => s.selectedOptions[0].text)"
    )
    return page.evaluate(script)


def state_of(page):
    """Return the values in the address, which follows the state after a third of a second."""
    page.wait_for_timeout(350)
    script = "() => JSON.stringify(Object.fromEntries(new URLSearchParams(location.hash.slice(1))))"
    return json.loads(page.evaluate(script))


def set_slider(page, name, place):
    """Move a slider to a place from 0 to 1000, as a hand does."""
    page.locator(f"#{name}").fill(str(place))
