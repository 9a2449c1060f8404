"""The table of access, cell by cell, and what is read off it."""

from __future__ import annotations

from itertools import combinations
from typing import get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.access import ROLES, SCOPES, TABLE, Actor, Relation, Role, Side, Verb, system

RELATIONS = get_args(Relation)
VERBS = get_args(Verb)

# Written out again on purpose: a change of the table must be made twice, knowing what it does.
EXPECTED = {
    ("clinician", "team"): "see see_clinical change send",
    ("clinician", "practice"): "directory",
    ("supervisor", "supervises"): "see see_clinical change send",
    ("clinician", "emergency"): "see see_clinical",
    ("supervisor", "emergency"): "see see_clinical",
    ("supervisor", "practice"): "directory reports",
    ("coordinator", "practice"): "see send directory",
    ("admin", "practice"): "directory policy audit reports",
}


def staff(*roles: str, second_factor: bool = True) -> Actor:
    return Actor(
        side="referrer", practice_id=uuid4(), membership_id=uuid4(), roles=frozenset(roles), second_factor=second_factor
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("relation", RELATIONS)
def test_every_cell(role: Role, relation: Relation) -> None:
    expected = frozenset(EXPECTED.get((role, relation), "").split())
    assert staff(role).verbs(relation) == expected
    for verb in VERBS:
        assert (relation in staff(role).relations_for(verb)) == (verb in expected)


def test_the_table_speaks_only_of_known_roles_relations_and_verbs() -> None:
    assert {role for role, _ in TABLE} == set(ROLES) == set(get_args(Role))
    assert {relation for _, relation in TABLE} <= set(RELATIONS)
    assert frozenset().union(*TABLE.values()) == set(VERBS), "a verb nobody has is a door nobody can open"


@given(roles=st.sets(st.sampled_from(ROLES)), relations=st.sets(st.sampled_from(RELATIONS)))
def test_roles_and_relations_add_up(roles: set[Role], relations: set[Relation]) -> None:
    alone = [staff(role).verbs(relation) for role in roles for relation in relations]
    assert staff(*roles).verbs(*relations) == frozenset().union(*alone)


@pytest.mark.parametrize("side", get_args(Side))
def test_without_a_role_nothing_is_given(side: Side) -> None:
    actor = Actor(side=side, practice_id=uuid4())
    assert actor.verbs(*RELATIONS) == frozenset()
    assert all(actor.relations_for(verb) == frozenset() for verb in VERBS)


@given(roles=st.sets(st.sampled_from(ROLES)), relations=st.sets(st.sampled_from(RELATIONS)))
def test_without_a_second_factor_staff_have_what_needs_no_client(roles: set[Role], relations: set[Relation]) -> None:
    bare, whole = staff(*roles, second_factor=False), staff(*roles)
    assert bare.verbs(*relations) == whole.verbs(*relations) & {"directory", "policy"}
    for verb in ("see", "see_clinical", "change", "send"):
        assert bare.relations_for(verb) == frozenset(), verb
    for verb in ("directory", "policy"):
        assert bare.relations_for(verb) == whole.relations_for(verb), "finding someone works before that"
    assert bare.lacks_second_factor and not whole.lacks_second_factor


def test_only_staff_can_lack_a_second_factor() -> None:
    for side in ("client", "recipient", "system"):
        assert not Actor(side=side, practice_id=uuid4()).lacks_second_factor


def test_an_unknown_role_gives_nothing() -> None:
    assert staff("owner", "Clinician", "").verbs(*RELATIONS) == frozenset()


def test_nobody_reads_clinical_words_by_being_in_the_practice_alone() -> None:
    for size in range(len(ROLES) + 1):
        for roles in combinations(ROLES, size):
            assert not {"see_clinical", "change"} & staff(*roles).verbs("practice")


def test_an_emergency_is_for_looking_and_for_nothing_else() -> None:
    for size in range(len(ROLES) + 1):
        for roles in combinations(ROLES, size):
            assert staff(*roles).verbs("emergency") <= {"see", "see_clinical"}


def test_who_configures_sees_no_client() -> None:
    assert not {"see", "see_clinical", "change", "send"} & staff("admin").verbs(*RELATIONS)


def test_the_system_itself_holds_no_role() -> None:
    acting = system(uuid4())
    assert acting.side == "system" and acting.verbs(*RELATIONS) == frozenset()


def test_an_actor_cannot_be_altered_on_its_way_down() -> None:
    with pytest.raises(AttributeError):
        staff("clinician").roles = frozenset({"admin"})  # type: ignore[misc]


def test_scopes_are_for_programs_and_speak_of_the_practice_alone() -> None:
    assert {scope: set(grant.verbs) for scope, grant in SCOPES.items()} == {
        "directory:read": set(), "directory:write": {"directory"}, "match": set(), "audit:read": {"audit"},
    }  # fmt: skip
    everything = Actor(side="api", practice_id=uuid4(), api_client_id=uuid4(), scopes=frozenset(SCOPES))
    assert everything.verbs(*RELATIONS) == {"audit", "directory"}
    assert everything.verbs("team", "supervises") == frozenset()
    assert everything.relations_for("audit") == {"practice"} and not everything.relations_for("see")
    member = Actor(side="referrer", practice_id=uuid4(), membership_id=uuid4(), scopes=frozenset(SCOPES))
    assert member.verbs(*RELATIONS) == frozenset(), "a member has roles"
