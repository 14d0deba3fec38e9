"""``percept-adv demo``."""
