"""Renovation planner: a district's compounds in, a scored, explained and mapped list of what to renovate out."""
