"""Numerical tools that know nothing of attacks: optimisers, schedules, norms, random numbers."""
