"""``percept-adv gradient``."""
