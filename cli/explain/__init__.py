"""The command ``percept-adv explain``."""
