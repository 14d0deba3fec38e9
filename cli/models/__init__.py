"""``percept-adv models``."""
