"""The reasons for a referral, grouped for choosing, with the kind of referral each usually means."""

from __future__ import annotations

from warmhandoff.rules.vocab import vocabulary

# group -> the usual kind of referral and the reasons, in the order of the reason catalogue
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Payment, time and place", "transfer", (
        "insurance_not_accepted", "practice_going_self_pay", "coverage_changed", "cannot_afford", "schedule_mismatch",
        "caseload_full", "client_moving",
    )),
    ("What the client needs", "transfer", (
        "outside_competence", "needs_changed", "outside_niche", "modality", "higher_level_of_care",
        "lower_level_of_care", "client_request",
    )),
    ("In addition to our work", "adjunct", (
        "diagnostic_clarification", "medication_evaluation", "instability_support", "living_circumstances",
        "recommended_practice", "crisis",
    )),
    ("How we work together", "transfer", (
        "weak_alliance", "personality_clash", "treatment_disagreement", "no_progress", "loss_of_impartiality",
    )),
    ("Changes here", "transfer", ("clinician_leaving",)),
    ("A referral that came to us", "redirect", ("poor_fit_incoming",)),
)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every reason on offer, grouped; what no group names stands under "Other"."""
    words = vocabulary("reasons")
    grouped = [
        (name, [(code, words.label(code)) for code in codes if code in words.codes]) for name, _, codes in GROUPS
    ]
    named = {code for _, _, codes in GROUPS for code in codes}
    other = [(code, words.label(code)) for code in words if code not in named]
    return [*grouped, ("Other", other)] if other else grouped


def usual_kind(reason: str) -> str:
    """The kind of referral this reason usually means; a transfer where nothing else is known."""
    return next((kind for _, kind, codes in GROUPS if reason in codes), "transfer")


def plain_sentence(reason: str, language: str) -> str:
    """The reason as the client may read it: the catalogue's plain words as a sentence."""
    words = vocabulary("reasons").plain(reason, language)
    return f"{words[:1].upper()}{words[1:]}."
