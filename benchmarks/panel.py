"""A panel of many clients: how long matching them all takes, and how long the exact assignment over all their options.

    PYTHONPATH=src:. python -m benchmarks.panel --listings 100000 --clients 10000

Where SciPy is installed, its sparse assignment is asked the same, and must reach the same total.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.synthetic import columns_of, needs_of
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, parse_need
from warmhandoff.matching.assign import _Listings, _Options
from warmhandoff.matching.building import built
from warmhandoff.matching.solving import BEST_VALUE, solve


def clients_near_one_city(count: int) -> list[Any]:
    """Needs like those of one closing practice: the same city, all kinds of concerns."""
    found = []
    for name, raw in needs_of(3 * count, seed=7):
        if name in ("narrow", "broad") and len(found) < count:
            place = {"lat": 40.75, "lon": -73.99, "state": "NY"}
            need = {key: value for key, value in raw.items() if key not in ("modalities_must", "exclude")}
            found.append(parse_need({**need, "kind": "therapist", "place": place, "radius_miles": 30}))
    return found


def by_scipy(pairs: list[Any], openings: Any) -> int:
    """The greatest value by scipy.sparse: a column for each opening and a way out for each client."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    stake = 1 + BEST_VALUE
    first = np.concatenate([[0], np.cumsum(openings)])
    rows, columns, costs = [], [], []
    for client, (listings, values) in enumerate(pairs):
        for listing, value in zip(listings.tolist(), values.tolist(), strict=True):
            for opening in range(first[listing], first[listing + 1]):
                rows.append(client)
                columns.append(opening)
                costs.append(2 * stake - stake - value)
        rows.append(client)
        columns.append(int(first[-1]) + client)
        costs.append(2 * stake)
    shape = (len(pairs), int(first[-1]) + len(pairs))
    graph = csr_array((np.array(costs, dtype=np.float64), (rows, columns)), shape=shape)
    client, column = min_weight_full_bipartite_matching(graph)
    taken = column < first[-1]
    return int(round(sum(stake - graph[c, o] for c, o in zip(client[taken], column[taken], strict=True))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--unknown", type=float, default=0.1)
    arguments = parser.parse_args()
    directory = Directory.of_segments([built(columns_of(arguments.listings, arguments.unknown))])
    needs = clients_near_one_city(arguments.clients)
    table = _Listings.of(directory)
    start = time.perf_counter()
    pairs = [_Options.of(table, need, DEFAULT_WEIGHTS).pairs() for need in needs]
    matched = time.perf_counter() - start
    openings = np.minimum(table.openings, len(needs))
    start = time.perf_counter()
    solved = solve(pairs, openings)
    assigned = time.perf_counter() - start
    served = sum(listing >= 0 for listing in solved.chosen)
    print(f"{arguments.listings:,} listings, {len(needs):,} clients, {sum(len(one) for one, _ in pairs):,} pairs: "
          f"matched in {matched:.2f} s, assigned in {assigned:.2f} s ({assigned / matched:.2f} x); "
          f"{served:,} served, {'proven' if solved.proven else 'NOT PROVEN'}")  # fmt: skip
    if find_spec("scipy") is None:
        print("SciPy: left out, as it is not installed")
    else:
        start = time.perf_counter()
        value = by_scipy(pairs, openings)
        print(f"SciPy sparse: {time.perf_counter() - start:.2f} s; total {value} against {solved.value}")
    return int(not solved.proven)


if __name__ == "__main__":
    sys.exit(main())
