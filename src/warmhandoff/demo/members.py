"""The practice and its members."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from warmhandoff.accounts.joining import NewAccount, NewPractice, add_member, create_practice
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.accounts.roles import set_supervisor
from warmhandoff.accounts.second_factors import equip
from warmhandoff.demo.calendar import Calendar
from warmhandoff.demo.data import table
from warmhandoff.rules.access import Actor

PASSWORD = "copper kettle on the porch"  # noqa: S105 - invented, printed for everyone who starts the demo
MAIL_HOST = "bartoncreek.example"


@dataclass(frozen=True)
class LogIn:
    """One way into the demo practice. `role`: director, clinician, supervisor, coordinator, admin or trainee.

    secret: of her authenticator app, base 32; codes: recovery codes, each good for one sign-in.
    """

    role: str
    name: str
    email: str
    password: str
    note: str
    secret: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staff:
    """The practice as it stands before its first client. `actors` by the keys of members.toml."""

    practice_id: UUID
    slug: str
    actors: dict[str, Actor]
    logins: tuple[LogIn, ...]


def email_of(key: str, name: str) -> str:
    return f"{name.removeprefix('Dr. ').split()[0].lower()}.{key}@{MAIL_HOST}"


def practice_name() -> str:
    return str(table("members.toml")["practice"]["name"])


def make_staff(calendar: Calendar) -> Staff:
    """Make the practice and let everyone join. Only those whose log-in is printed get a password."""
    raw = table("members.toml")
    about = raw["practice"]
    practice = create_practice(
        NewPractice(about["name"], zip=about["zip"], phone=about["phone"]), now=calendar.days_ago(about["opened"])
    )
    members, logins = {}, []
    for one in raw["member"]:
        email = email_of(one["key"], one["name"])
        printed = "log_in" in one
        account = NewAccount(
            email, one["name"], PASSWORD if printed else None, credentials=one.get("credentials", "")
        )
        joined = calendar.days_ago(one["joined"])
        members[one["key"]] = member = add_member(practice, account, one["roles"], now=joined)
        secret, codes = equip(member, now=joined)
        if printed:
            logins.append(LogIn(one["log_in"], one["name"], email, PASSWORD, one["note"], secret, tuple(codes)))
    actors = {key: actor_of_membership(member) for key, member in members.items()}
    for one in raw["member"]:
        if "supervisor" in one:
            joined = calendar.days_ago(one["joined"])
            set_supervisor(actors["varga"], members[one["key"]].pk, members[one["supervisor"]].pk, now=joined)
    return Staff(practice.pk, practice.slug, actors, tuple(logins))
