"""Figures and pages made from outcomes."""
