"""What the processes of the key tests run on the database of their environment.

python -m tests.faults.resealing fill COUNT    the cast, that many clients more, and a renewed key
python -m tests.faults.resealing work          prints the values by version, says ready, then seals anew to the end
python -m tests.faults.resealing finish        seals the rest, destroys the old version, and prints what there is
python -m tests.faults.resealing state         prints what there is: a hash of every plain value, values by version
python -m tests.faults.resealing keys SECONDS  rotate, retire k1 and renew all; an old version goes after SECONDS
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from datetime import timedelta
from typing import Any

from warmhandoff.cli.environment import start_django


def _practice() -> Any:
    from warmhandoff.accounts.models import Practice

    return Practice.objects.get(slug="lakeside-counseling")


def _fill(count: int) -> None:
    from tests.cast import NOW, make_cast
    from warmhandoff.clients.caring import ClientFacts, add_client
    from warmhandoff.core import clock, resealing

    cast = make_cast()
    for number in range(count):
        facts = ClientFacts(name=f"Person {number}", phone=f"512-555-{number:04}", birth_date="1990-01-01")
        add_client(cast.actor(), facts, now=NOW)
    resealing.renew(cast.practice.pk, now=clock.now())


def _work() -> None:
    from warmhandoff.core import resealing

    practice_id = _practice().pk
    resealing.left_of(practice_id)
    resealing.BATCH = 2
    print(json.dumps(dict(resealing.count_values()[practice_id])))
    print("ready", flush=True)
    resealing.go_through(practice_id, resealing.Mark(), 600)


def _state() -> dict[str, Any]:
    from warmhandoff.core import resealing, rows

    whole = hashlib.sha256()
    for model in rows.tables():
        columns = [one for one in resealing.sealed_columns() if one.model is model]
        for row in model._base_manager.order_by("pk") if columns else ():
            for column in columns:
                value = getattr(row, column.field.attname).reveal()
                whole.update(f"{column.name} {row.pk} {value!r}\n".encode())
    counts = resealing.count_values()[_practice().pk]
    return {"plain": whole.hexdigest(), "versions": {str(k): v for k, v in counts.items() if v},
            "held": [one.version for held in resealing.data_keys() if held.practice_id == _practice().pk
                     for one in held.versions]}


def _finish() -> None:
    from warmhandoff.core import clock, resealing

    resealing.SETTLED = timedelta(0)
    for _ in resealing.work_through(_practice().pk, clock=clock.now):
        pass


def _keys(seconds: float) -> None:
    from warmhandoff.core import clock, resealing, rotating

    resealing.SETTLED = timedelta(seconds=seconds)
    rotating.rotate(now=clock.now())
    time.sleep(1)
    rotating.retire("k1", now=clock.now())
    left = {}
    for held in resealing.data_keys():
        resealing.renew(held.practice_id, now=clock.now())
        *_, left[str(held.practice_id)] = resealing.work_through(held.practice_id, clock=clock.now)
    print(json.dumps(left))


def main(command: str, *more: str) -> None:
    start_django()
    if command == "fill":
        _fill(int(more[0]))
    elif command == "work":
        _work()
    elif command == "keys":
        _keys(float(more[0]))
        return
    elif command == "finish":
        _finish()
    print(json.dumps(_state()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
