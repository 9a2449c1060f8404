"""The exact assignment of clients to openings: shortest augmenting paths with prices, in whole numbers.

The most clients served comes first, the greatest total value second; both at once, because each pair's weight is its
value plus a stake greater than any sum of values. After H. W. Kuhn (1955) and N. Tomizawa (1971), with several openings
a listing. The prices that end the run prove the result: no assignment at all can be worth more than their sum.

Clients are given with every pair they may have, best first: a search reads each client's pairs only as far as a pair
could still matter, so the whole is exact over all pairs without looking at all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
"""One client's listings (places 0..m-1) and the values of these pairs (0 or more), greatest value first."""

_AHEAD = 32


class _Client:
    """A client's pairs, turned into plain numbers as far as they were read."""

    __slots__ = ("_listings", "_read", "_values")

    def __init__(self, pairs: Pairs) -> None:
        self._listings, self._values = pairs
        self._read: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[tuple[int, int]]:
        place = 0
        while place < len(self._listings):
            if place >= len(self._read):
                until = max(_AHEAD, 4 * place)
                more = slice(len(self._read), until)
                self._read += zip(self._listings[more].tolist(), self._values[more].tolist(), strict=True)
            yield self._read[place]
            place += 1

    def is_bounded(self, price: int, stake: int, listing_price: NDArray[np.int64]) -> bool:
        """Whether this price and the listings' prices cover every pair of the client, read or not."""
        if not len(self._listings):
            return price >= 0
        return price >= max(0, stake + int((self._values - listing_price[self._listings]).max()))


@dataclass
class Market:
    """Clients 0..n-1 and listings 0..m-1, each listing with so many openings; a price on each of both.

    What always holds: a client's price and a listing's price together are at least the weight of every pair, and
    exactly the weight of a pair that is served; a listing with an opening left costs nothing, and so does a client who
    is not served. `stake` must exceed the sum of the values of any assignment, and n x stake must fit 62 bits.
    """

    openings: Sequence[int]
    stake: int
    clients: list[_Client] = field(default_factory=list)
    client_price: list[int] = field(default_factory=list)
    listing_price: list[int] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    served: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listing_price = [0] * len(self.openings)
        self.served = [set() for _ in self.openings]

    def add_client(self, pairs: Pairs) -> None:
        """One more client with all her pairs. She gets her place at once; others move for her where that is best."""
        self.clients.append(_Client(pairs))
        self.client_price.append(0)
        self.chosen.append(-1)
        self.values.append(0)
        _Search(self, len(self.clients) - 1).run()

    def take_over(
        self, pairs: Sequence[Pairs], client_price: list[int], listing_price: list[int],
        chosen: tuple[list[int], list[int]],
    ) -> None:  # fmt: skip
        """The end state as the kernel found it: prices, and each client's listing with the pair's value."""
        self.clients = [_Client(one) for one in pairs]
        self.client_price, self.listing_price = client_price, listing_price
        self.chosen, self.values = chosen
        for client, listing in enumerate(self.chosen):
            if listing >= 0:
                self.served[listing].add(client)

    def has_opening(self, listing: int) -> bool:
        return len(self.served[listing]) < self.openings[listing]

    def worth(self) -> tuple[int, int]:
        """How many clients are served, and the sum of the values of their pairs."""
        return sum(listing >= 0 for listing in self.chosen), sum(self.values)

    def bound(self) -> tuple[int, int]:
        """What no assignment can exceed: the sum of all prices, as (clients served, sum of values)."""
        listings = sum(price * self.openings[listing] for listing, price in enumerate(self.listing_price) if price)
        served, value = divmod(sum(self.client_price) + listings, self.stake)
        return served, value

    def is_proven(self) -> bool:
        """Whether the prices cover every pair there is, and their sum is what the assignment is worth."""
        prices = np.array(self.listing_price, dtype=np.int64)
        covered = all(
            client.is_bounded(price, self.stake, prices)
            for client, price in zip(self.clients, self.client_price, strict=True)
        )
        kept = all(len(held) <= most for held, most in zip(self.served, self.openings, strict=True))
        return covered and kept and min(self.listing_price, default=0) >= 0 and self.bound() == self.worth()


class _Search:
    """One shortest path over reduced weights (price + price - weight, never negative), and the change it brings."""

    def __init__(self, market: Market, client: int) -> None:
        self.market, self.client = market, client
        self.far: dict[int, int] = {}  # distance of each listing reached
        self.client_far: dict[int, int] = {}
        self.came: dict[int, tuple[int, int]] = {}  # listing -> the client from whom it was reached, and their value
        self.heap: list[tuple[int, int]] = []
        self.best = 0  # the shortest way found to an end: an opening (`end`), or a client who gets nothing (`leaves`)
        self.end, self.leaves = -1, client

    def run(self) -> None:
        market, client = self.market, self.client
        offers = (market.stake + value - market.listing_price[listing] for listing, value in self._worthwhile())
        self.best = market.client_price[client] = max(0, max(offers, default=0))
        if not self.best:
            return
        self._reach(client, 0)
        done = []
        while self.heap and self.heap[0][0] < self.best:
            far, listing = heapq.heappop(self.heap)
            if far > self.far[listing]:
                continue
            done.append(listing)
            for other in sorted(market.served[listing]):
                self._reach(other, far)
        self._reprice(done)
        self._shift()

    def _worthwhile(self) -> Iterator[tuple[int, int]]:
        """The newcomer's pairs down to the first that costs nothing: those behind it cannot offer more."""
        for listing, value in self.market.clients[self.client]:
            yield listing, value
            if not self.market.listing_price[listing]:
                return

    def _reach(self, client: int, far: int) -> None:
        market = self.market
        self.client_far[client] = far
        base = far + market.client_price[client]
        if client != self.client and base < self.best:
            self.best, self.end, self.leaves = base, -1, client
        base -= market.stake
        for listing, value in market.clients[client]:
            if base - value >= self.best:
                return  # prices are never negative: no pair behind this one leads to a shorter way
            there = base - value + market.listing_price[listing]
            if there >= self.best or there >= self.far.get(listing, there + 1):
                continue
            self.far[listing], self.came[listing] = there, (client, value)
            if market.has_opening(listing):
                self.best, self.end = there, listing
            else:
                heapq.heappush(self.heap, (there, listing))

    def _reprice(self, done: Sequence[int]) -> None:
        market, best = self.market, self.best
        for client, far in self.client_far.items():
            market.client_price[client] -= max(0, best - far)
        for listing in done:
            market.listing_price[listing] += max(0, best - self.far[listing])

    def _shift(self) -> None:
        """Along the way: each client takes the listing she was reached through last, and leaves her own to the next."""
        market, listing = self.market, self.end
        if listing < 0:
            listing = market.chosen[self.leaves]
            market.chosen[self.leaves], market.values[self.leaves] = -1, 0
            if self.leaves == self.client:
                return
            market.served[listing].discard(self.leaves)
        while True:
            mover, value = self.came[listing]
            before = market.chosen[mover]
            market.chosen[mover], market.values[mover] = listing, value
            market.served[listing].add(mover)
            if mover == self.client:
                return
            market.served[before].discard(mover)
            listing = before

