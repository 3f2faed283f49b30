"""An answer of a map that comes too late: its page has been left, and what it asks for is there no longer.

A map tells its extent a moment after it has moved. When that message comes while the server already runs another page,
Streamlit 1.67 keeps it and runs it afterwards under the old page: the part it names is gone, so nothing is drawn, but
the browser has cleared the new page because the run says that it belongs to the old one. Such a run is left out.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_run_script = ScriptRunner._run_script


def _run_what_is_there(runner: ScriptRunner, rerun_data: RerunData) -> None:
    parts = rerun_data.fragment_id_queue
    if parts and not any(map(runner._fragment_storage.contains, parts)):
        return
    _run_script(runner, rerun_data)


def drop_late_answers() -> None:
    """Begin, once per process; further calls change nothing."""
    ScriptRunner._run_script = _run_what_is_there  # type: ignore[assignment,method-assign]
