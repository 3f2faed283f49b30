"""One module per page: reads the state, calls the parts below, shows."""
