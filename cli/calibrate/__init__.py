"""``percept-adv calibrate``."""
