"""What is remembered between two runs: header mappings, confirmed names. The only writer of the program's own files."""
