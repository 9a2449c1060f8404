"""Every field that is stored has a privacy class, and the tables say what the models say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps

from warmhandoff.core.fields import SealedField
from warmhandoff.rules import privacy
from warmhandoff.rules.privacy import CLASSES, Stored, differences, keepings, tables, years_kept


def stored() -> list[Stored]:
    """Every concrete field of every model of ours, as the database has it."""
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("warmhandoff.")]
    return [
        Stored(model._meta.label, field.name, isinstance(field, SealedField), getattr(field, "privacy", ""))
        for model in ours for field in model._meta.concrete_fields
    ]


def test_every_field_has_a_class_and_no_entry_is_stale() -> None:
    found = stored()
    assert len(found) > 250
    assert differences(found) == []


def test_identity_and_clinical_are_sealed() -> None:
    sealed = {(one.model, one.name) for one in stored() if one.sealed}
    for label, model in tables().items():
        for name, field in model.fields.items():
            if field.privacy in ("identity", "clinical"):
                assert (label, name) in sealed


def test_a_new_field_is_refused_with_what_to_write() -> None:
    plain = Stored("clients.Client", "shoe_size", False)
    sealed = Stored("clients.Client", "fears", True, "clinical")
    elsewhere = Stored("clients.Pet", "name", False)
    of_plain, of_sealed, of_new = differences([*stored(), plain, sealed, elsewhere])
    assert "src/warmhandoff/rules/privacy_tables/clients.toml" in of_plain
    assert '[Client.fields]: shoe_size = { class = "' in of_plain
    assert 'fears = { class = "clinical", sealed = true, exported = "' in of_sealed
    assert "[Pet] with about = one of" in of_new and "[Pet.fields]: name" in of_new


def test_what_is_sealed_in_one_place_alone_is_told() -> None:
    found = stored()
    opened = [Stored(o.model, o.name, False) if (o.model, o.name) == ("clients.Client", "name") else o for o in found]
    assert len(opened) == len(found)
    assert differences(opened) == [
        "clients.Client.name: src/warmhandoff/rules/privacy_tables/clients.toml says sealed = true, the model does not"
    ]
    other = [Stored(o.model, o.name, o.sealed, "work") if o.name == "birth_date" else o for o in found]
    assert 'the model says privacy="work"' in differences(other)[0]


def test_an_entry_for_a_field_that_is_gone_is_told() -> None:
    left = [one for one in stored() if (one.model, one.name) != ("clients.Client", "ended_at")]
    assert differences(left) == [
        "clients.Client.ended_at is not in the database any more: take its line out of "
        "src/warmhandoff/rules/privacy_tables/clients.toml"
    ]


MODEL = {"about": "client", "kept": "record", "scrubbed": "erased"}


@pytest.mark.parametrize(("entry", "model", "said"), [
    ({"class": "secret"}, MODEL, "class must be one of"),
    ({"class": "identity"}, MODEL, "make it a SealedField"),
    ({"class": "clinical", "sealed": True}, MODEL, "held_back"),
    ({"class": "work"}, MODEL, "held_back"),
    ({"class": "key", "exported": "Key"}, MODEL, "never exported"),
    ({"class": "work", "exported": "Words"}, MODEL | {"about": "member"}, "about a client"),
    ({"class": "operational"}, MODEL | {"scrubbed": "kept"}, "say with reason"),
    ({"class": "operational", "kept": "for_ever"}, MODEL, "kept must be one of"),
    ({"class": "operational", "exprted": "Words"}, MODEL, "unknown"),
])
def test_an_entry_that_contradicts_itself_is_refused(entry: dict[str, Any], model: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        privacy._model("clients.Client", {**model, "fields": {"name": entry}})


def test_words_of_one_model_differ_and_are_words() -> None:
    for label, model in tables().items():
        words = list(model.exported.values())
        assert len(words) == len(set(words)), label
        assert all("_" not in word and word[:1].isupper() for word in words), label


def test_a_plain_value_is_not_scrubbed_by_destroying_a_key() -> None:
    fields = tables()["referrals.Referral"].fields
    assert fields["background"].scrubbed == "key_destroyed" and fields["state"].scrubbed == "erased"


def test_rules_of_retention_have_source_and_date() -> None:
    for rule in keepings().values():
        assert rule.words and rule.source and isinstance(rule.as_of, date)
    assert (years_kept(), years_kept("CA"), years_kept("az"), years_kept("PA"), years_kept("TX")) == (7, 7, 6, 5, 7)
    assert "6 years" in keepings()["audit"].words
    used = {field.kept for model in tables().values() for field in model.fields.values()}
    assert used == set(keepings())


def test_every_class_is_used() -> None:
    assert {field.privacy for model in tables().values() for field in model.fields.values()} == set(CLASSES)
