"""``python -m planner VERB ...``: see ``python -m planner --help``."""

import signal
import sys

from planner.cli.main import main

if __name__ == "__main__":
    # Being ended by the system unwinds like any exit, so that nothing half-written stays behind.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(143))
    sys.exit(main())
