"""``percept-adv smooth``."""
