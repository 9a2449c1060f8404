"""Nothing a client told stands in plain text anywhere: database file, its journal, logs, mail, titles, addresses."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, database

pytestmark = pytest.mark.slow
MARK = "Zq7canary"
# Runs in a process of its own on a real file: a whole walk whose every sealed text carries the mark.
STORY = '''
import json, sys
from datetime import timedelta
import django
django.setup()
from django.apps import apps
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from tests import cast as people
MARK = sys.argv[1]
people.CLIENT_NAME = f"Rosalind {MARK}name"
from tests.flows import listings, walk as way
from tests.web.visits import code
from tests.web.table_people import _inside
from warmhandoff.core import clock
clock.now = lambda: people.NOW
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.clients.caring import ClientFacts, change_client, record_identity_check
from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release
from warmhandoff.referrals import answering, asking, attending, choosing, closing, planning, sending, talking
from warmhandoff.clients.lawful import Record, record_disclosure
from warmhandoff.referrals import crisis, inquiring, packets, posting, reflecting, safety
from warmhandoff.referrals.models import Asked, NeedPost
from warmhandoff.core import jobs
from django.test import Client as Browser

cast = people.make_cast()
facts = ClientFacts(name=people.CLIENT_NAME, birth_date="1991-04-02", phone=f"{MARK}phone",
    email=f"{MARK}@client.example", zip="78704",
    safe_contact={"channels": ["mail"], "note": f"{MARK}note", "alias": f"{MARK}alias", "hours": f"{MARK}hours"})
change_client(cast.actor(), cast.client.pk, facts, now=cast.now)
record_identity_check(cast.actor(), cast.client.pk, how=f"{MARK}how", now=cast.now)
walk = way.Walk(cast, cast.now, listings.three(cast))
new = planning.NewReferral(kind="transfer", reason="outside_competence", purpose="specialized", title=f"{MARK}title",
    need={**listings.NEED}, client_reason=f"{MARK}clientreason", chart_reason=f"{MARK}chartreason",
    hoped_for=f"{MARK}hoped", background=f"{MARK}background")
walk.referral_id = planning.record_need(walk.staff, cast.client.pk, new, now=walk.now)
talking.log_conversation(walk.staff, walk.referral_id, held_on=walk.now.date(), how="session", beats=[],
    how_taken=f"{MARK}taken", now=walk.now)
crisis.record_crisis(walk.staff, cast.client.pk, crisis.CrisisFacts(place=f"{MARK}place", judgment=f"{MARK}judgment",
    words=f"{MARK}crisis"), now=walk.now)
safety.keep_safety_plan(walk.staff, cast.client.pk, {"warning_signs": f"{MARK}sign"}, seen=0, shared=True, now=walk.now)
reflecting.keep(walk.staff, cast.client.pk, {"too_much": f"{MARK}reflected"}, now=walk.now)
packets.write_texts(walk.staff, walk.referral_id, {"risk": f"{MARK}risk"}, now=walk.now)
record_disclosure(walk.staff, cast.client.pk, Record("paper", "serious_threat", f"{MARK}recipient", f"{MARK}able",
    f"{MARK}facts, in so many words that they say enough", ("reason",), untold_why=f"{MARK}untold"), now=walk.now)
asking.offer(walk.staff, walk.referral_id, walk.listing_ids, now=walk.now)
inquiring.inquire(walk.staff, walk.referral_id, inquiring.NewInquiry(f"Room for someone? {MARK}asked", walk.listing_ids,
    walk.now.date(), consent_words=f"{MARK}agreed"), now=walk.now)
posting.write(walk.staff, walk.referral_id, f"Seeking a therapist {MARK}post", now=walk.now)
asked, post = Asked.objects.earliest("asked_at"), NeedPost.objects.get()
posting.reply(post.pk, posting.Reply(f"{MARK}colleague", phone="1", words=f"{MARK}reply"), now=walk.now)
choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("choose", "portal",
    ranked=walk.listing_ids[:1], words=f"{MARK}words"), now=walk.now)
names = {o.listing_id: o.listing.name for o in walk.row.options.select_related("listing")}
draft = ReleaseDraft(walk.referral_id, [(walk.listing_ids[0], names[walk.listing_ids[0]])], way.CLASSES, "specialized",
    expires_on=walk.now.date() + timedelta(days=90))
walk.release_id = draft_release(walk.staff, cast.client.pk, draft, now=walk.now)
choosing.sign(walk.client, walk.referral_id, walk.release_id, Signature("portal", f"{MARK}signed"), now=walk.now)
sending.send(walk.staff, walk.referral_id, way.order(walk), now=walk.now)
jobs.run_due(walk.now)
secrets = {"link": way.token_of(walk.delivery), "code": walk.delivery.code.reveal(),
    "asked": asked.token.reveal(), "post": post.token.reveal()}
staff, hers, theirs = cast.web(), Browser(), Browser()
from warmhandoff.clients import inviting
invited_token = inviting.new_token()
make_token, inviting.new_token = inviting.new_token, lambda: invited_token
assert inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=cast.now).mailed
inviting.new_token = make_token
jobs.run_due(walk.now)
hers.cookies = _inside("/c/", invited_token, code(cast))
theirs.cookies = _inside("/r/", secrets["link"], secrets["code"])
titles = []
def look(browser, *urls):
    for url in urls:
        answer = browser.get(url)
        assert answer.status_code in (200, 409), (url, answer.status_code)
        text = answer.content.decode()
        start = text.find("<title>")
        titles.append(url + " " + text[start:text.find("</title>")])
ref, who = f"/referrals/{walk.referral_id}/", f"/clients/{cast.client.pk}/"
look(staff, "/", "/clients/", who, who + "edit/", who + "code/", "/referrals/", ref, ref + "packet/",
    ref + "release/", ref + "choice/", "/messages/")
look(hers, "/c/home/", f"/c/about/{walk.referral_id}/", f"/c/about/{walk.referral_id}/release/")
look(theirs, "/r/page/")
assert staff.post("/clients/", {"q": f"{MARK}name"}).status_code == 200
answering.answer_delivery(way.recipient(walk), answering.Answer("accept", openings=f"{MARK}openings"), now=walk.now)
attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
attending.tell_attendance(walk.staff, walk.referral_id, told="attended", now=walk.now)
attending.check_in(walk.client, walk.referral_id, fits="yes", comfort=8, words=f"{MARK}checkin", now=walk.now)
closing.close(walk.staff, walk.referral_id, outcome="attended_fit", why=f"{MARK}why", now=walk.now)
jobs.run_due(walk.now)
opened = sum(
    MARK in str(getattr(row, field.attname).reveal())
    for model in apps.get_models() for field in model._meta.fields
    if isinstance(field, (SealedField, SealedJSON)) and not isinstance(field, SealedBytes)
    for row in model.objects.all() if getattr(row, field.attname) is not None
)
secrets["portal"] = invited_token
print(json.dumps({"titles": titles, "opened": opened, "secrets": secrets, "state": walk.row.state}))
'''


def places_with(word: str, folder: Path) -> list[str]:
    """The files under a folder in which the word stands, in any of the ways text is stored."""
    forms = [word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def test_no_word_of_hers_stands_in_plain_text(tmp_path: Path) -> None:
    with database("sqlite", tmp_path) as env:
        story = [PYTHON, "-c", STORY, MARK]
        said = subprocess.run(story, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-3000:]
    told = json.loads(said.stdout.splitlines()[-1])
    assert told["state"] == "closed" and told["opened"] >= 25, "the marks are there, sealed"
    assert len(told["titles"]) >= 15 and MARK not in json.dumps(told["titles"])
    assert MARK not in said.stderr and MARK not in said.stdout
    assert places_with(MARK, tmp_path / "data") == []
    mail = tmp_path / "mail"
    letters = [path.read_text() for path in mail.rglob("*") if path.is_file()] if mail.exists() else []
    assert letters, "mail left; it may hold her address and nothing else of hers"
    assert not any(re.search(f"{MARK}(?!@client)", letter) for letter in letters)
    for secret in told["secrets"].values():
        assert places_with(secret, tmp_path / "data") == []
    _control(tmp_path)


def _control(folder: Path) -> None:
    """The scan finds what does stand in plain text: in the file itself, and in the journal before it."""
    connection = sqlite3.connect(folder / "data" / "warmhandoff.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE plain (words TEXT)")
    connection.execute("INSERT INTO plain VALUES (?)", (f"{MARK}plain",))
    assert "warmhandoff.sqlite3-wal" in places_with(MARK, folder / "data")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert "warmhandoff.sqlite3" in places_with(MARK, folder / "data")
    connection.close()
