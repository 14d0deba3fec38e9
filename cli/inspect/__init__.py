"""``percept-adv inspect``."""
