"""``percept-adv attack``."""
