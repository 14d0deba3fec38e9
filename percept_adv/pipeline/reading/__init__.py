"""Contracts as people have them beside a model, read into pipelines."""
