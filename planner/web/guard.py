"""Who may open the page: without a login only this computer, unless the network is declared trusted (DESIGN 3)."""

from __future__ import annotations

import ipaddress
import os

import streamlit as st

from planner.text import t


def trusted_lan() -> bool:
    """Tell whether the administrator declared the network trusted (``PLANNER_TRUSTED_LAN=1``)."""
    return os.environ.get("PLANNER_TRUSTED_LAN") == "1"


def is_loopback(address: str | None) -> bool:
    """Tell whether a server address reaches this computer only; no address means every network."""
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def stop_if_open(lang: str) -> None:
    """Stop the page with the cure when the server answers the network although nobody declared it trusted."""
    if trusted_lan() or is_loopback(st.get_option("server.address")):
        return
    st.error(t("web.guard.not_loopback", lang))
    st.stop()
