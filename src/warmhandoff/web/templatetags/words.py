"""Amounts, distances, dates and lists in words. Pure functions: the present moment is handed in, never read here."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils import dateformat
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from warmhandoff.rules.reading import measure

register = template.Library()

Moment = datetime | date
DAYS_IN_WORDS = 13  # from there on weeks say it better


@register.filter
def money(cents: int | None) -> str:
    """Whole US cents as dollars: 15000 -> "$150", 15050 -> "$150.50". None, nothing known, is "not known"."""
    if cents is None:
        return gettext("not known")
    dollars, rest = divmod(abs(int(cents)), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}${dollars:,}" + (f".{rest:02d}" if rest else "")


def away(distance: float | None) -> str:
    """How far something is. Distances run from the middle of one ZIP code area to another's: nothing is no number."""
    if distance is not None and distance < 0.05:
        return gettext("in the same ZIP code area")
    return gettext("%(miles)s away") % {"miles": miles(distance)}


@register.filter
def miles(distance: float | None) -> str:
    """Miles as people say them: 6.14 -> "6.1 miles", 14.2 -> "14 miles", 0.04 -> "under 0.1 miles"."""
    if distance is None:
        return gettext("distance not known")
    if distance < 0.1:
        return gettext("under 0.1 miles")
    near = round(float(distance), 1)
    shown = f"{near:.1f}".removesuffix(".0") if near < 10 else f"{distance:.0f}"
    return ngettext("%(miles)s mile", "%(miles)s miles", 1 if shown == "1" else 2) % {"miles": shown}


@register.filter
def share(points: float | None) -> str:
    """A score or one term's share of it, with one decimal: 8.06 -> "8.1"."""
    return gettext("not known") if points is None else f"{float(points):.1f}"


@register.filter
def share_width(part: float | None) -> str:
    """A part of one (0 to 1) as the width of an SVG bar in hundredths, whatever the language's decimal sign."""
    held = min(1.0, max(0.0, float(part or 0)))
    return f"{held * 100:.1f}".removesuffix(".0")


@register.filter
def join_and(items: Iterable[object]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    return gettext("%(all_but_last)s and %(last)s") % {"all_but_last": ", ".join(words[:-1]), "last": words[-1]}


@register.filter
def when(value: Moment | None, now: datetime) -> str:
    """How far off a day is, counted in the calendar of `now`'s zone: "today", "in 3 days", "2 weeks ago".

    `now` is an aware datetime in the zone of the person reading. A datetime today or tomorrow keeps its time.
    """
    if value is None:
        return gettext("no date")
    days = (_day(value, now) - now.date()).days
    if days in _NEAR:
        return _with_time(str(_NEAR[days]), value, now)
    return _days_ahead(days) if days > 0 else _days_ago(-days)


@register.filter
def day(value: Moment | None, now: datetime) -> str:
    """The day itself, with the year only where it is not this one: "Wednesday 25 November"."""
    if value is None:
        return gettext("no date")
    local = _day(value, now)
    pattern = pgettext("date format", "l j F") if local.year == now.year else pgettext("date format", "l j F Y")
    return dateformat.format(local, pattern)


@register.filter
def day_and_time(value: datetime | None, now: datetime) -> str:
    """ "Wednesday 25 November, 3:00 pm", in the zone of `now`."""
    if value is None:
        return gettext("no date")
    return f"{day(value, now)}, {clock(value, now)}"


@register.filter
def clock(value: datetime, now: datetime) -> str:
    """The time of day in the zone of `now`: "3:00 pm"."""
    local = value.astimezone(now.tzinfo)
    hour = local.hour % 12 or 12
    return f"{hour}:{local.minute:02d} " + (gettext("am") if local.hour < 12 else gettext("pm"))


@register.filter
def in_zone(value: datetime, zone: str | tzinfo) -> datetime:
    """The same instant in another zone, for use as `now`: {% with here=now|in_zone:practice.time_zone %}."""
    return value.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


_NEAR = {-1: gettext_lazy("yesterday"), 0: gettext_lazy("today"), 1: gettext_lazy("tomorrow")}


def _day(value: Moment, now: datetime) -> date:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None or now.tzinfo is None:
        raise ValueError("an instant without a time zone cannot be put on a calendar")
    return value.astimezone(now.tzinfo).date()


def _with_time(words: str, value: Moment, now: datetime) -> str:
    if not isinstance(value, datetime):
        return words
    return gettext("%(day)s at %(time)s") % {"day": words, "time": clock(value, now)}


def _days_ahead(days: int) -> str:
    if days <= DAYS_IN_WORDS:
        return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
    if days < 60:
        return ngettext("in %(count)d week", "in %(count)d weeks", days // 7) % {"count": days // 7}
    return ngettext("in %(count)d month", "in %(count)d months", _months(days)) % {"count": _months(days)}


def _days_ago(days: int) -> str:
    if days <= DAYS_IN_WORDS:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    if days < 60:
        return ngettext("%(count)d week ago", "%(count)d weeks ago", days // 7) % {"count": days // 7}
    if days < 730:
        return ngettext("%(count)d month ago", "%(count)d months ago", _months(days)) % {"count": _months(days)}
    return ngettext("%(count)d year ago", "%(count)d years ago", days // 365) % {"count": days // 365}


def _months(days: int) -> int:
    return int(Decimal(days) / Decimal("30.44"))


@register.filter
def reading(text: str, language: str = "en") -> str:
    """How hard a text for a client is to read: "Reads at about grade 4.1; the aim is 6."."""
    return measure(text, language).in_words()
