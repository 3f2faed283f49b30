"""Forms as downloads of a page: made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from planner.decisions.survey_tasks import SurveyTasks
from planner.outputs.forms.form_pdf import forms_pdf
from planner.outputs.forms.form_set import FormSet, form_set
from planner.outputs.forms.form_xlsx import forms_xlsx, forms_zip
from planner.store.state import row_versions
from planner.text import safe_file_name, t
from planner.web import writing
from planner.web.session import Opened

PDF_PAGES = 300
"""Pages of one PDF made for a browser; a larger set is asked to be narrowed."""

MIME: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS: Mapping[str, Callable[[FormSet], bytes]] = {".pdf": forms_pdf, ".zip": forms_zip, ".xlsx": forms_xlsx}


def forms_of(opened: Opened, ids: Sequence[str], found: SurveyTasks | None, lang: str) -> FormSet:
    """Return the forms of some compounds, with the versions of the store that the district is kept in."""
    return form_set(opened.assessment, ids, tasks=found, versions=versions_of(opened), lang=lang)


def versions_of(opened: Opened) -> pd.Series | None:
    """Return the versions of the rows, None where the district is only a folder."""
    return None if opened.store is None else row_versions(writing.store_of(opened), "compounds")


def form_download(
    opened: Opened, label: str, suffix: str, forms: Callable[[], FormSet], *, disabled: bool = False
) -> None:
    """Offer forms as .pdf, .xlsx or .zip."""
    name = t("form.file", "zh")
    download(opened, label, name, suffix, lambda: _WRITERS[suffix](forms()), disabled=disabled)


def download(
    opened: Opened, label: str, name: str, suffix: str, make: Callable[[], bytes], *, disabled: bool = False
) -> None:  # fmt: skip
    """Offer a file under a name of district and date."""
    stamp = f"{opened.district.name}_{opened.assessment.as_of:%Y%m%d}"
    st.download_button(
        label,
        make,
        file_name=safe_file_name(f"{name}_{stamp}") + suffix,
        mime=MIME[suffix],
        on_click="ignore",
        key=f"planner-form-{name}-{suffix}-{label}",
        disabled=disabled,
    )
