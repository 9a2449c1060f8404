"""The ring: six arcs, one for each stretch of the loop, drawn as SVG with its text alternative.

`arcs` is always six of "done", "now" (yours to do), "hold" (waiting on others) or "" (later). The ring is whole, one
unbroken circle, only when all six are done: that is what "the loop is closed" looks like.
"""

from collections.abc import Sequence
from math import cos, pi, sin

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

register = template.Library()

STRETCHES = (
    gettext_lazy("need"),
    gettext_lazy("choice"),
    gettext_lazy("release and packet"),
    gettext_lazy("answer"),
    gettext_lazy("first session"),
    gettext_lazy("settled"),
)
STATES = frozenset({"done", "now", "hold", ""})
CENTRE, RADIUS, SPAN, GAP = 17.0, 14.0, pi / 3, 0.2  # user units of a 34 x 34 view box, radians


def _arc(position: int) -> str:
    """The path of one arc, clockwise from twelve o'clock; its round caps take up most of the gap."""
    start = position * SPAN - pi / 2 + GAP
    end = (position + 1) * SPAN - pi / 2 - GAP
    points = [CENTRE + RADIUS * turn(angle) for angle in (start, end) for turn in (cos, sin)]
    return "M{:.2f} {:.2f}A14 14 0 0 1 {:.2f} {:.2f}".format(*points)


PATHS = tuple(_arc(position) for position in range(len(STRETCHES)))


def describe(arcs: Sequence[str]) -> str:
    """What the ring shows, in words: "Step 2 of 6: choice. Yours to do."""
    _refuse_odd(arcs)
    facts = {"total": len(STRETCHES), "done": sum(state == "done" for state in arcs)}
    if facts["done"] == facts["total"]:
        return gettext("All %(total)d steps are done: the loop is closed.") % facts
    current = next((position for position, state in enumerate(arcs) if state in {"now", "hold"}), None)
    if current is None:
        return gettext("%(done)d of %(total)d steps done.") % facts
    step = gettext("Step %(number)d of %(total)d: %(name)s.") % {
        "number": current + 1,
        "total": facts["total"],
        "name": STRETCHES[current],
    }
    whose = gettext("Yours to do.") if arcs[current] == "now" else gettext("Waiting on others.")
    return f"{step} {whose}"


@register.simple_tag
def ring(arcs: Sequence[str], *, size: int = 34, label: str | None = None) -> SafeString:
    """The ring as SVG.

    Without `label` the text alternative is worked out from the arcs; `label=""` makes it an ornament which screen
    readers skip (right where the same thing stands beside it in words).
    """
    words = describe(arcs) if label is None else label
    return format_html(
        '<svg class="ring" viewBox="0 0 34 34" width="{0}" height="{0}" {1} focusable="false">{2}</svg>',
        int(size),
        format_html('role="img" aria-label="{}"', words) if words else format_html('aria-hidden="{}"', "true"),
        _drawing(arcs),
    )


@register.simple_tag
def brand_mark(size: int = 28) -> SafeString:
    """The product's mark: five arcs done, the last one yours. An ornament beside the name."""
    return ring(("done",) * 5 + ("now",), size=size, label="")


def _drawing(arcs: Sequence[str]) -> SafeString:
    _refuse_odd(arcs)
    if all(state == "done" for state in arcs):
        return format_html('<circle class="done" cx="17" cy="17" r="{}"/>', 14)
    return format_html_join("", '<path class="{}" d="{}"/>', zip(arcs, PATHS, strict=True))


def _refuse_odd(arcs: Sequence[str]) -> None:
    # A ring that silently drew something else would be a false statement about a client's care.
    if len(arcs) != len(STRETCHES) or not STATES.issuperset(arcs):
        raise ValueError(f"a ring needs {len(STRETCHES)} states, each of {sorted(STATES)}; got {list(arcs)!r}")
