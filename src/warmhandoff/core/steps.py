"""Named points of a hand-over. In a running server they do nothing; a test stops the process at each of them."""

from __future__ import annotations

from collections.abc import Callable

NAMES = (
    "before_claim", "after_claim", "before_gate", "after_gate", "before_take_off", "after_take_off", "before_connect",
    "after_connect", "before_data", "after_data", "before_landing", "after_landing", "before_finish", "after_finish",
)  # fmt: skip


def _nothing(name: str) -> None:
    return


_listener: Callable[[str], None] = _nothing


def listen(listener: Callable[[str], None] | None) -> None:
    """Call `listener` with the name of each point that is passed; None: nobody listens."""
    global _listener  # noqa: PLW0603 - one process, one listener
    _listener = listener or _nothing


def passed(name: str) -> None:
    """The hand-over is at this point now."""
    _listener(name)
