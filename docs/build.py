"""Write the generated pages of the documentation: ``python docs/build.py`` from the project folder.

tests/test_docs.py fails while a page lags behind the program.
"""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from planner.cli.reference import command_reference  # noqa: E402
from planner.outputs.dictionary import data_dictionary  # noqa: E402
from planner.policy import load_policy  # noqa: E402

PAGES = {
    "commands.md": command_reference,
    "data_dictionary.md": lambda: data_dictionary(load_policy()),
}


def main() -> None:
    """Write every generated page."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
