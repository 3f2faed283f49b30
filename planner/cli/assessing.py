"""What score, items and map share: the assessment of the inputs, and its counts in words and for other programs."""

from __future__ import annotations

from planner.cli.inputs import Inputs
from planner.cli.terminal import progress, report_problems, say
from planner.decisions.pipeline import Assessment, assess
from planner.district.checks.dates import as_of_far_from_surveys
from planner.errors import InputError
from planner.text import date_text, t


def assess_inputs(inputs: Inputs, lang: str) -> Assessment:
    """Score the district that was read.

    Raises InputError when there are rows but none of them is usable: the problems of the district come with it.
    """
    district = inputs.district
    if not len(district.compounds) and (district.problems["severity"] == "error").any():
        raise InputError(t("cli.error.nothing_usable"), district.problems)
    with progress("cli.progress.score", lang, n=len(district.compounds)):
        return assess(district, inputs.policy, as_of=inputs.as_of, profile=inputs.profile, unused=inputs.unused)


def say_counts(assessment: Assessment, inputs: Inputs, lang: str) -> None:
    """Print on standard error what the result rests on and how many compounds stand in which state."""
    district, policy = inputs.district, inputs.policy
    date = date_text(assessment.as_of, lang)
    say(t("cli.counts.basis", lang, date=date, profile=assessment.profile, version=policy.version))
    if assessment.unused:
        say(t("cli.counts.unused", lang, codes="、".join(assessment.unused)))
    states = assessment.ranking["state"].value_counts()
    listed = "、".join(f"{state} {n}" for state, n in states.items())
    say(t("cli.counts.states", lang, n=len(assessment.ranking), states=listed or "—"))
    report_problems(as_of_far_from_surveys(district, policy, assessment.as_of), lang)
    errors = district.problems.loc[district.problems["severity"] == "error"]
    if len(errors):
        say(t("cli.counts.left_out", lang, n=len(errors)))
        report_problems(errors, lang)


def summary(assessment: Assessment, inputs: Inputs, **files: str) -> dict[str, object]:
    """Return the counts of ``say_counts`` as plain values for ``--json``; ``files`` are the paths that were written."""
    states = assessment.ranking["state"].value_counts()
    return {
        "compounds": len(assessment.ranking),
        "states": {str(state): int(n) for state, n in states.items()},
        "problems": {s: int((inputs.district.problems["severity"] == s).sum()) for s in ("error", "warning", "info")},
        "as_of": assessment.as_of.isoformat(),
        "profile": assessment.profile,
        "unused": list(assessment.unused),
        "policy": inputs.policy.version,
        "files": files,
    }
