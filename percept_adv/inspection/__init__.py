"""The viewer as a local server: it computes what sliders ask for.

Needs the extra ``percept-adv[inspect]``.
"""
