"""``percept-adv metrics``."""
