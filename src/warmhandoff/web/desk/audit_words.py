"""What an entry of the audit says, in words: who, and what she did."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.core.looking import Look
from warmhandoff.referrals.queries import move_label

_SUBJECTS = {
    "client": "a client", "referral": "a referral", "today": "the page of the day", "message": "messages",
    "packet": "a packet", "delivery": "a packet", "release": "a release", "listing": "a listing", "audit": "the audit",
    "membership": "a colleague", "portal": "the client's page", "session": "the desk", "account": "the account",
    "incoming": "a referral to the practice", "api_client": "a program's access",
    "holdings": "what a colleague holds", "record": "the whole record", "attachment": "a file",
    "directory": "the directory", "list": "a list of listings", "safety_plan": "a safety plan",
    "crisis": "what was done in a crisis", "practice_text": "a text of the practice", "letter": "a letter",
    "plan": "a plan of referrals", "accounting": "the accounting of what was disclosed", "practice": "the practice",
    "lawful_disclosure": "a disclosure without a release", "basis_packet": "a packet without a release",
    "process_note": "process notes", "reflection": "a reflection", "reason": "a reason to refer",
    "gaps": "what the network lacks", "transition": "a panel transition", "report": "a report",
    "bridge": "how a client is held",
    "discharge_summary": "a discharge summary",
    "consult": "a consultation",
    "joint_session": "a joint session",
    "supervision": "what waits for her",
}  # fmt: skip
_LISTS = {
    "client": "clients", "referral": "referrals", "incoming": "the inbox", "emergency": "emergency access",
    "holdings": "what a colleague holds", "crisis": "what was done in a crisis",
    "lawful_disclosure": "disclosures without a release", "plan": "the steps of plans",
    "report": "the figures of a report",
    "consult": "consultations",
    "supervision": "what waits for a supervisor",
}  # fmt: skip
_WORDS = {
    "open": "Opened {}", "list": "Saw the list: {}", "copy": "Took a copy of {}",
    "preview": "Looked at {} before sending",
    "match": "Looked for options", "disclose": "Was given {}", "export": "Took out {}", "enter": "Came in to {}",
    "sign_in": "Signed in", "end_session": "Signed out elsewhere", "change_account": "Changed name or credentials",
    "change_password": "Changed the password", "add_factor": "Set up a second factor",
    "remove_factor": "Took away a second factor", "reset_factors": "Lost second factors were taken away",
    "new_recovery_codes": "Made new recovery codes", "join": "Joined the practice", "invite": "Made a link for {}",
    "set_supervisor": "Set a supervisor", "add": "Added {}", "change_client": "Changed what is known of a client",
    "leave": "Ended a membership", "come_back": "Came back to the practice", "change_member": "Changed {}",
    "end_invitation": "Ended a link to join", "leave_team": "Took a colleague off a care team",
    "open_in_emergency": "Opened a client in an emergency", "look_in_emergency": "Looked for a client in an emergency",
    "review_emergency": "Reviewed an emergency access",
    "join_team": "Put a colleague on a care team", "show_access_code": "Saw an access code",
    "new_access_code": "Made a new access code", "record_identity_check": "Recorded an identity check",
    "hand_device_to": "Handed the device to a client", "draft_release": "Drafted a release",
    "sign_release": "Signed a release", "revoke_release": "Took back a release",
    "refuse_disclosure": "Stopped: no release covers it", "give_by_hand": "Handed over a link",
    "try_again": "Sent a message again", "paste": "Pasted contacts", "edit": "Changed {}", "confirm": "Confirmed {}",
    "ask_for_record": "Asked for a copy of the record", "attach": "Added {}", "erase": "Erased the draft of {}",
    "retire": "Took {} out of use", "return": "Put {} back into use", "relate": "Noted how the practice knows {}",
    "renew_token": "Made a new token for {}", "end_access": "Ended {}",
    "claim": "Asked to keep {} as their own", "keep": "Confirmed who keeps {}", "let_go": "Keeps {} no longer",
    "report": "Told what happened with {}", "call": "Called {} in vain", "ask": "Asked {} what is still true",
    "opt_out": "Asked not to be written to", "share_counts": "Let counts of the practice be shared",
    "keep_counts": "Kept counts of the practice to the practice",
    "call_same": "Said of {} that it is the same as another", "call_later": "Put off whether {} is the same as another",
    "call_different": "Said of {} that it is another", "unmerge": "Took {} apart from another",
    "set_weights": "Changed what counts in matching",
    "set_asking": "Changed when a text without a name is warned of",
    "pick": "Picked clients for {}", "assign": "Had shortlists made for {}", "met": "Met someone for {}",
    "accept_panel": "Accepted {}", "accepted_panel": "Made the referrals of {}",
    "give_panel": "Gave {} to a colleague",
    "keep_bridge": "Wrote down how a client is held",
    "try_to_reach": "Wrote down a try to reach a client",
    "begin_summary": "Began a discharge summary",
    "keep_summary": "Wrote on a discharge summary",
    "sign_summary": "Signed a discharge summary",
    "throw_away_summary": "Threw away a discharge summary in writing",
    "add_addendum": "Added to a discharge summary",
    "ask_supervisor": "Consulted the supervisor",
    "answer_consult": "Answered a consultation",
    "ask_cosign": "Asked for a co-signature",
    "decide_cosign": "Decided on a co-signature",
    "propose_joint": "Proposed a joint session",
    "agree_joint": "Agreed to a joint session",
    "call_off_joint": "Called a joint session off",
    "make_feed": "Made an address for the own calendar",
    "end_feed": "Ended the address of the own calendar",
    "end_treatment": "Ended care",
    "begin_again": "Began care again",
    "set_answers": "Changed how soon we answer",
    "set_notice_days": "Changed the days of notice",
    "tell_news": "Told the sender how it goes", "keep_room": "Said how much room there is",
    "plan": "Planned to meet a colleague", "log": "Wrote down a meeting with a colleague",
    "drop": "Dropped a planned meeting", "set_goal": "Set a goal for the circle",
    "expect": "Wrote down a need to expect", "remove": "Took away an expected need",
    "set_niche": "Wrote what she does best", "say_niche": "Told {} what she does best",
    "record_crisis": "Wrote down what was done in a crisis", "keep_safety_plan": "Wrote a safety plan",
    "not_reached": "Asked after a client and did not reach her", "follow_up": "Asked after a client",
    "follow_up_overdue": "Saw that nobody had asked after a client in time",
    "keep_text": "Changed {}", "plan_talk": "Wrote what to say about a referral",
    "share_letter": "Shared a letter with the client", "unshare_letter": "Took a letter off the client's page",
    "link_on_basis": "Gave a link to {}", "end_basis_link": "Ended the link to {}",
    "link_nudge": "Sent the recipient of {} a new link",
    "link_new_code": "Gave the recipient of {} a new code", "drop_message": "Gave up on a message",
    "arrive": "Took in {}", "write": "Wrote {}", "change": "Changed {}",
    "show": "Showed {} to the supervisor", "take_back": "Took {} back", "throw_away": "Threw {} away",
    "write_packet_texts": "Wrote the texts of a packet", "read_list": "Looked through the options for a referral",
    "answer_step": "Answered what is looked at before a referral",
    "pass_over_step": "Passed over what is looked at before a referral",
    "tell_ways": "Said which ways to stay would do", "add_reason": "Added a reason to refer",
    "switch_reason_off": "Took a reason to refer out of use", "switch_reason_on": "Put a reason to refer back into use",
    "record_disclosure": "Recorded a disclosure without a release",
    "complete_disclosure": "Completed the record of a disclosure", "review_disclosure": "Reviewed a disclosure",
    "record_minor_consent": "Recorded who consents for a minor",
    "change_release_settings": "Changed how releases are made",
    "set_switches": "Changed what the practice uses",
    "allow_treatment_disclosures": "Allowed disclosures for treatment without a release",
    "stop_treatment_disclosures": "Stopped disclosures for treatment without a release",
    "plan_harms_set": "Said what a plan is against", "plan_reordered": "Changed the order of a plan",
    "plan_order_suggested": "Took the suggested order of a plan", "plan_step_done": "Did a step of a plan",
    "plan_barrier_told": "Noted what got in the way of a plan", "plan_item_begun": "Began an item of a plan",
    "plan_item_joined": "Put a referral into a plan", "plan_item_back": "Put an item back into a plan",
    "plan_item_added": "Added an item to a plan", "plan_item_changed": "Changed an item of a plan",
    "plan_item_rests": "Let an item of a plan rest", "plan_item_ended": "Took an item off a plan",
    "plan_item_wakes": "Took an item of a plan up again", "give_copy": "Gave the client a copy of a release",
    "narrow_release": "Narrowed a release", "take_signature_back": "Took a signature under a release back",
    "plan_condition_proposed": "Proposed a condition of therapy",
    "plan_condition_decided": "Decided on a condition of therapy",
    "check_ins_agreed": "Noted that a client may be asked how it goes",
    "check_ins_stopped": "Noted that a client is not to be asked how it goes",
    "set_goals": "Set the goals of a referral", "score_goals": "Scored the goals of a referral",
    "plan_condition_reviewed": "Reviewed a condition of therapy",
}  # fmt: skip
# where the same verb means something else
_TOGETHER = {("enter", "listing"): "Entered a listing", ("keep", "reflection"): "Kept a reflection"}
_REFUSED = {
    "no_token": "whatever it asked for: its token was none in force",
    "not_there": "what is not there, or not theirs to see", "not_allowed": "something that is not theirs to do",
    "no_release": "a disclosure without a release", "not_now": "a step at the wrong time",
    "stale": "a step that someone else had made", "too_many": "another try: too many were wrong",
    "bad_input": "something that could not be understood", "unavailable": "something while the server was in trouble",
}  # fmt: skip
_SIDES = {"client": "The client", "recipient": "A recipient", "system": "The server", "api": "A program",
          "stranger": "Someone without an account"}  # fmt: skip


def verbs() -> list[tuple[str, str]]:
    """The verbs to choose from, with their words."""
    plain = [(verb, words.replace("{}", "…")) for verb, words in _WORDS.items()]
    return sorted([*plain, ("refused", "Was refused")], key=lambda pair: pair[1])


def who(look: Look, names: dict[UUID, str]) -> str:
    if look.membership_id is not None:
        return names.get(look.membership_id, "Someone who is not known any more")
    return _SIDES.get(look.side, look.side)


def what(look: Look) -> str:
    if look.refused:
        return f"Was refused {_REFUSED.get(look.subject_kind, 'something')}"
    if together := _TOGETHER.get((look.verb, look.subject_kind)):
        return together
    words = _WORDS.get(look.verb)
    if words is None:
        return move_label(look.verb)
    subject = _SUBJECTS.get(look.subject_kind, look.subject_kind)
    return words.format(_LISTS.get(look.subject_kind, subject) if look.verb == "list" else subject)
