/* The search of flow.py, step for step: shortest augmenting paths with prices, in whole numbers of 64 bits.
   What it does and why it is right is said there; both drivers are held to the same tests.
   Pairs of client c: listing[start[c] .. stop[c]), value likewise, greatest value first.
   Returns 0, or 1 where memory ran out (then nothing may be used of what was written). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int64_t far; int32_t listing; } Step;

typedef struct {
    int64_t clients, listings, stake;
    const int64_t *start, *stop, *value;
    const int32_t *listing, *openings;
    int64_t *client_price, *listing_price, *chosen_value;
    int32_t *chosen, *used, *first, *next;      /* who holds a listing: first[listing], next[client] */
    int64_t *far, *came_value, *client_far;
    int32_t *came, *mark, *done, *reached;
    Step *heap;
    int64_t heap_size, heap_room;
} Market;

static int push(Market *m, int64_t far, int32_t listing) {
    if (m->heap_size == m->heap_room) {
        int64_t room = m->heap_room ? 2 * m->heap_room : 1024;
        Step *more = realloc(m->heap, (size_t)room * sizeof *more);
        if (!more) return 1;
        m->heap = more; m->heap_room = room;
    }
    int64_t at = m->heap_size++;
    while (at) {
        int64_t up = (at - 1) / 2;
        Step *s = &m->heap[up];
        if (s->far < far || (s->far == far && s->listing <= listing)) break;
        m->heap[at] = *s; at = up;
    }
    m->heap[at].far = far; m->heap[at].listing = listing;
    return 0;
}

static int before(Step a, Step b) { return a.far < b.far || (a.far == b.far && a.listing < b.listing); }

static Step pop(Market *m) {
    Step top = m->heap[0], last = m->heap[--m->heap_size];
    int64_t at = 0, n = m->heap_size;
    for (;;) {
        int64_t down = 2 * at + 1;
        if (down >= n) break;
        if (down + 1 < n && before(m->heap[down + 1], m->heap[down])) down++;
        if (!before(m->heap[down], last)) break;
        m->heap[at] = m->heap[down]; at = down;
    }
    if (n) m->heap[at] = last;
    return top;
}

static void unlink_client(Market *m, int32_t listing, int32_t client) {
    int32_t *place = &m->first[listing];
    while (*place != client) place = &m->next[*place];
    *place = m->next[client];
    m->used[listing]--;
}

static void link_client(Market *m, int32_t listing, int32_t client) {  /* in ascending order: ties fall as in flow.py */
    int32_t *place = &m->first[listing];
    while (*place >= 0 && *place < client) place = &m->next[*place];
    m->next[client] = *place; *place = client;
    m->used[listing]++;
}

static int add(Market *m, int32_t self) {
    int64_t best = 0;
    for (int64_t i = m->start[self]; i < m->stop[self]; i++) {
        int64_t price = m->listing_price[m->listing[i]], offer = m->stake + m->value[i] - price;
        if (offer > best) best = offer;
        if (!price) break;
    }
    m->client_price[self] = best;
    if (!best) return 0;
    int32_t end = -1, leaves = self, done = 0, reached = 0, touched = 0, other = self, listing = -1;
    int64_t far = 0;
    int32_t *seen = m->done + m->listings;  /* the listings reached, to be forgotten at the end */
    m->heap_size = 0;
    for (;;) {
        /* reach `other` at `far` */
        m->client_far[other] = far; m->reached[reached++] = other;
        int64_t base = far + m->client_price[other];
        if (other != self && base < best) { best = base; end = -1; leaves = other; }
        base -= m->stake;
        for (int64_t i = m->start[other]; i < m->stop[other]; i++) {
            if (base - m->value[i] >= best) break;
            int32_t to = m->listing[i];
            int64_t there = base - m->value[i] + m->listing_price[to];
            if (there >= best || (m->mark[to] && there >= m->far[to])) continue;
            if (!m->mark[to]) { m->mark[to] = 1; seen[touched++] = to; }
            m->far[to] = there; m->came[to] = other; m->came_value[to] = m->value[i];
            if (m->used[to] < m->openings[to]) { best = there; end = to; }
            else if (push(m, there, to)) return 1;
        }
        /* the next client: of the same listing, else of the nearest one */
        other = listing >= 0 ? m->next[other] : -1;
        while (other < 0) {
            if (!m->heap_size || m->heap[0].far >= best) { other = -2; break; }
            Step step = pop(m);
            if (step.far > m->far[step.listing]) continue;
            listing = step.listing; far = step.far; m->done[done++] = listing;
            other = m->first[listing];
        }
        if (other == -2) break;
    }
    for (int32_t i = 0; i < reached; i++) {
        int32_t c = m->reached[i];
        if (m->client_far[c] < best) m->client_price[c] -= best - m->client_far[c];
    }
    for (int32_t i = 0; i < done; i++) {
        int32_t j = m->done[i];
        if (m->far[j] < best) m->listing_price[j] += best - m->far[j];
    }
    int moving = 1;
    if (end < 0) {
        end = m->chosen[leaves]; m->chosen[leaves] = -1; m->chosen_value[leaves] = 0;
        if (leaves == self) moving = 0; else unlink_client(m, end, leaves);
    }
    while (moving) {
        int32_t mover = m->came[end], held = m->chosen[mover];
        if (mover != self) unlink_client(m, held, mover);
        m->chosen[mover] = end; m->chosen_value[mover] = m->came_value[end];
        link_client(m, end, mover);
        if (mover == self) break;
        end = held;
    }
    for (int32_t i = 0; i < touched; i++) m->mark[seen[i]] = 0;
    return 0;
}

int warmhandoff_assign(int64_t clients, int64_t listings, int64_t stake, const int64_t *start, const int64_t *stop,
                       const int32_t *listing, const int64_t *value, const int32_t *openings, int64_t *client_price, int64_t *listing_price,
                       int32_t *chosen, int64_t *chosen_value) {
    Market m;
    memset(&m, 0, sizeof m);
    m.clients = clients; m.listings = listings; m.stake = stake; m.start = start; m.stop = stop; m.value = value; m.listing = listing;
    m.openings = openings; m.client_price = client_price; m.listing_price = listing_price;
    m.chosen = chosen; m.chosen_value = chosen_value;
    size_t n = (size_t)clients + 1, k = (size_t)listings + 1;
    int64_t *longs = malloc((2 * k + n) * sizeof *longs);
    int32_t *ints = malloc((6 * k + 2 * n) * sizeof *ints);
    int failed = !longs || !ints;
    if (!failed) {
        m.far = longs; m.came_value = longs + k; m.client_far = longs + 2 * k;
        m.used = ints; m.first = ints + k; m.came = ints + 2 * k; m.mark = ints + 3 * k; m.done = ints + 4 * k;
        m.next = ints + 6 * k; m.reached = ints + 6 * k + n;
        memset(m.used, 0, k * sizeof *ints); memset(m.mark, 0, k * sizeof *ints);
        memset(m.first, 0xff, k * sizeof *ints); memset(m.next, 0xff, n * sizeof *ints);
        memset(client_price, 0, (size_t)clients * sizeof *client_price);
        memset(listing_price, 0, (size_t)listings * sizeof *listing_price);
        memset(chosen, 0xff, (size_t)clients * sizeof *chosen);
        memset(chosen_value, 0, (size_t)clients * sizeof *chosen_value);
        for (int32_t c = 0; c < clients && !failed; c++) failed = add(&m, c);
    }
    free(longs); free(ints); free(m.heap);
    return failed;
}
