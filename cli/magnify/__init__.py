"""``percept-adv magnify``."""
