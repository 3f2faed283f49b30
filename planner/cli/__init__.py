"""The command line: the same verbs as the pages. Each module has ``add_parser(subparsers)`` and ``run(args) -> int``."""
