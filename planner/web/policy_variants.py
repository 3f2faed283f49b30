"""Named variants of trial rules: open one, keep the present rules, take one out, carry the tables away as files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from planner.decisions.trial_rules import check_rules, checked_policy, fitted, official_rules
from planner.errors import PlannerError
from planner.outputs.policy_files import policy_zip
from planner.policy import PROFILES, Policy
from planner.store.variants import Variant, delete_variant, list_variants, save_variant
from planner.text import date_text, in_language, safe_file_name, safe_text, t
from planner.web import frame, policy_state, trouble, writing
from planner.web.session import Opened
from planner.web.who import ask


def rules_name(policy: Policy, lang: str) -> str:
    """Return the name of the rules in force: version number, stage, and the version of the tables."""
    profile = t(f"table.profile.{policy.text('profile')}", lang)
    return t("policy.rules", lang, rules=policy.text("rules_version"), profile=profile, version=policy.version)


def back(base: Policy) -> None:
    """Go back to the rules in force."""
    policy_state.put(official_rules(base), "")


def bar(opened: Opened, lang: str) -> None:
    """Show the stage and the variants: open one, keep the present rules as one, delete, take away as files."""
    base = opened.assessment.policy
    found, problems = list_variants(writing.memory(opened))
    with st.container(key="planner-policy-bar", horizontal=True, vertical_alignment="bottom"):
        _stage(lang)
        _open(found, base, lang)
        _keep(opened, base, lang)
        _delete(opened, lang)
        st.button(t("policy.back", lang), key="planner-policy-back", on_click=back, args=(base,))
        st.space("stretch")
        _folder(opened, lang)
    _said(lang)
    trouble.problem_table(problems, lang)


def _stage(lang: str) -> None:
    st.session_state["policy_profile"] = policy_state.rules().profile
    st.segmented_control(
        t("policy.stage", lang), list(PROFILES), key="policy_profile", required=True,
        format_func=lambda p: t(f"table.profile.{p}", lang), on_change=policy_state.take_profile,
    )  # fmt: skip


def _open(found: list[Variant], base: Policy, lang: str) -> None:
    by_name = {variant.name: variant for variant in found}
    now = policy_state.opened_name()
    st.session_state["policy_variant"] = now if now in by_name else ""

    def label(name: str) -> str:
        return _variant_label(by_name[name], lang) if name else t("policy.variant.official", lang)

    st.selectbox(
        t("policy.variant", lang), ["", *by_name], format_func=label, key="policy_variant", width=300,
        on_change=_open_chosen, args=(by_name, base, lang),
    )  # fmt: skip


def _variant_label(variant: Variant, lang: str) -> str:
    author = t("policy.variant.by", lang, name=variant.author) if variant.author else ""
    return t("policy.variant.label", lang, name=variant.name, date=date_text(variant.date, lang)) + author


def _open_chosen(by_name: Mapping[str, Variant], base: Policy, lang: str) -> None:
    name = st.session_state["policy_variant"]
    if not name:
        back(base)
        return
    variant = by_name[name]
    policy_state.put(fitted(variant.rules, base), name)
    if variant.policy != base.version:
        _tell(t("policy.variant.other_base", lang, old=variant.policy, new=base.version))


def _keep(opened: Opened, base: Policy, lang: str) -> None:
    with st.popover(t("policy.keep", lang), key="planner-policy-keep"):
        st.text_input(
            t("policy.keep_name", lang), key="policy_name", max_chars=60, placeholder=t("policy.keep_hint", lang)
        )
        if opened.store is not None:
            ask(lang, key="policy_who")
        st.button(
            t("policy.keep_now", lang), key="planner-keep-now", type="primary", on_click=_keep_now,
            args=(opened, base, lang),
        )  # fmt: skip


def _keep_now(opened: Opened, base: Policy, lang: str) -> None:
    name = str(st.session_state.get("policy_name") or policy_state.opened_name()).strip()
    rules = policy_state.rules()
    if len(check_rules(rules, base, lang)):
        _tell(t("policy.keep_wrong", lang), "err")
        return
    try:
        save_variant(writing.memory(opened), Variant(name, rules, frame.person(), dt.date.today(), base.version))
    except (PlannerError, OSError) as error:
        _tell(
            in_language(error.args[0], lang) if isinstance(error, PlannerError) else t("policy.keep_failed", lang),
            "err",
        )
        return
    policy_state.name_it(name)
    st.session_state["policy_name"] = ""
    _tell(t("policy.kept", lang, name=name))


def _delete(opened: Opened, lang: str) -> None:
    name = policy_state.opened_name()
    if not name:
        return
    with st.popover(t("policy.delete", lang), key="planner-policy-delete"):
        st.html(f'<p class="hint">{safe_text(t("policy.delete_hint", lang, name=name))}</p>')
        st.button(
            t("policy.delete_now", lang), key="planner-delete-now", on_click=_delete_now, args=(opened, name, lang)
        )


def _delete_now(opened: Opened, name: str, lang: str) -> None:
    try:
        aside = delete_variant(writing.memory(opened), name)
    except PlannerError as error:
        _tell(in_language(error.args[0], lang), "err")
        return
    policy_state.name_it("")
    kept = {"file": aside.name} if isinstance(aside, Path) else {"batch": aside}
    _tell(t("policy.deleted" if isinstance(aside, Path) else "policy.deleted_batch", lang, name=name, **kept))


def _tell(text: str, kind: str = "note") -> None:
    st.session_state["policy_said"] = (text, kind)


def _said(lang: str) -> None:  # noqa: ARG001  (the words are in the language of the click)
    text, kind = st.session_state.pop("policy_said", ("", ""))
    if text:
        st.html(f'<div class="{kind}" role="status">{safe_text(text)}</div>')


def _folder(opened: Opened, lang: str) -> None:
    """The rules as typed when the button is pressed, as the tables that `planner score --policy` reads."""
    base, held = opened.assessment.policy, policy_state.held()

    def made() -> bytes:
        return policy_zip(checked_policy(held["rules"], base), opened.assessment.as_of)

    name = policy_state.opened_name() or t("policy.trial_name", lang)
    st.download_button(
        t("policy.folder", lang), made, file_name=safe_file_name(name) + ".zip", mime="application/zip",
        on_click="ignore", key="planner-policy-zip", disabled=bool(len(check_rules(policy_state.rules(), base))),
    )  # fmt: skip
