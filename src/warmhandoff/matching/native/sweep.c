/* The search of sweep.py over one index: the same files, the same questions, the same answers to the last bit.
   What it does and why it is right is said there and in visiting.py; both drivers are held to the same tests.
   Distances that decide anything are computed by the very steps of distance.py, with the C library that CPython uses. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MUSTS 16
#define COLUMNS 2048
#define CHANGES 512
#define BUFFER 256
#define FILTERS 4
#define STRIDE 8
#define NO_PLACE 99
#define FULL (~0ull)
#define EARTH 3958.7613
#define RADIAN (3.141592653589793238462643383279502884197 / 180.0)
static volatile double TWO = 2.0;  /* volatile: pow must be called, not replaced by something nearly equal */

typedef struct { double lat, lon, x, y, z; int32_t start, stop; } Spot;
typedef struct { int64_t id; uint32_t fixed[3], wait; int32_t spot, openings; uint32_t age, mask[]; } Row;

typedef struct {
    const uint64_t *bits; int64_t words;
    const uint8_t *rows; int64_t row_size, count;
    const int32_t *row_of;
    const Spot *spots;
    const double *caps;
    const int32_t *cap_spot, *kind_caps, *kind_rows, *groups;
    int64_t kinds;
    const int32_t *by_id;
    const int64_t *fresh; int64_t fresh_days;
} Index;

typedef struct { int64_t weight, first, size; const int64_t *mask, *steps; } Wish;
typedef struct {
    int64_t fixed[3], freshness, aging, distance, has_distance, telehealth, wishes;
    double lat, lon, radius, eye[3];
    Wish wish[8];
    int64_t last_spot, last_near;
} Score;

typedef struct { int how, yes, unknown; const uint64_t **column; const int64_t *number; } Must;

typedef struct { int64_t low, high; int32_t ring, rule; } Run;
typedef struct { Run *run; int64_t size, room; int failed; } Runs;

typedef struct {
    const Index *x; const uint64_t *alive;
    int in_person, telehealth, musts, compacts;
    Must must[MUSTS];
    const uint64_t *compact[8], *state, *by_telehealth, *here, *unknown_format, *unknown_licence;
    const uint64_t *filter[FILTERS], *unless[FILTERS];  /* columns all of which an option is in; or unknown */
    int64_t *excluded, excludes;  /* positions */
    const uint64_t *pool[COLUMNS]; int pooled;
} Plan;

typedef struct { uint64_t here, here_may, telehealth, telehealth_may; } Place;
typedef struct { int64_t position; int32_t ring; uint8_t here, telehealth, unknown; } Candidate;

static double miles(double lat1, double lon1, double lat2, double lon2) {
    double phi1 = lat1 * RADIAN, phi2 = lat2 * RADIAN;
    double north = sin((phi2 - phi1) / 2), east = sin((lon2 * RADIAN - lon1 * RADIAN) / 2);
    double haversine = pow(north, TWO) + cos(phi1) * cos(phi2) * pow(east, TWO), root = sqrt(haversine);
    return 2 * EARTH * asin(root < 1.0 ? root : 1.0);
}

static int64_t nearness(double distance, double radius) {
    return (int64_t)floor(pow(TWO, -2 * distance / radius) * 1000000 + 0.5);
}

void warmhandoff_miles(int64_t n, const double *points, double radius, double *far, int64_t *near) {
    for (int64_t i = 0; i < n; i++) {
        far[i] = miles(points[4 * i], points[4 * i + 1], points[4 * i + 2], points[4 * i + 3]);
        near[i] = nearness(far[i], radius);
    }
}

/* ---- the plan, as the numbers of compiled.py say it ---- */

static const uint64_t *column(const Index *x, int64_t number) { return x->bits + number * x->words; }

static const int64_t *read_must(Plan *p, Must *m, const int64_t *q) {
    int numbers = (int)q[3];
    m->how = (int)q[0]; m->yes = (int)q[1]; m->unknown = (int)q[2];
    m->column = p->pool + p->pooled;
    q += 4;
    for (int i = 0; i < m->yes + m->unknown; i++) p->pool[p->pooled++] = column(p->x, *q++);
    m->number = q;
    return q + numbers;
}

static const int64_t *read_score(Score *s, const int64_t *q, const double *d) {
    for (int i = 0; i < 3; i++) s->fixed[i] = q[i];
    s->freshness = q[3]; s->aging = q[4]; s->has_distance = q[5]; s->distance = q[6]; s->telehealth = q[7];
    s->wishes = q[8];
    q += 9;
    for (int i = 0; i < s->wishes; i++) {
        Wish *w = &s->wish[i];
        w->weight = q[0]; w->first = q[1]; w->size = q[2]; w->mask = q + 4; w->steps = q + 4 + w->size;
        q += 4 + w->size + q[3];
    }
    s->lat = d[0]; s->lon = d[1]; memcpy(s->eye, d + 2, sizeof s->eye);
    s->last_spot = -1;
    return q;
}

static uint64_t at_most(const Index *x, const int64_t *number, int64_t w) {
    const uint64_t *first = column(x, number[0]) + w;
    uint64_t less = 0, equal = FULL;
    for (int64_t s = number[1]; s--;) {
        uint64_t bits = first[s * x->words];
        if (number[2] >> s & 1) { less |= equal & ~bits; equal &= bits; } else equal &= ~bits;
    }
    return less;
}

static inline void answer(const Plan *p, const Must *m, int64_t w, uint64_t *yes, uint64_t *may) {
    const uint64_t **c = m->column;
    uint64_t y = c[0][w];
    switch (m->how) {
    case 0:
        for (int i = 1; i < m->yes; i++) y &= c[i][w];
        *may = y | c[m->yes][w];
        break;
    case 1: {
        for (int i = 1; i < m->yes; i++) y |= c[i][w];
        uint64_t u = y;
        for (int i = 0; i < m->unknown; i++) u |= c[m->yes + i][w];
        *may = u;
        break;
    }
    case 2: {
        uint64_t waiting = c[1][w], unknown = c[3][w];
        if (waiting & ~y) y |= waiting & (m->number[2] < 0 ? ~unknown : at_most(p->x, m->number, w));
        *may = y | c[2][w] | (waiting & unknown);
        break;
    }
    default: {
        uint64_t fee = at_most(p->x, m->number, w), floor_ = at_most(p->x, m->number + 3, w), sliding = y;
        y = fee | (sliding & floor_);
        *may = y | c[1][w] | ((sliding | c[2][w]) & (floor_ | c[3][w]));
    } }
    *yes = y;
}

static inline Place place_at(const Plan *p, int64_t w) {
    Place f;
    uint64_t licensed = p->state[w], unknown = p->unknown_format[w], far = p->by_telehealth[w];
    for (int i = 0; i < p->compacts; i++) licensed |= p->compact[i][w];
    f.here = p->here[w]; f.here_may = f.here | unknown;
    f.telehealth = far & licensed;
    f.telehealth_may = (far | unknown) & (licensed | p->unknown_licence[w]);
    return f;
}

static inline uint64_t place_yes(Place f, int in_person, int telehealth, int ring, int within) {
    return (in_person && ring <= within ? f.here : 0) | (telehealth ? f.telehealth : 0);
}

/* ---- which runs of positions are looked at (visiting.py) ---- */

static void push(Runs *r, Run run) {
    if (run.high <= run.low || r->failed) return;
    if (r->size == r->room) {
        int64_t room = r->room ? 2 * r->room : 256;
        Run *more = realloc(r->run, (size_t)room * sizeof *more);
        if (!more) { r->failed = 1; return; }
        r->run = more; r->room = room;
    }
    r->run[r->size++] = run;
}

static double square(const double *a, double x, double y, double z) {
    x -= a[0]; y -= a[1]; z -= a[2];
    return x * x + y * y + z * z;
}

static int ring_of(const Spot *s, const double *eye, double lat, double lon, int radii, const double *radius,
                   const double *chord) {
    double away = square(eye, s->x, s->y, s->z);
    for (int n = 0; n < radii; n++) {
        double limit = chord[n] * chord[n];
        if (fabs(away - limit) <= 1e-13 + 1e-9 * limit) { if (miles(lat, lon, s->lat, s->lon) <= radius[n]) return n; }
        else if (away <= limit) return n;
    }
    return radii;
}

static void circle(const Index *x, int64_t kind, const double *d, int radii, int32_t rule, Runs *out) {
    const double *eye = d + 2, *radius = d + 5, *chord = d + 8;
    Run open = {0, 0, -1, rule};
    for (int32_t b = x->kind_caps[kind]; b < x->kind_caps[kind + 1]; b++) {
        const double *cap = x->caps + 4 * b;
        double limit = chord[radii - 1] + cap[3] + 1e-9;
        if (square(eye, cap[0], cap[1], cap[2]) > limit * limit) continue;
        for (int32_t i = x->cap_spot[b]; i < x->cap_spot[b + 1]; i++) {
            const Spot *s = x->spots + i;
            int ring = ring_of(s, eye, d[0], d[1], radii, radius, chord);
            if (ring == radii) continue;
            if (open.ring == ring && open.high == s->start) { open.high = s->stop; continue; }
            push(out, open);
            open.low = s->start; open.high = s->stop; open.ring = ring;
        }
    }
    push(out, open);
}

static int64_t lower(const int32_t *rows, int64_t low, int64_t high, int64_t row) {
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (rows[middle] < row) low = middle + 1; else high = middle;
    }
    return low;
}

/* q: kind, radii, telehealth looked at, groups, group... */
static void visit(const Index *x, const int64_t *q, const double *d, Runs *out) {
    int64_t kind = q[0]; int radii = (int)q[1], telehealth = (int)q[2];
    if (kind < 0) return;
    if (radii) {
        int32_t rule = telehealth ? -1 : 0;
        circle(x, kind, d, radii, rule, out);
        Run nowhere = {x->kind_rows[3 * kind + 1], x->kind_rows[3 * kind + 2], NO_PLACE, rule};
        push(out, nowhere);
    }
    if (!telehealth) return;
    int64_t within = radii ? out->size - (x->kind_rows[3 * kind + 2] > x->kind_rows[3 * kind + 1]) : 0;
    for (int g = 0; g < q[3]; g++) {
        int64_t group = q[4 + g];
        if (group < 0) continue;
        const int32_t *bounds = x->groups + 2 * (group * x->kinds + kind), *rows = x->row_of - x->count;
        int64_t at = bounds[0], high = bounds[1];
        for (int64_t i = 0; i < within && at < high && !out->failed; i++) {
            Run near = out->run[i];
            Run part = {lower(rows, at, high, near.low), 0, near.ring, g};
            part.high = lower(rows, part.low, high, near.high);
            Run before = {at, part.low, radii, g};
            push(out, before); push(out, part);
            at = part.high;
        }
        Run rest = {at, high, radii, g};
        push(out, rest);
    }
}

static uint64_t span(Run r, int64_t w) {
    uint64_t mask = FULL;
    if (w == r.low >> 6) mask &= FULL << (r.low & 63);
    if (w == (r.high - 1) >> 6) mask &= FULL >> (63 - ((r.high - 1) & 63));
    return mask;
}

static inline uint64_t seen_elsewhere(const Plan *p, Run r, int64_t w) {
    uint64_t out = 0;
    if (r.rule < 0) out = place_at(p, w).telehealth_may;
    else {
        if (r.rule > 0) out = p->state[w];
        for (int i = 1; i < r.rule; i++) out |= p->compact[i - 1][w];
    }
    for (int64_t i = 0; i < p->excludes; i++) if (p->excluded[i] >> 6 == w) out |= 1ull << (p->excluded[i] & 63);
    return out;
}

/* ---- points ---- */

static inline const Row *row_at(const Index *x, int64_t row) { return (const Row *)(x->rows + row * x->row_size); }
static inline int64_t row_number(const Index *x, int64_t position) {
    return position < x->count ? position : x->row_of[position - x->count];
}

static int64_t near_of(Score *s, const Index *x, int32_t spot) {
    if (s->last_spot != spot) {
        s->last_spot = spot;
        s->last_near = nearness(miles(s->lat, s->lon, x->spots[spot].lat, x->spots[spot].lon), s->radius);
    }
    return s->last_near;
}

/* The points, or a number below `least` as soon as it is certain that they are below. */
static int64_t points(Score *s, const Index *x, const Row *r, int here, int telehealth, int64_t least) {
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) sum += s->fixed[i] * r->fixed[i];
    if (r->age != UINT32_MAX) {
        int64_t age = r->age + s->aging;
        sum += s->freshness * x->fresh[age < x->fresh_days ? age : x->fresh_days - 1];
    }
    for (int i = 0; i < s->wishes; i++) {
        const Wish *w = &s->wish[i];
        int shared = 0;
        for (int64_t j = 0; j < w->size; j++) shared += __builtin_popcount(r->mask[w->first + j] & (uint32_t)w->mask[j]);
        sum += w->weight * w->steps[shared];
    }
    if (!s->has_distance) return sum;
    int64_t reached = telehealth && s->telehealth ? 500000 : 0;
    if (here && s->distance) {
        if (sum + s->distance * 1000000 < least) return sum + s->distance * reached;
        if (s->last_spot != r->spot && s->radius > 0.01) {
            const Spot *spot = x->spots + r->spot;  /* a chord is no longer than its arc: this bounds t from above */
            double chord = sqrt(square(s->eye, spot->x, spot->y, spot->z));
            int64_t most = (int64_t)(exp2f((float)(-2 * EARTH * chord / s->radius)) * 1000100) + 2;
            if (most < reached) most = reached;
            if (sum + s->distance * most < least) return sum + s->distance * reached;
        }
        int64_t near = near_of(s, x, r->spot);
        if (near > reached) reached = near;
    }
    return sum + s->distance * reached;
}

/* ---- the best k ---- */

typedef struct { int64_t row, points, unknown, id; uint32_t wait; } Held;
typedef struct { Held *held; int64_t size, k; } Top;

static int before(const Held *a, const Held *b) {
    if (a->unknown != b->unknown) return a->unknown < b->unknown;
    if (a->points != b->points) return a->points > b->points;
    if (a->wait != b->wait) return a->wait < b->wait;
    return a->id < b->id;
}

static void offer(Top *t, Held one) {
    int64_t at = t->size;
    if (at == t->k) { if (!before(&one, &t->held[at - 1])) return; at--; } else t->size++;
    while (at && before(&one, &t->held[at - 1])) { t->held[at] = t->held[at - 1]; at--; }
    t->held[at] = one;
}

static void flush(const Index *x, Score *s, Top *t, const Candidate *found, int count) {
    for (int i = 0; i < count; i++) {
        const Candidate *c = &found[i];
        int64_t row = row_number(x, c->position), least = INT64_MIN;
        if (t->size == t->k) {
            const Held *last = &t->held[t->k - 1];
            if (c->unknown > last->unknown) continue;
            if (c->unknown == last->unknown) least = last->points;
        }
        const Row *r = row_at(x, row);
        int64_t worth = points(s, x, r, c->here, c->telehealth, least);
        if (worth < least) continue;
        Held one = {row, worth, c->unknown, r->id, r->wait};
        offer(t, one);
    }
}

typedef struct { Candidate found[BUFFER]; int count; } Buffer;

static inline void keep(const Index *x, Score *s, Top *t, Buffer *b, Candidate c) {
    __builtin_prefetch(x->rows + row_number(x, c.position) * x->row_size);
    b->found[b->count++] = c;
    if (b->count == BUFFER) { flush(x, s, t, b->found, b->count); b->count = 0; }
}

static void extract(const Index *x, Score *s, Top *t, Buffer *b, uint64_t mask, int64_t w, Place f, int ring,
                    int unknown) {
    uint64_t here = ring == 0 ? f.here : 0;
    while (mask) {
        int bit = __builtin_ctzll(mask);
        mask &= mask - 1;
        Candidate c = {(w << 6) + bit, ring, here >> bit & 1, f.telehealth >> bit & 1, (uint8_t)unknown};
        keep(x, s, t, b, c);
    }
}

/* ---- options and possibles ---- */

/* q: how many ids, then they. Each stands at its own position and at one in each of the groups looked at, at most. */
static const int64_t *leave_out(Plan *p, const int64_t *q, const int64_t *visiting) {
    const Index *x = p->x;
    int64_t ids = *q++, groups = visiting[3], kind = 0;
    p->excluded = malloc((size_t)(ids * (groups + 1) + 1) * sizeof *p->excluded);
    if (!p->excluded) return q + ids;
    for (int64_t i = 0; i < ids; i++) {
        int64_t low = 0, high = x->count;
        while (low < high) {
            int64_t middle = (low + high) / 2;
            if (row_at(x, x->by_id[middle])->id < q[i]) low = middle + 1; else high = middle;
        }
        if (low == x->count || row_at(x, x->by_id[low])->id != q[i]) continue;
        int64_t row = x->by_id[low];
        p->excluded[p->excludes++] = row;
        for (kind = 0; x->kind_rows[3 * kind + 2] <= row; kind++) ;
        for (int64_t g = 0; g < groups; g++) {
            if (visiting[4 + g] < 0) continue;
            const int32_t *bounds = x->groups + 2 * (visiting[4 + g] * x->kinds + kind), *rows = x->row_of - x->count;
            int64_t at = lower(rows, bounds[0], bounds[1], row);
            if (at < bounds[1] && rows[at] == row) p->excluded[p->excludes++] = at;
        }
    }
    return q + ids;
}

static const int64_t *read_plan(Plan *p, Score *s, const Index *x, const uint64_t *alive, const int64_t *q,
                                const double *d, const int64_t **visiting) {
    memset(p, 0, sizeof *p - sizeof p->pool);
    p->x = x; p->alive = alive; p->pooled = 0;
    *visiting = q;
    q += 4 + q[3];
    p->in_person = (int)q[0]; p->telehealth = (int)q[1];
    p->state = column(x, q[2]); p->by_telehealth = column(x, q[3]); p->here = column(x, q[4]);
    p->unknown_format = column(x, q[5]); p->unknown_licence = column(x, q[6]);
    p->compacts = (int)q[7]; q += 8;
    for (int i = 0; i < p->compacts; i++) p->compact[i] = column(x, *q++);
    q = leave_out(p, q, *visiting);
    p->musts = (int)*q++;
    int filters = 0;
    for (int i = 0; i < p->musts; i++) {
        Must *m = &p->must[i];
        q = read_must(p, m, q);
        if (m->how > 1 || (m->how == 1 && m->yes + m->unknown > 2)) continue;
        for (int j = 0; j < m->yes && filters < FILTERS; j++) {
            p->filter[filters] = m->column[j];
            p->unless[filters++] = m->column[m->yes];
        }
    }
    for (; filters < FILTERS; filters++) p->filter[filters] = p->unless[filters] = alive;
    q = read_score(s, q, d);
    s->radius = d[5];
    return q;
}

/* The next word from `w` on, up to `last`, in which somebody might be left: several words at a step, a few columns. */
static inline int64_t next_word(const Plan *p, int64_t w, int64_t last, int everything) {
    const uint64_t *alive = p->alive, *a = p->filter[0], *b = p->filter[1], *c = p->filter[2], *d = p->filter[3];
    const uint64_t *e = p->unless[0], *f = p->unless[1], *g = p->unless[2], *h = p->unless[3];
    while (w + STRIDE <= last + 1) {
        uint64_t any = 0;
        if (everything)
            for (int i = 0; i < STRIDE; i++)
                any |= alive[w + i] & (a[w + i] | e[w + i]) & (b[w + i] | f[w + i]) & (c[w + i] | g[w + i])
                       & (d[w + i] | h[w + i]);
        else
            for (int i = 0; i < STRIDE; i++) any |= alive[w + i] & a[w + i] & b[w + i] & c[w + i] & d[w + i];
        if (any) break;
        w += STRIDE;
    }
    for (; w <= last; w++) {
        uint64_t some = everything ? alive[w] & (a[w] | e[w]) & (b[w] | f[w]) & (c[w] | g[w]) & (d[w] | h[w])
                                   : alive[w] & a[w] & b[w] & c[w] & d[w];
        if (some) break;
    }
    return w;
}

static void possibles_of(const Plan *p, Score *s, Top *t, Buffer *b, uint64_t mask, const uint64_t *yes, int answers,
                         int64_t w, Place f, int ring) {
    uint64_t plane[4] = {0, 0, 0, 0};
    for (int i = 0; i < answers; i++) {
        uint64_t carry = ~yes[i];
        for (int j = 0; j < 4; j++) { uint64_t next = plane[j] & carry; plane[j] ^= carry; carry = next; }
    }
    int most = t->size == t->k ? (int)t->held[t->k - 1].unknown : answers;
    for (int unknown = 1; unknown <= most && mask; unknown++) {
        uint64_t level = mask;
        for (int j = 0; j < 4; j++) level &= unknown >> j & 1 ? plane[j] : ~plane[j];
        mask &= ~level;
        extract(p->x, s, t, b, level, w, f, ring, unknown);
    }
}

/* out: options in all, options given, possibles in all, possibles given; then row, id, points, unknown of each.
   everything: 0 options only, 1 options and possibles. Returns 1 where memory ran out. */
int warmhandoff_search(const Index *x, const uint64_t *alive, const int64_t *q, const double *d, int64_t k,
                       int everything, int64_t *out) {
    Plan p; Score s, s2; Runs runs = {0, 0, 0, 0}; const int64_t *visiting;
    Held *held = malloc((size_t)(2 * k) * sizeof *held);
    if (!held) return 1;
    Top options = {held, 0, k}, possibles = {held + k, 0, k};
    Buffer first, second;
    first.count = second.count = 0;
    read_plan(&p, &s, x, alive, q, d, &visiting);
    if (!p.excluded) runs.failed = 1;
    s2 = s;
    visit(x, visiting, d, &runs);
    int64_t total = 0, possible = 0;
    uint64_t yes[MUSTS + 1], may;
    for (int64_t i = 0; i < runs.size && !runs.failed; i++) {
        Run r = runs.run[i];
        int64_t last = (r.high - 1) >> 6;
        for (int64_t w = r.low >> 6; (w = next_word(&p, w, last, everything)) <= last; w++) {
            uint64_t mask = alive[w], sure = FULL;
            if (w == r.low >> 6 || w == (r.high - 1) >> 6) mask &= span(r, w);
            for (int j = 0; j < p.musts && mask; j++) {
                answer(&p, &p.must[j], w, &yes[j], &may);
                sure &= yes[j];
                mask &= everything ? may : yes[j];
            }
            if (!mask) continue;
            mask &= ~seen_elsewhere(&p, r, w);
            Place f = place_at(&p, w);
            yes[p.musts] = place_yes(f, p.in_person, p.telehealth, r.ring, 0);
            if (everything) {
                uint64_t near_may = p.in_person && (r.ring == 0 || r.ring == NO_PLACE) ? f.here_may : 0;
                mask &= near_may | (p.telehealth ? f.telehealth_may : 0);
            }
            sure &= mask & yes[p.musts];
            if (sure) {
                total += __builtin_popcountll(sure);
                extract(x, &s, &options, &first, sure, w, f, r.ring, 0);
            }
            mask &= ~sure;
            if (!everything || !mask) continue;
            possible += __builtin_popcountll(mask);
            possibles_of(&p, &s2, &possibles, &second, mask, yes, p.musts + 1, w, f, r.ring);
        }
    }
    flush(x, &s, &options, first.found, first.count);
    flush(x, &s2, &possibles, second.found, second.count);
    out[0] = total; out[1] = options.size; out[2] = possible; out[3] = possibles.size;
    out += 4;
    for (int part = 0; part < 2; part++) {
        const Top *t = part ? &possibles : &options;
        for (int64_t i = 0; i < t->size; i++, out += 4) {
            out[0] = t->held[i].row; out[1] = t->held[i].id; out[2] = t->held[i].points;
            out[3] = t->held[i].unknown;
        }
    }
    free(held); free(runs.run); free(p.excluded);
    return runs.failed;
}

/* Every option: its row and points. Returns how many there are; writes only the first `room`. -1: no memory. */
int64_t warmhandoff_options(const Index *x, const uint64_t *alive, const int64_t *q, const double *d, int64_t room,
                            int64_t *rows, int64_t *worth) {
    Plan p; Score s; Runs runs = {0, 0, 0, 0}; const int64_t *visiting;
    read_plan(&p, &s, x, alive, q, d, &visiting);
    if (!p.excluded) runs.failed = 1;
    visit(x, visiting, d, &runs);
    int64_t total = 0;
    uint64_t yes, may;
    for (int64_t i = 0; i < runs.size && !runs.failed; i++) {
        Run r = runs.run[i];
        int64_t last = (r.high - 1) >> 6;
        for (int64_t w = r.low >> 6; (w = next_word(&p, w, last, 0)) <= last; w++) {
            uint64_t mask = alive[w] & span(r, w);
            for (int j = 0; j < p.musts && mask; j++) { answer(&p, &p.must[j], w, &yes, &may); mask &= yes; }
            if (!mask) continue;
            Place f = place_at(&p, w);
            mask &= ~seen_elsewhere(&p, r, w) & place_yes(f, p.in_person, p.telehealth, r.ring, 0);
            for (; mask; mask &= mask - 1, total++) {
                int bit = __builtin_ctzll(mask);
                if (total >= room) continue;
                rows[total] = row_number(x, (w << 6) + bit);
                worth[total] = points(&s, x, row_at(x, rows[total]), r.ring == 0 && f.here >> bit & 1,
                                      f.telehealth >> bit & 1, INT64_MIN);
            }
        }
    }
    free(runs.run); free(p.excluded);
    return runs.failed ? -1 : total;
}

/* ---- relaxations ---- */

typedef struct {
    int must, changed, in_person, telehealth, ring, rescored;
    Must other; Score score;
    int64_t extra; Held best; Top top;
} Change;

static const int64_t *read_change(Plan *p, Change *c, const int64_t *q, const double *d, const Score *base) {
    c->must = (int)q[0]; c->changed = (int)q[1]; c->in_person = (int)q[2]; c->telehealth = (int)q[3];
    c->ring = (int)q[4]; c->rescored = (int)q[5];
    q += 6;
    if (c->changed) q = read_must(p, &c->other, q);
    c->score = *base;
    if (c->rescored) { q = read_score(&c->score, q, d); c->score.radius = d[5 + c->ring]; }
    c->extra = 0; c->top.held = &c->best; c->top.size = 0; c->top.k = 1;
    return q;
}

static void consider(const Index *x, Score *s, Top *t, int64_t position, int here, int telehealth) {
    int64_t row = row_number(x, position), least = t->size ? t->held[0].points : INT64_MIN;
    const Row *r = row_at(x, row);
    int64_t worth = points(s, x, r, here, telehealth, least);
    if (worth < least) return;
    Held one = {row, worth, 0, r->id, r->wait};
    offer(t, one);
}

static void opened(const Plan *p, Change *c, uint64_t alone, int64_t w, Place f, int ring) {
    uint64_t yes = FULL, may;
    if (c->must < 0) yes = place_yes(f, c->in_person, c->telehealth, ring, c->ring);
    else if (c->changed) answer(p, &c->other, w, &yes, &may);
    alone &= yes;
    c->extra += __builtin_popcountll(alone);
    uint64_t here = ring <= c->ring ? f.here : 0;
    for (; alone; alone &= alone - 1) {
        int bit = __builtin_ctzll(alone);
        consider(p->x, &c->score, &c->top, (w << 6) + bit, here >> bit & 1, f.telehealth >> bit & 1);
    }
}

/* q goes on after the plan: changes, then each. out: for each change total, row (-1: none), points. 1: no memory. */
int warmhandoff_relax(const Index *x, const uint64_t *alive, const int64_t *q, const double *d, int64_t *out) {
    Plan p; Score s; Runs runs = {0, 0, 0, 0}; const int64_t *visiting;
    q = read_plan(&p, &s, x, alive, q, d, &visiting);
    if (!p.excluded) runs.failed = 1;
    int changes = (int)*q++;
    Change *change = malloc((size_t)(changes + 1) * sizeof *change);
    if (!change) { free(p.excluded); return 1; }
    for (int i = 0; i < changes; i++) q = read_change(&p, &change[i], q, d, &s);
    visit(x, visiting, d, &runs);
    Held best; Top top = {&best, 0, 1};
    int64_t total = 0;
    uint64_t missed[MUSTS + 1], yes, may;
    for (int64_t i = 0; i < runs.size && !runs.failed; i++) {
        Run r = runs.run[i];
        for (int64_t w = r.low >> 6; w <= (r.high - 1) >> 6; w++) {
            uint64_t mask = alive[w], once = 0;
            if (w == r.low >> 6 || w == (r.high - 1) >> 6) mask &= span(r, w);
            for (int j = 0; j < p.musts && mask; j++) {
                answer(&p, &p.must[j], w, &yes, &may);
                missed[j] = ~yes;
                mask &= ~(once & ~yes);
                once |= ~yes;
            }
            if (!mask) continue;
            mask &= ~seen_elsewhere(&p, r, w);
            if (!mask) continue;
            Place f = place_at(&p, w);
            missed[p.musts] = ~place_yes(f, p.in_person, p.telehealth, r.ring, 0);
            mask &= ~(once & missed[p.musts]);
            once = (once | missed[p.musts]) & mask;
            uint64_t base = mask & ~once, here = r.ring == 0 ? f.here : 0;
            total += __builtin_popcountll(base);
            for (; base; base &= base - 1) {
                int bit = __builtin_ctzll(base);
                int64_t at = (w << 6) + bit;
                int far = f.telehealth >> bit & 1;
                consider(x, &s, &top, at, here >> bit & 1, far);
                for (int c = 0; c < changes; c++) if (change[c].rescored)
                    consider(x, &change[c].score, &change[c].top, at, r.ring <= change[c].ring && f.here >> bit & 1, far);
            }
            if (once) for (int c = 0; c < changes; c++) {
                uint64_t alone = once & missed[change[c].must < 0 ? p.musts : change[c].must];
                if (alone) opened(&p, &change[c], alone, w, f, r.ring);
            }
        }
    }
    for (int c = 0; c < changes; c++, out += 3) {
        if (!change[c].rescored && top.size) offer(&change[c].top, best);
        out[0] = total + change[c].extra;
        out[1] = change[c].top.size ? change[c].best.row : -1;
        out[2] = change[c].top.size ? change[c].best.points : 0;
    }
    free(change); free(runs.run); free(p.excluded);
    return runs.failed;
}
