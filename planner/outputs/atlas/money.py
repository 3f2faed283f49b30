"""Design fees and reserve on the works of one compound: lines of their own on sheets and in plans (CONTRACTS 2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from planner.policy import Policy


def with_fees(yuan: float, policy: Policy) -> tuple[int, int]:
    """Return fees and reserve in whole yuan: fees on the works, the reserve on works and fees (settings *_rate)."""
    fees = _share(yuan, policy.number("extra_fee_rate"))
    return fees, _share(yuan + fees, policy.number("reserve_rate"))


def _share(yuan: float, rate: float) -> int:
    return int((Decimal(str(yuan)) * Decimal(str(rate))).quantize(Decimal(1), ROUND_HALF_UP))
