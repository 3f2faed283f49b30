"""The command line: the same verbs as the pages. A verb's module has ``add_parser(subparsers)`` and ``run(args)``."""
