"""How well and how fast doubles are found: invented clinicians, some of them twice with the faults of real lists.

    python benchmarks/matching_up.py [--rows 10000 100000] [--seed 1]

A tenth of the rows are doubles: names with typos, initials, swapped or missing words and credentials; numbers written
otherwise, changed or missing; the NPI missing in four of ten; one in eight has moved. Six in ten of the others work in
houses that share telephone, address and website. Recall: how many doubles are found. Precision: how many of those put
up are doubles.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from typing import Any

from warmhandoff.directory.matching_up import Compared, find_pairs

_SYLLABLES = ("an", "bel", "cor", "da", "el", "fer", "gar", "ha", "is", "jo", "ka", "lin", "mar", "no", "ol", "per",
              "qui", "ros", "sa", "tor", "ul", "ver", "wen", "xi", "ya", "zan")  # fmt: skip
_FIRST = ("Maria", "Ana", "James", "Jose", "Linda", "Wei", "Aisha", "John", "Sarah", "David", "Michael", "Emily",
          "Carlos", "Nina", "Omar", "Ruth", "Peter", "Laura", "Kim", "Elena", "Tom", "Grace", "Sam", "Ivy")  # fmt: skip


def _surname(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 3)))).capitalize()


def _phone(rng: random.Random) -> str:
    return f"{rng.randint(201, 989)}-{rng.randint(200, 999)}-{rng.randint(0, 9999):04d}"


def _house(rng: random.Random, number: int) -> dict[str, Any]:
    zip_code = f"{rng.randint(10000, 10000 + number // 40):05d}"
    return {"phone": _phone(rng), "address": f"{rng.randint(1, 9999)} {_surname(rng)} Street", "zip": zip_code,
            "city": f"City {zip_code[:4]}", "state": "TX", "website": f"https://{_surname(rng)}{number}.example"}


def _person(rng: random.Random, number: int, houses: list[dict[str, Any]]) -> dict[str, Any]:
    place = dict(rng.choice(houses)) if rng.random() < 0.6 else _house(rng, len(houses) * 10)
    first, last = rng.choice(_FIRST) if rng.random() < 0.7 else _surname(rng), _surname(rng)
    middle = f" {rng.choice(_FIRST)}" if rng.random() < 0.3 else ""
    return {**place, "name": f"{first}{middle} {last}", "kind": "therapist", "npi": f"{1_000_000_000 + number}",
            "email": f"{first}.{last}{number}@mail.example" if rng.random() < 0.4 else ""}


def _typo(rng: random.Random, text: str) -> str:
    place = rng.randrange(1, len(text))
    return rng.choice((text[:place] + text[place + 1 :], text[:place] + rng.choice("aeinrst") + text[place:],
                       text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]))


def _double(rng: random.Random, person: dict[str, Any], elsewhere: dict[str, Any]) -> dict[str, Any]:
    found = {**person, **elsewhere} if rng.random() < 0.125 else dict(person)
    words = found["name"].split()
    if len(words) > 2 and rng.random() < 0.5:
        del words[1]
    if rng.random() < 0.05:
        words[0] = words[0][:1] + "."
    if rng.random() < 0.2:
        words[-1] = _typo(rng, words[-1])
    found["name"] = f"{words[-1]} {' '.join(words[:-1])}" if rng.random() < 0.1 else " ".join(words)
    found["name"] += rng.choice(("", ", LCSW", ", PhD", ", LPC-S"))
    found["npi"] = "" if rng.random() < 0.4 else found["npi"]
    found["phone"] = rng.choice((found["phone"], found["phone"].replace("-", ""), f"+1 {found['phone']}", ""))
    for field, share in (("email", 0.5), ("website", 0.5), ("address", 0.3)):
        found[field] = "" if rng.random() < share else found[field]
    return found


def measure(count: int, seed: int) -> None:
    """Make `count` rows, look for doubles, and print what was found and what it cost."""
    rng = random.Random(seed)  # noqa: S311 - invented people
    originals = count * 9 // 10
    houses = [_house(rng, originals // 6) for _ in range(max(1, originals // 6))]
    people = [_person(rng, number, houses) for number in range(originals)]
    twice = rng.sample(range(originals), count - originals)
    rows = people + [_double(rng, people[number], _house(rng, originals // 6)) for number in twice]
    true = {(number, originals + place) for place, number in enumerate(twice)}
    began = time.perf_counter()
    found = find_pairs(Compared(number, "", values) for number, values in enumerate(rows))
    took = time.perf_counter() - began
    pairs = {(pair.first, pair.second) for pair in found.pairs}
    sure = {(pair.first, pair.second) for pair in found.pairs if pair.sure}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:>8,} rows  {took:6.1f} s  {peak:5.0f} MiB  {found.compared:>9,} compared  "
          f"{found.too_large} blocks left out")
    right = len(pairs & true)
    print(f"          found: recall {right / len(true):.3f}, precision {right / len(pairs):.3f};"
          f" merged without a person: {len(sure) / len(true):.3f} of the doubles, {len(sure - true)} wrongly")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for count in arguments.rows:
        measure(count, arguments.seed)


if __name__ == "__main__":
    main()
