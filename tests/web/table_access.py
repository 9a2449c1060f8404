"""Who may do what, address by address, written down a second time: the test compares it with what the pages do.

`get` and `post` name a group of MAY; "" says that the address does not take the method. A new address without a line
here fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# monitor: who brings a token of the server's
Door = Literal["public", "staff", "client", "recipient", "program", "monitor"]

STAFF = frozenset({"clinician", "colleague", "supervisor", "coordinator", "admin", "outsider"})
NO_STAFF = ("anonymous", "link_holder", "departed", "client", "other_client", "recipient", "other_recipient")
PEOPLE = (*NO_STAFF, *sorted(STAFF))
MAY = {
    "": frozenset[str](),
    "see": STAFF,
    "directory": STAFF,
    "send": STAFF - {"admin"},
    "change": STAFF - {"admin", "coordinator"},
    "own only": STAFF,  # a shared listing is not one practice's to retire
    "policy": frozenset({"admin", "outsider"}),
    "emergency": frozenset({"clinician", "colleague", "supervisor"}),  # among colleagues: the outsider is alone
}
_CARE = {
    "own": frozenset({"clinician", "supervisor", "coordinator"}),
    "neighbour": frozenset({"colleague", "coordinator"}),
    "foreign": frozenset({"outsider"}),
}
_PRACTICE = {"own": STAFF - {"outsider"}, "foreign": frozenset({"outsider"})}
# Who sees which record. "mixed": a record of one's own in the address, with a part of somebody else's record.
VISIBLE: dict[str, dict[str, frozenset[str]]] = {
    "": {"none": STAFF},
    "care": {**_CARE, "random": frozenset()},
    "part": {**_CARE, "mixed": frozenset(), "random": frozenset(), "mixed random": frozenset()},
    # a psychotherapy note: its author and nobody else
    "note": {
        "own": frozenset({"clinician"}), "neighbour": frozenset({"colleague"}), "foreign": frozenset({"outsider"}),
        "mixed": frozenset(), "random": frozenset(), "mixed random": frozenset(),
    },
    "listing": {**_PRACTICE, "shared": STAFF, "random": frozenset()},
    "feed": {"random": frozenset(PEOPLE)},
    "service": {"random": frozenset(PEOPLE)},
    "upload": {**_PRACTICE, "random": frozenset()},
    "mapping": {**_PRACTICE, "random": frozenset()},
    "program": {**_PRACTICE, "random": frozenset()},
    "member": {**_PRACTICE, "random": frozenset()},
    # opened by someone who has left: for those who care for her or supervise, and for administrators
    "emergency": {
        "own": frozenset({"clinician", "supervisor", "admin"}), "neighbour": frozenset({"colleague", "admin"}),
        "foreign": frozenset({"outsider"}), "random": frozenset(),
    },
    "pair": {**_PRACTICE, "random": frozenset()},
    # a reflection: its author's alone, also where the client is a supervisor's to see
    "reflection": {"own": frozenset({"clinician"}), "neighbour": frozenset({"colleague"}),
                   "foreign": frozenset({"outsider"}), "mixed": frozenset(), "random": frozenset(),
                   "mixed random": frozenset()},
    "hers": {"own": frozenset({"clinician"}), "neighbour": frozenset({"colleague"}),
             "foreign": frozenset({"outsider"}), "random": frozenset()},
    "part of hers": {"own": frozenset({"clinician"}), "neighbour": frozenset({"colleague"}),
                     "foreign": frozenset({"outsider"}), "mixed": frozenset(), "random": frozenset(),
                     "mixed random": frozenset()},
}
HIDDEN = {"random": "random", "mixed": "mixed random", "mixed random": "mixed random"}


@dataclass(frozen=True)
class Access:
    """`about`: which of VISIBLE says whose record it is; "" for addresses that name none."""

    door: Door
    about: str = ""
    get: str = ""
    post: str = ""
    patch: str = ""


_PAGE, _BUTTON = Access("public", get="all"), Access("public", post="all")
_FORM = Access("public", get="all", post="all")
_OWN, _OWN_BUTTON = Access("staff", get="see", post="see"), Access("staff", post="see")  # one's own account
_HERS = Access("client", "care", "all", "")
_STEP, _CHASE = Access("staff", "care", "see", "change"), Access("staff", "care", "see", "send")

ACCESS: dict[str, Access] = {
    # without an account
    "start": _FORM, "join": _FORM, "sign_in": _FORM, "crisis": _PAGE, "help_now": _PAGE,
    "help_now_es": _PAGE, "healthz": _PAGE, "readyz": _PAGE, "metrics": Access("monitor", get="all"),
    "robots": _PAGE, "hsds": _PAGE, "hsds_services": _PAGE,
    "hsds_service": Access("public", "service", get="all"), "sign_in_second": _FORM,
    "sign_in_passkey": _BUTTON, "portal_link": _FORM, "portal_language": _BUTTON, "portal_leave": _BUTTON,
    "signer": _FORM, "signer_take_back": _FORM,  # a session of their own, made by release_device
    "portal_handed_back": _FORM, "portal_left": _FORM, "reply_link": _FORM, "reply_leave": _BUTTON,
    "shared_link": _FORM, "shared_page": _PAGE, "shared_page_pdf": _PAGE,  # a session of their own
    # the API: a session opens nothing of it; tests/api has the table of its own
    "api_openapi": _PAGE, "api_docs": _PAGE, "api_practice": Access("program", get="all"),
    "api_listings": Access("program", get="all", post="all"),
    "api_listing": Access("program", "listing", get="all", patch="all"),
    "api_listing_still_true": Access("program", "listing", post="all"),
    "api_match": Access("program", post="all"), "api_audit": Access("program", get="all"),
    "verify_link": _FORM, "verify": _PAGE, "verify_answer": _BUTTON,
    "inquiry_link": _FORM, "inquiry": _PAGE, "inquiry_answer": _BUTTON, "post_link": _FORM, "post_page": _FORM,
    # a client within her session
    "portal": Access("client", get="all"), "portal_referral": _HERS,
    "portal_choice": Access("client", "care", post="all"), "portal_list": _HERS,
    "portal_release": Access("client", "care", "all", "all"), "portal_release_copy": _HERS,
    "portal_revoke": Access("client", "care", "all", "all"),
    "portal_allow_less": Access("client", "care", "all", "all"), "portal_book": Access("client", "care", post="all"),
    "portal_ways": Access("client", "care", "all", "all"),
    "portal_letter": _HERS, "portal_letter_copy": _HERS, "portal_call_copy": _HERS,
    "portal_safety_plan": Access("client", get="all"), "portal_safety_plan_copy": Access("client", get="all"),
    "portal_may_ask": Access("client", "care", post="all"), "portal_waiting": Access("client", "care", post="all"),
    "portal_goals": Access("client", "care", post="all"),
    "portal_attendance": Access("client", "care", post="all"), "portal_check_in": Access("client", "care", post="all"),
    # a recipient within the session of one delivery
    "reply": Access("recipient", get="all"), "reply_answer": Access("recipient", post="all"),
    "reply_book": Access("recipient", post="all"), "reply_news": Access("recipient", post="all"),
    "reply_attendance": Access("recipient", post="all"),
    "reply_packet": Access("recipient", get="all"), "reply_packet_data": Access("recipient", get="all"),
    "portal_shared": Access("client", get="all"),
    # staff, no record named
    "crisis_near": Access("staff", get="see", post="see"), "practice_texts": Access("staff", get="see", post="policy"),
    "today": Access("staff", get="see"), "sign_out": Access("staff", post="see"),
    "clients": Access("staff", get="see", post="see"), "client_add": Access("staff", get="change", post="change"),
    "account": _OWN, "account_password": _OWN, "account_factors": _OWN, "account_factor_remove": _OWN_BUTTON,
    "account_codes": _OWN_BUTTON, "account_session_end": _OWN_BUTTON, "account_still_here": _OWN_BUTTON,
    "outgoing": Access("staff", get="see"), "audit": Access("staff", get="policy"),
    "colleagues": Access("staff", get="see", post="policy"),
    "api_clients": Access("staff", get="policy", post="policy"),
    "api_client_renew": Access("staff", "program", "policy", "policy"),
    "api_client_end": Access("staff", "program", "policy", "policy"),
    "practice_reasons": Access("staff", get="policy", post="policy"),
    "transitions": Access("staff", get="change", post="change"),
    "transition": Access("staff", "hers", "change", "change"),
    "transition_need": Access("staff", "part of hers", "change", "change"),
    "transition_letters": Access("staff", "hers", "change"),
    "reports": Access("staff", get="see"), "report_csv": Access("staff", get="see"),
    "permissions": Access("staff", get="see"), "emergencies": Access("staff", get="see"),
    "emergency_access": Access("staff", get="emergency", post="emergency"),
    "emergency_review": Access("staff", "emergency", post="see"),
    "client_team_leave": Access("staff", "care", post="change"),
    "member": Access("staff", "member", "policy", "policy"),
    "member_leaving": Access("staff", "member", "policy", "policy"),
    "invitation_end": Access("staff", "member", post="policy"),
    "invitation_again": Access("staff", "member", post="policy"),
    "jump": Access("staff", get="see", post="see"), "find_someone": Access("staff", get="see", post="see"),
    "find_print": Access("staff", get="see", post="see"), "gaps": Access("staff", get="see"),
    "network_coverage": Access("staff", get="see"), "network_circle": Access("staff", get="see"),
    "network_niche": Access("staff", get="see", post="directory"),
    "network_niche_said": Access("staff", "listing", post="directory"),
    "network_calendar": Access("staff", get="see"), "network_goals": Access("staff", post="directory"),
    "network_group_add": Access("staff", post="directory"),
    "network_group_end": Access("staff", "mapping", post="directory"),
    "network_group_touch": Access("staff", "mapping", "see", "directory"),
    "network_known": Access("staff", "listing", "see", "directory"),
    "network_touch": Access("staff", "listing", "see", "directory"),
    "network_outreach_done": Access("staff", "hers", "see", "directory"),
    "network_outreach_drop": Access("staff", "hers", post="directory"),
    "network_followed_up": Access("staff", "hers", post="directory"),
    "network_outreach_calendar": Access("staff", "hers", "see"),
    "network_expected": Access("staff", get="directory", post="directory"),
    "network_expected_remove": Access("staff", "mapping", post="directory"),
    "switches": Access("staff", get="policy", post="policy"), "listings": Access("staff", get="see"),
    "listing_add": Access("staff", get="directory", post="directory"),
    "contacts_paste": Access("staff", get="directory", post="directory"),
    "directory_export": Access("staff", get="directory", post="directory"),
    "directory_import": Access("staff", get="directory", post="directory"), "referrals": Access("staff", get="see"),
    "claim_confirm": Access("staff", get="see", post="see"),
    "fresh": Access("staff", get="see"), "shared_counts": Access("staff", get="see", post="policy"),
    "listing_call": Access("staff", "listing", "see", "directory"),
    "listing_claim": Access("staff", "listing", "see", "directory"),
    "listing_history": Access("staff", "listing", "see"),
    "listing_ask": Access("staff", "listing", post="directory"),
    "listing_report": Access("staff", "listing", "see", "directory"),
    "doubles": Access("staff", get="see"), "merged": Access("staff", get="see"),
    # staff, one listing or file
    "double_answer": Access("staff", "pair", post="directory"), "merge_undo": Access("staff", "pair", post="directory"),
    "listing_compare": Access("staff", get="see"), "listing_map": Access("staff", get="see"),
    "lists": Access("staff", get="see", post="directory"),
    # staff, a list or a draft of one's own
    "list": Access("staff", "hers", "see", "directory"), "list_end": Access("staff", "hers", post="directory"),
    "list_off": Access("staff", "hers", post="directory"),
    "listing_draft": Access("staff", "hers", "directory", "directory"),
    "draft_erase": Access("staff", "hers", post="directory"),
    # staff, one listing or file
    "listing_lists": Access("staff", "listing", post="directory"),
    "directory_columns": Access("staff", "upload", "directory", "directory"),
    "directory_mapping": Access("staff", "mapping", "directory"),
    "directory_mapping_remove": Access("staff", "mapping", post="directory"),
    "directory_land": Access("staff", "upload", post="directory"), "listing": Access("staff", "listing", "see"),
    "listing_edit": Access("staff", "listing", "directory", "directory"),
    "listing_relation": Access("staff", "listing", post="directory"),
    "listing_still_true": Access("staff", "listing", post="directory"),
    "contact_confirm": Access("staff", "listing", post="directory"),
    "listing_retire": Access("staff", "listing", post="own only"),
    # staff, one client or message
    "client_looked": Access("staff", "care", "see"),
    "client_releases": Access("staff", "care", "see"), "client_release_pdf": Access("staff", "part", "see"),
    "client_release_narrow": Access("staff", "part", "change", "change"),
    "client_release_copy": Access("staff", "part", post="change"),
    "client_consent": Access("staff", "care", "change", "change"),
    "client_notes": Access("staff", "care", "change", "change"),
    "client_notes_release": Access("staff", "care", "change", "change"),
    "client_note": Access("staff", "note", "change", "change"),
    "matching_weights": Access("staff", get="see", post="policy"),
    "release_settings": Access("staff", get="policy", post="policy"),
    "client_crisis": Access("staff", "care", "see", "see"),
    "client_crisis_record": Access("staff", "care", post="see"),
    "crisis_follow_up": Access("staff", "part", "see", "change"),
    "safety_plan": Access("staff", "care", "change", "change"), "safety_plan_pdf": Access("staff", "care", "change"),
    "client": Access("staff", "care", "see"), "client_edit": Access("staff", "care", "change", "change"),
    "client_identity": Access("staff", "care", post="see"), "client_code": Access("staff", "care", "send"),
    "client_new_code": Access("staff", "care", post="change"), "client_invite": Access("staff", "care", post="send"),
    "client_device": Access("staff", "care", post="see"), "client_team": Access("staff", "care", post="change"),
    "referral_new": Access("staff", "care", "change", "change"),
    "client_record": Access("staff", "care", "change", "change"), "portal_ask_for_record": Access("client", post="all"),
    # staff, one client's plan, and the pause
    "client_plan": Access("staff", "care", "change"), "plan_harms": Access("staff", "care", "change", "change"),
    "plan_reduced": Access("staff", "care", post="change"), "plan_suggested": Access("staff", "care", post="change"),
    "plan_item_add": Access("staff", "care", "change", "change"), "plan_move": Access("staff", "part", post="change"),
    "plan_item": Access("staff", "part", "change", "change"), "plan_item_step": Access("staff", "part", post="change"),
    "plan_item_begin": Access("staff", "part", "change", "change"),
    "plan_item_barrier": Access("staff", "part", "change", "change"),
    "plan_item_condition": Access("staff", "part", "change", "change"),
    "plan_item_end": Access("staff", "part", "change", "change"),
    "plan_item_back": Access("staff", "part", post="change"),
    "referral_into_plan": Access("staff", "care", post="change"),
    "client_pause": Access("staff", "care", "change", "change"),
    "reflection_show": Access("staff", "reflection", post="change"),
    "reflection_throw_away": Access("staff", "reflection", post="change"),
    "client_bridge": Access("staff", "care", "change", "change"),
    "client_bridge_try": Access("staff", "care", post="change"),
    "client_let_go": Access("staff", "care", "change", "change"),
    "client_again": Access("staff", "care", post="change"), "client_bridge_pdf": Access("staff", "care", "change"),
    "practice_answers": Access("staff", get="policy", post="policy"),
    "practice_ending": Access("staff", get="policy", post="policy"),
    "client_discharge": Access("staff", "care", "change", "change"),
    "client_discharge_begin": Access("staff", "care", post="change"),
    "client_discharge_sign": Access("staff", "care", post="change"),
    "client_discharge_throw": Access("staff", "care", post="change"),
    "discharge_addendum": Access("staff", "part", "change", "change"),
    "discharge_pdf": Access("staff", "part", "change"), "discharge_share_pdf": Access("staff", "part", "change"),
    "client_discharge_cosign": Access("staff", "care", post="change"),
    "supervision": Access("staff", get="see"), "client_consult": Access("staff", "care", "change", "change"),
    "consult_answer": Access("staff", "part", post="change"), "cosign": Access("staff", "part", "change", "change"),
    "referral_cosign": Access("staff", "care", post="change"),
    "referral_joint": _CHASE, "referral_joint_said": Access("staff", "care", post="send"),
    "inbox_joint": Access("staff", "care", post="send"), "inbox_joint_ics": Access("staff", "care", "see"),
    "referral_joint_ics": Access("staff", "care", "see"), "account_calendar": _OWN,
    "calendar_feed": Access("public", "feed", get="all"),
    "reply_joint": Access("recipient", post="all"), "reply_joint_ics": Access("recipient", get="all"),
    "portal_joint": Access("client", "care", post="all"), "portal_joint_ics": _HERS,
    "client_erase": Access("staff", "care", "change", "change"),
    "referral_erase": Access("staff", "care", "change", "change"),
    "client_accounting": Access("staff", "care", "see"), "client_accounting_csv": Access("staff", "care", "see"),
    "disclosure_add": Access("staff", "care", "send", "send"),
    "disclosure": Access("staff", "part", "send", "send"), "disclosures": Access("staff", get="see"),
    "disclosure_review": Access("staff", "emergency", post="see"),
    "disclosures_treatment": Access("staff", post="policy"),
    "referral_packet_texts": Access("staff", "care", "change", "change"),
    "referral_amend": Access("staff", "part", "send", "send"), "basis_packet": Access("staff", "part", "send", "send"),
    "basis_link": Access("staff", "part", post="send"), "basis_packet_pdf": Access("staff", "part", "send"),
    "outgoing_given": Access("staff", "care", post="send"), "outgoing_again": Access("staff", "care", post="send"),
    "outgoing_drop": Access("staff", "care", post="send"), "inbox_packet": Access("staff", "care", "see"),
    "inbox_packet_before": Access("staff", "care", "see"),
    "inbox": Access("staff", get="see"), "inbox_log": Access("staff", get="send", post="send"),
    "inbox_one": Access("staff", "care", "see", "send"), "inbox_thank": Access("staff", "care", post="send"),
    "inbox_others": Access("staff", "care", "see", "send"), "inbox_after": Access("staff", "care", post="send"),
    "inbox_room": Access("staff", get="send", post="send"),
    # staff, one referral
    "referral": Access("staff", "care", "see"), "referral_list": _STEP,
    "referral_list_pdf": Access("staff", "care", "see"), "referral_paper": Access("staff", "care", "see"),
    "referral_ties": Access("staff", "care", post="change"),
    "referral_answer": _CHASE, "referral_question": _STEP, "referral_go_on": _CHASE, "referral_book": _CHASE,
    "referral_check_ins": _CHASE, "referral_waiting": _CHASE, "referral_goals": _STEP,
    "referral_join": Access("staff", "care", post="change"),
    "referral_attendance": _CHASE, "referral_check_in": _CHASE, "referral_talk": _STEP, "referral_choice": _STEP,
    "referral_words": Access("staff", "care", "change", "change"),
    "referral_words_share": Access("staff", "care", post="change"),
    "referral_letter_pdf": Access("staff", "care", "change"), "referral_call_pdf": Access("staff", "care", "change"),
    "referral_close": _STEP, "referral_reopen": _STEP, "referral_put_off": _CHASE, "referral_hand_to": _STEP,
    "referral_before": _STEP, "referral_record_pdf": Access("staff", "care", "change"),
    "referral_find_more": _STEP, "referral_need": _STEP, "referral_options": _STEP, "referral_packet": _CHASE,
    "referral_packet_preview_pdf": Access("staff", "care", "send"), "delivery_pdf": Access("staff", "part", "send"),
    "delivery_fax": Access("staff", "part", "send"), "delivery_remind": Access("staff", "part", post="send"),
    "delivery_code": Access("staff", "part", post="send"),
    "referral_release": _STEP, "referral_sign": _STEP, "referral_revoke": _STEP,
    "referral_inquire": _CHASE, "referral_inquiries": Access("staff", "care", "see"), "referral_post": _CHASE,
    "asked_answer": Access("staff", "part", "see", "send"), "asked_confirm": Access("staff", "part", post="change"),
    "asked_fell_through": Access("staff", "part", post="change"), "inquiry_end": Access("staff", "part", post="send"),
    "post_close": Access("staff", "part", post="send"), "post_reply": Access("staff", "part", post="send"),
    "practice_asking": Access("staff", get="policy", post="policy"),
    "referral_release_pdf": Access("staff", "part", "see"),
    "referral_release_scan": Access("staff", "part", "see"), "release_device": Access("staff", "part", "see", "change"),
}  # fmt: skip


def may(person: str, access: Access, group: str, relation: str) -> bool:
    """Whether this person reaches what is behind the address with this method."""
    if not group:
        return False
    if access.door == "public":
        return True
    if access.door in ("program", "monitor"):
        return False
    if access.door == "client":
        hers = {"client": "own", "other_client": "neighbour"}
        return person in hers and relation in ("none", hers[person])
    if access.door == "recipient":
        return person in ("recipient", "other_recipient")
    if group == "own only" and relation == "shared":
        return False
    return person in VISIBLE[access.about][relation] & MAY[group]


def sees(person: str, access: Access, relation: str) -> bool:
    """Whether the record is no secret to this person, so that a page may say "not yours to do"."""
    return access.door == "staff" and person in VISIBLE[access.about][relation]
