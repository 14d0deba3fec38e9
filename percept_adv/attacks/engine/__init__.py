"""The loop that all attacks share: batch, budget, queries to the classifier, best, outcome."""
