"""Every place in the source that can carry something outward, and why it may (security requirement R-10).

A place is "module:function", found by what it calls (tests/house/test_outward.py). `by`:

cleared    takes a `Cleared`, or asks the gate itself: what leaves was decided on
neutral    fixed words and a link; nothing about a client can be in it
directory  listings and facts about them: no client
herself    to the client behind her own session, or handed to her
inside     a page of staff, shown before anything leaves; the browser's own answer
machinery  makes bytes from what it is given; those who call it stand in this table themselves
"""

from __future__ import annotations

OUTWARD: dict[str, tuple[str, str]] = {
    # what becomes a PDF
    "referrals/freezing.py:compose_under": ("inside", "the preview; frozen under a decision, given out by leaving.py"),
    "referrals/on_a_basis.py:_compose": ("inside", "the preview on a basis; given out by leaving.py"),
    "clients/release_copy.py:copy_of": ("herself", "her copy of what she signed"),
    "referrals/safety.py:safety_plan_pdf": ("herself", "her own safety plan, on paper, for her"),
    "referrals/talking.py:talk_pdf": ("herself", "a letter to her, or her own call script"),
    "web/desk/referral_release.py:referral_release_pdf": ("herself", "the release to sign, on paper, for her"),
    "clients/exporting.py:export_record": ("herself", "her whole record, handed to her (45 CFR 164.524)"),
    "core/checkup.py:documents": ("neutral", "a sample page"),
    # what was frozen, as bytes
    "referrals/leaving.py:content_of": ("cleared", ""),
    "referrals/leaving.py:pdf_of": ("cleared", ""),
    "referrals/leaving.py:data_of": ("cleared", ""),
    "referrals/amending.py:_compose": ("inside", "reads the day of the version before"),
    # messages
    "clients/inviting.py:invite_row": ("neutral", "a link to her own page"),
    "directory/own_word.py:_mail": ("directory", "asks a listing whether it is still true"),
    "directory/claiming.py:_mail": ("directory", "a link to claim a listing"),
    "referrals/sending.py:_message": ("neutral", "a link; the packet waits behind it"),
    "referrals/telling.py:tell_recipient": ("neutral", "a link; what is new waits behind it"),
    "core/carriers.py:_compose": ("machinery", "fixed templates of rules/wording.py"),
    "referrals/crossing.py:_to_sender": ("neutral", "answer, day and thanks go to the sender, about her own referral"),
    "referrals/crossing.py:tell_taken_back": ("neutral", "that a copy is to be used no further"),
    "referrals/news.py:send_news": ("cleared", "asked again when it is handed over, and when it is taken in"),
    "referrals/nudging.py:_remind": ("neutral", "that something waits, and where"),
    "referrals/crossing.py:tell_receiver": ("cleared", "after the gate allowed the answer to a question"),
    "referrals/inquiring.py:_mail": ("neutral", "a link; the inquiry names nobody"),
    "referrals/linking.py:_post": ("neutral", "a new link; the packet waits behind it"),
    "core/outbox.py:send_message": ("machinery", "hands over what was posted"),
    "referrals/sending.py:deliver": ("cleared", "after _take_off asked the gate under the lock"),
    # files and answers to a browser or program
    "web/files.py:pdf": ("machinery", ""),
    "web/files.py:download": ("machinery", ""),
    "web/reply/views.py:packet": ("cleared", ""),
    "web/reply/views.py:packet_data": ("cleared", ""),
    "referrals/sending.py:packet_file": ("cleared", ""),
    "referrals/on_a_basis.py:basis_packet_file": ("cleared", ""),
    "web/desk/referral_packet.py:delivery_pdf": ("cleared", ""),
    "web/desk/packet_more.py:basis_packet_pdf": ("cleared", ""),
    "referrals/basis_links.py:_post": ("neutral", "a link; the packet waits behind it"),
    "web/reply/shared.py:shared_page_pdf": ("cleared", ""),
    "web/desk/referral_packet.py:referral_packet_preview_pdf": ("inside", "the preview, for staff"),
    "web/desk/disclosures.py:client_accounting_csv": ("inside", "what left, without its contents; refuses part 2"),
    "web/desk/record.py:client_record": ("herself", "her whole record, handed to her (45 CFR 164.524)"),
    "web/desk/referral_release.py:referral_release_scan": ("inside", "the scan of what she signed, for staff"),
    "web/portal/views.py:copy": ("herself", "her copy of what she signed"),
    "web/desk/members.py:member_leaving": ("inside", "hands a member's work to colleagues; the word is the same"),
    "web/desk/jump.py:jump": ("inside", "links for staff"),
    "web/desk/crisis.py:_page": ("neutral", "the crisis page"),
    "web/desk/crisis_path.py:safety_plan_copy": ("herself", "her own safety plan, on paper, for her"),
    "web/desk/conversation.py:_pdf": ("herself", "a letter to her, or her own call script"),
    "web/desk/referral_choice.py:_pdf": ("herself", "her list, and the sheet to choose on"),
    "web/desk/client_releases.py:client_release_pdf": ("herself", "her copy of what she signed"),
    "web/desk/columns.py:directory_mapping": ("directory", "which column holds which field"),
    "web/desk/deliveries.py:delivery_fax": ("cleared", ""),
    "web/desk/deliveries.py:inbox_packet": ("inside", "a packet that arrived, for the staff it was sent to"),
    "web/portal/papers.py:_file": ("herself", "her own letter, call script and safety plan"),
    "web/portal/views.py:own_list": ("herself", "her list to take along"),
    "referrals/papers.py:arrived_with": ("inside", "a packet that arrived, for the staff it was sent to"),
    "referrals/papers.py:arrived_file": ("inside", "a packet that arrived, for the staff it was sent to"),
    "referrals/ways.py:packet_to_carry": ("cleared", "asks the gate under the lock before it opens anything"),
    "web/desk/health.py:_plain": ("neutral", "whether the server is well"),
    "web/desk/metrics.py:metrics": ("neutral", "counts of the whole server, behind a token"),
    "web/errors.py:page": ("neutral", "a page that says what went wrong"),
    "web/too_late.py:page": ("neutral", "a page that says that the form is too old"),
    "web/desk/taking_out.py:_file": ("directory", "the directory as a file"),
    "exports/hsds_tables.py:__init__": ("directory", "listings alone"),
    "exports/sheet.py:_line": ("directory", "listings, and counts without small numbers"),
    "imports/workbook.py:as_csv": ("directory", "a workbook that someone uploaded, to be read"),
    "hsds/views.py:about": ("directory", "listings alone"),
    "hsds/views.py:service": ("directory", "listings alone"),
    "hsds/views.py:services": ("directory", "listings alone"),
    "api/door.py:_answer": ("directory", "scopes reach no client (rules.access)"),
    "api/door.py:_described": ("neutral", "the description of the API"),
    "api/door.py:_page": ("neutral", "the description of the API"),
    "api/problems.py:_response": ("neutral", "what a program is refused"),
    # the end of care, joint sessions, reports, the circle
    "referrals/closing.py:_post": ("neutral", "that nothing more is needed; asks the gate again before it leaves"),
    "referrals/bridge_view.py:bridge_pdf": ("inside", "how she was held, for the chart"),
    "referrals/discharge_view.py:summary_pdf": ("inside", "the chart's part; the shareable one only for her"),
    "referrals/recording.py:referral_record": ("inside", "the record of a referral, for the chart"),
    "web/desk/bridge.py:client_bridge_pdf": ("inside", "how she was held, for the chart"),
    "web/desk/discharge.py:discharge_pdf": ("inside", "the chart's part"),
    "web/desk/discharge.py:discharge_share_pdf": ("herself", "for her own hands; others get it in a packet"),
    "web/desk/record.py:referral_record_pdf": ("inside", "the record of a referral, for the chart"),
    "web/desk/panel.py:transition_letters": ("herself", "a letter to each, on paper"),
    "web/desk/reports.py:report_csv": ("neutral", "counts without small numbers"),
    "web/desk/calendar_feed.py:calendar_feed": ("neutral", "times, and no word of whom"),
    "web/desk/joint.py:referral_joint_ics": ("neutral", "a time, and no word of whom"),
    "web/portal/joint.py:portal_joint_ics": ("neutral", "a time, and no word of whom"),
    "web/reply/joint.py:reply_joint_ics": ("neutral", "a time, and no word of whom"),
    "web/desk/network_circle.py:network_calendar": ("directory", "meetings with colleagues"),
    "web/desk/network_circle.py:network_outreach_calendar": ("directory", "a meeting with a colleague"),
}
