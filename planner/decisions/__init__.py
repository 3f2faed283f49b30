"""Measures, programmes, items, scores, states and reasons: pure functions of a district and a policy."""
