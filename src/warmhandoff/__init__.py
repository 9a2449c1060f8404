"""Warm Handoff: the referral desk of mental-health clinicians."""

__version__ = "0.1.0"
