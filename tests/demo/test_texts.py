"""The invented people as written down: codes that exist, nobody who can be reached, words a client can read."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from warmhandoff.demo import data
from warmhandoff.demo.network import Phones, _services
from warmhandoff.demo.peers import PRESCRIBERS, THERAPISTS, peers, skewed
from warmhandoff.demo.story import VERBS
from warmhandoff.directory import pasting
from warmhandoff.directory.fields import checked
from warmhandoff.matching import parse_need
from warmhandoff.rules.reading import LIMIT, measure
from warmhandoff.rules.vocab import vocabulary

CLIENTS = data.clients()
REFERRALS = [(client, referral) for client in CLIENTS for referral in client["referral"]]
SERVICES = list(_services(data.table("services.toml")))
INVENTED_PHONE = re.compile(r"(512|737|325|830)-555-01\d\d")


def _ids(pair: tuple[dict[str, Any], dict[str, Any]]) -> str:
    return f"{pair[0]['name']} {pair[1]['reason']}"


@pytest.fixture(params=REFERRALS, ids=_ids)
def referral(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    return request.param


def test_forty_clients_for_every_reason_of_the_catalogue() -> None:
    assert len({client["name"] for client in CLIENTS}) == 40
    assert {referral["reason"] for _, referral in REFERRALS} == set(vocabulary("reasons").entries)


def test_its_codes_exist_and_its_need_holds_together(referral: tuple[dict[str, Any], dict[str, Any]]) -> None:
    client, about = referral
    assert about["kind"] in vocabulary("kinds_of_referral")
    assert about["purpose"] in vocabulary("purposes")
    parse_need({**about["need"], "place": {"zip": client["zip"]}})


def test_its_story_uses_known_verbs_and_goes_forward(referral: tuple[dict[str, Any], dict[str, Any]]) -> None:
    lines = [line.partition("|")[0].split() for line in referral[1]["story"]]
    timed = [(-int(line[0]), line[1]) for line in lines if line[0] != "now"]
    assert timed == sorted(timed)
    assert all((line[1] if line[0] == "now" else line[2]) in VERBS for line in lines)
    assert all(time < "09:00" for day, time in timed if day == 0), "day 0 happens before nine"


def test_what_the_client_reads_is_easy_to_read(referral: tuple[dict[str, Any], dict[str, Any]]) -> None:
    client, about = referral
    for text in filter(None, (about["plain"], about.get("single"))):
        level = measure(text, client.get("language", "en"))
        assert level.grade <= LIMIT, (level, text)


def test_no_text_is_used_twice() -> None:
    texts = [text for _, about in REFERRALS for text in (about["plain"], about["chart"])]
    assert len(set(texts)) == len(texts)
    assert not any("lorem" in text.casefold() for text in texts)


def test_services_are_facts_of_the_directory() -> None:
    for service in SERVICES:
        facts = {name: value for name, value in service.items() if name != "shared"}
        assert checked(facts)["kind"] == service["kind"], service["name"]


def test_whoever_sends_to_the_practice_cannot_be_reached() -> None:
    for one in data.table("incoming.toml")["incoming"]:
        numbers = re.findall(r"\d{3}-\d{3}-\d{4}", one["contact"])
        assert numbers and all(INVENTED_PHONE.fullmatch(number) for number in numbers)
        assert all(mail.endswith(".example") for mail in re.findall(r"\S+@[\w.]+\w", one["contact"]))
        times = [(-int(line.split()[0]), line.split()[1]) for line in (one["came"], *one.get("story", ()))]
        assert times == sorted(times) and all(clock < "09:00" for day, clock in times if day == 0)


def test_ties_and_exclusions_name_services_the_practice_entered() -> None:
    raw = data.table("services.toml")
    entered = {service["name"] for service in SERVICES if not service.get("shared")}
    assert {one["name"] for one in (*raw["tie"], *raw["excluded"])} <= entered
    assert len(raw["tie"]) >= 3 and all(one["kind"] in vocabulary("conflict_kinds") for one in raw["tie"])


def test_pasted_contacts_are_read() -> None:
    contacts = pasting.read_pasted(data.table("services.toml")["pasted"]["text"])
    assert len(contacts) == 6
    for contact in contacts:
        assert contact.kind and INVENTED_PHONE.fullmatch(contact.phone)
        assert not contact.email or contact.email.endswith(".example")


def test_there_are_a_hundred_and_fifty_and_always_the_same() -> None:
    first, second = (list(peers(Random("seed"))) for _ in range(2))
    assert first == second
    assert len({one["name"] for one in first}) == THERAPISTS + PRESCRIBERS
    assert len(first) + len(SERVICES) + 6 == 150
    assert [checked(one)["name"] for one in first] == [one["name"] for one in first]


def test_concerns_are_skewed_as_in_life() -> None:
    random, pool = Random(7), ["often", "less", "seldom", "rare", "very rare", "hardly ever"]
    picked = [skewed(random, pool, 1)[0] for _ in range(600)]
    assert picked.count("often") > picked.count("less") > picked.count("hardly ever") > 0
    assert sorted(skewed(random, pool, 99)) == sorted(pool)


def test_a_phone_is_given_out_once_and_belongs_to_nobody() -> None:
    phones = Phones()
    found = [phones.one("78704") for _ in range(140)] + [phones.one("78643") for _ in range(40)]
    assert len(set(found)) == len(found)
    assert all(INVENTED_PHONE.fullmatch(phone) for phone in found)
    assert found[0].startswith("512") and found[-1].startswith("325")
