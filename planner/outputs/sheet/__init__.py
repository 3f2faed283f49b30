"""The sheet: a map drawn in millimetres of paper, as PDF, PNG or SVG."""
