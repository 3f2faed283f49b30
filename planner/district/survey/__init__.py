"""Survey files: read cell by cell, matched to compounds, compared three ways with the ledger. Nothing is written."""
