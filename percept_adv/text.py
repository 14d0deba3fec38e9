"""Text that holds names of files, which may be no text and may hold control characters."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Escape control characters and bytes that are no text.

    Parameters
    ----------
    text : str
        May hold the surrogates by which Python names such bytes.

    Returns
    -------
    str
        On one line, and fit for any encoding that knows its letters.

    Examples
    --------
    >>> from percept_adv.text import printable
    >>> printable("two\nlines")
    'two\\nlines'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
