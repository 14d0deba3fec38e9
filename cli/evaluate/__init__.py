"""``percept-adv evaluate``, ``transfer`` and ``report``: all that works on a run folder."""
