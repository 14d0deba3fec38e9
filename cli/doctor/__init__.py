"""``percept-adv doctor``."""
