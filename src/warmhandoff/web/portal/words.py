"""An option, a step, an answer in plain words, in the client's language. No logic beyond saying what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from warmhandoff.referrals.client_view import ClientPage, OptionCard
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.templatetags.words import away, day, join_and, money


@dataclass(frozen=True)
class OptionWords:
    """One option as sentences. Empty ones are left out by the page; `facts` are label and text."""

    card: OptionCard
    does: str
    facts: tuple[tuple[str, str], ...]
    ask: tuple[str, ...] = ()


def plain(name: str, code: str) -> str:
    """A code in the client's words; a code unknown here (a plan of this server) is its own name."""
    known = vocabulary(name)
    return known.plain(code, "es" if (get_language() or "en").startswith("es") else "en") if code in known else code


def _list(name: str, codes: Iterable[str]) -> str:
    return str(join_and([plain(name, code) for code in codes]))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def option(card: OptionCard) -> OptionWords:
    facts = [
        (_("Cost"), cost(card)), (_("First opening"), opening(card)), (_("Where"), where(card)),
        (_("Times"), _sentence(_list("times", card.times[:6]))),
        (_("Languages"), _sentence(_list("languages", card.languages))),
        (_("Access"), _sentence(_list("access", card.access))),
    ]  # fmt: skip
    return OptionWords(card, does(card), tuple((label, text) for label, text in facts if text), questions(card.ask))


def questions(ask: Iterable[str]) -> tuple[str, ...]:
    """What is not known of an option that is likely, as questions; each once."""
    known = {
        "payment": _("Do they take my plan, or what do they charge?"), "accepting": _("Do they have room?"),
        "level": _("Is it the kind of care I need?"), "kind": _("Is it the kind of care I need?"),
        "concerns": _("Do they help with what I need help with?"),
        "modalities_must": _("Do they work in the way I need?"),
        "identities_must": _("Is there someone like the one I asked for?"),
        "access": _("Can I get in and take part?"), "age_group": _("Do they see people of my age?"),
        "participants": _("Do they see those who would come with me?"),
        "languages": _("Do they speak my language?"), "place": _("Can they see me where I am?"),
        "times": _("Do they have a time that works?"),
    }  # fmt: skip
    return tuple(dict.fromkeys(known.get(must, _("Is it right for me?")) for must in ask))


def does(card: OptionCard) -> str:
    """ "Helps with trauma and anxiety. Works with EMDR." """
    parts = []
    if card.treats:
        parts.append(_("Helps with %(things)s.") % {"things": _list("concerns", card.treats)})
    if card.modalities:
        parts.append(_("Ways of working: %(things)s.") % {"things": _list("modalities", card.modalities)})
    return " ".join(parts)


def cost(card: OptionCard) -> str:
    """What the listing says about money; never a promise."""
    parts = []
    if card.plan:
        plan = {"plan": plain("plans", card.plan)}
        if card.lists_plan:
            parts.append(_("Lists %(plan)s. Check with your plan.") % plan)
        elif card.out_of_network:
            parts.append(_("Not part of %(plan)s. You pay, then ask your plan to pay some back.") % plan)
        elif card.lists_plan is None:
            parts.append(_("Ask if they take %(plan)s.") % plan)
    if not card.lists_plan:
        parts += _price(card)
    return " ".join(parts) or _("Ask them what it costs.")


def _price(card: OptionCard) -> list[str]:
    if card.sliding_floor is not None:
        return [_("From %(price)s a visit. It depends on what you earn.") % {"price": money(card.sliding_floor)}]
    parts = [_("%(price)s a visit.") % {"price": money(card.fee)}] if card.fee is not None else []
    if card.sliding_scale:
        parts.append(_("Ask for a lower price if money is tight."))
    return parts


def opening(card: OptionCard) -> str:
    if card.accepting == "closed":
        return _("No room right now")
    wait = _wait(card.wait_days)
    if card.accepting == "waitlist":
        return _("Waiting list, %(wait)s") % {"wait": wait} if wait else _("Waiting list")
    return _sentence(wait) if wait else _("Ask them")


def _wait(days: int | None) -> str:
    if days is None:
        return ""
    if days < 2:
        return _("right away")
    if days < 7:
        return _("in about %(days)d days") % {"days": days}
    return weeks(max(1, round(days / 7)))


def weeks(count: int) -> str:
    return ngettext("in about %(count)d week", "in about %(count)d weeks", count) % {"count": count}


def where(card: OptionCard) -> str:
    place = ""
    if "in_person" in card.formats or not card.formats:
        place = away(card.miles) if card.miles is not None else card.city
    video = _("by video or phone") if "telehealth" in card.formats else ""
    if place and video:
        return _("%(place)s, or by video or phone") % {"place": _sentence(place)}
    return _sentence(place or video)


def steps(page: ClientPage, now: datetime) -> list[dict[str, str]]:
    """The loop in the client's words, for parts/steps.html."""
    labels = [
        _("We talked about what could help"), _("You choose"), _("You say what may be shared"), _("They answer"),
        _("Your first visit"), _("You tell us if it fits"),
    ]  # fmt: skip
    states = ["now" if arc == "now" else arc or "later" for arc in page.arcs]
    found = [{"label": label, "state": state, "when": ""} for label, state in zip(labels, states, strict=True)]
    if page.session_at is not None:
        found[4]["when"] = str(day(page.session_at, now))
    if page.last_move == "take_list" or page.state == "taken":
        del found[2:4]  # she calls by herself: nothing is shared, and nobody has to answer
    return found


def here(line_state: str, hers: bool) -> str:
    """One line of the client's list of pages: what is going on."""
    if line_state == "closed":
        return _("All done")
    if hers:
        return _("Your turn")
    return _("We are on it")


def answer(page: ClientPage) -> list[tuple[str, str]]:
    """What the recipient said when accepting, as label and text."""
    labels = {
        "openings": _("First openings"), "methods": _("How they work"), "fees": _("What it costs"),
        "limits": _("Good to know"), "expectations": _("What they ask of you"),
    }  # fmt: skip
    return [(label, str(page.answer[key])) for key, label in labels.items() if page.answer.get(key)]


def reason_for_no(page: ClientPage) -> str:
    code: Any = page.answer.get("decline_reason")
    return _sentence(plain("decline_reasons", code)) if code else ""
