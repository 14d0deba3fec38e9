"""``percept-adv attacks``."""
