"""Command line of percept_adv."""
