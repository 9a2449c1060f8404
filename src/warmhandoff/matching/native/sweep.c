/* The search of sweep.py over one index: the same files, the same questions, the same answers to the last bit.
   What it does and why it is right is said there and in visiting.py; both drivers are held to the same tests.
   Distances that decide anything are computed by the very steps of distance.py, with the C library that CPython uses. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
/* The same steps for the widest registers that a processor has; which it has is found out when the kernel is loaded. */
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif
#define INLINE static inline __attribute__((always_inline))
#pragma GCC diagnostic ignored "-Wpsabi"  /* lines are handed on between inlined functions only */

#define MUSTS 16
#define WISHES 5
#define COLUMNS 2048
#define BUFFER 256
#define BLOCK 64
#define LANES 8
#define SPOTS_A_CAP 32  /* as in spatial.py */
#define CAPS_A_REGION 16
#define NO_PLACE 99
#define PLACE 15  /* the number of that must; those of the others are below it (plan.py) */
#define FULL (~0ull)
#define EARTH 3958.7613
#define RADIAN (3.141592653589793238462643383279502884197 / 180.0)
static volatile double TWO = 2.0;  /* volatile: pow must be called, not replaced by something nearly equal */

/* 512 positions of a bit column; and eight numbers that are compared at once. */
typedef uint64_t Line __attribute__((vector_size(64), aligned(8), may_alias));
typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));

typedef struct { double lat, lon; int32_t start, stop; } Spot;
typedef struct { int64_t id; uint32_t fixed[3], wait; int32_t spot, openings; uint32_t age, mask[]; } Row;

typedef struct {
    const uint64_t *bits; int64_t words;
    const uint8_t *rows; int64_t row_size, count;
    const int32_t *row_of;
    const Spot *spots;
    const double *sphere, *caps;  /* x of all, then y, then z; and the caps' radii after theirs */
    const int32_t *cap_spot, *kind_caps;
    const double *regions;
    const int32_t *kind_regions, *kind_rows, *groups;
    int64_t kinds, sphere_room, caps_room, regions_room;
    const int32_t *by_id;
    const int64_t *common;  /* how many positions each column holds */
    const int64_t *fresh; int64_t fresh_days;
} Index;

typedef struct { int64_t term, weight, first, size; const int64_t *mask, *steps; } Wish;
typedef struct {
    int64_t fixed[3], freshness, aging, distance;
    int in_person, telehealth, wishes;
    double lat, lon, radius, eye[3];
    Wish wish[WISHES];
    int64_t last_spot, last_near;
} Score;

typedef struct { int64_t rare; int number, how, yes, unknown; const uint64_t **column; const int64_t *limit; } Must;

typedef struct { int64_t low, high; int32_t ring, rule; } Run;
typedef struct { Run *run; int64_t size, room; int failed; } Runs;

typedef struct {
    const Index *x; const uint64_t *alive;
    int in_person, telehealth, musts, compacts, radii, looked, groups;
    int64_t kind;
    const int64_t *group, *weights;
    double lat, lon, eye[3];
    const double *radius;
    const uint64_t *compact[8], *state, *by_telehealth, *here, *unknown_format, *unknown_licence;
    int64_t *excluded, excludes;  /* positions */
    Must must[MUSTS];
    const uint64_t *pool[COLUMNS]; int pooled;
} Plan;

typedef struct { Line here, here_may, telehealth, telehealth_may; } Place;
typedef struct { int64_t position; uint8_t here, telehealth; int16_t what; } Candidate;

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

/* ---- lines ---- */

INLINE Line at(const uint64_t *column, int64_t w) { return *(const Line *)(column + w); }

INLINE int any(Line line) {
    uint64_t some = 0;
    for (int i = 0; i < LANES; i++) some |= line[i];
    return some != 0;
}

INLINE int64_t ones(Line line) {
    int64_t sum = 0;
    for (int i = 0; i < LANES; i++) sum += __builtin_popcountll(line[i]);
    return sum;
}

static int ones_of(uint32_t bits) {  /* not every processor has an instruction for it */
    bits -= bits >> 1 & 0x55555555;
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
    return (int)(((bits + (bits >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24);
}

/* ---- the plan, as the numbers of compiled.py say it ---- */

static const uint64_t *column(const Index *x, int64_t number) { return x->bits + number * x->words; }

/* How many positions are left by a must, at most or about: an order, and nothing more. */
static int64_t rarity(const Index *x, const Must *m, const int64_t *columns, int sure) {
    int64_t everyone = x->common[1], least = everyone, sum = 0, unknown = 0;
    double share = (double)everyone;
    if (m->how == 3) return everyone;
    for (int i = 0; i < m->yes; i++) {
        int64_t count = x->common[columns[i]];
        if (count < least) least = count;
        sum += count;
        share *= (double)count / (double)(everyone ? everyone : 1);
    }
    for (int i = m->yes; i < m->yes + m->unknown; i++) unknown += x->common[columns[i]];
    if (sure) return m->how ? sum : (int64_t)share;
    return (m->how ? sum : least) + unknown;
}

/* q: number, how, columns for yes, columns for unknown, numbers; then these. */
static const int64_t *read_must(Plan *p, Must *m, const int64_t *q, int sure) {
    int numbers = (int)q[4];
    m->number = (int)q[0]; m->how = (int)q[1]; m->yes = (int)q[2]; m->unknown = (int)q[3];
    m->column = p->pool + p->pooled;
    q += 5;
    m->rare = rarity(p->x, m, q, sure);
    for (int i = 0; i < m->yes + m->unknown; i++) p->pool[p->pooled++] = column(p->x, *q++);
    m->limit = q;
    return q + numbers;
}

/* The rarest first, so that most lines are left behind soon. */
static const int64_t *read_musts(Plan *p, const int64_t *q, int sure) {
    for (int i = 0; i < p->musts; i++) {
        Must one;
        q = read_must(p, &one, q, sure);
        int place = i;
        for (; place && p->must[place - 1].rare > one.rare; place--) p->must[place] = p->must[place - 1];
        p->must[place] = one;
    }
    return q;
}

/* q: term, first word, words, steps; then these. */
static const int64_t *read_wish(const Plan *p, Wish *w, const int64_t *q) {
    w->term = q[0]; w->weight = p->weights[q[0]]; w->first = q[1]; w->size = q[2]; w->mask = q + 4; w->steps = q + 4 + w->size;
    return q + 4 + w->size + q[3];
}

static void read_score(const Plan *p, Score *s, int64_t aging) {
    const int64_t *weight = p->weights + WISHES;
    s->distance = weight[0];
    for (int i = 0; i < 3; i++) s->fixed[i] = weight[1 + i];
    s->freshness = weight[4]; s->aging = aging;
    s->in_person = p->in_person; s->telehealth = p->telehealth;
    s->lat = p->lat; s->lon = p->lon; s->radius = p->radius[0];
    memcpy(s->eye, p->eye, sizeof s->eye);
    s->last_spot = -1;
}

INLINE Line at_most(const Index *x, const int64_t *limit, int64_t w) {
    const uint64_t *first = column(x, limit[0]);
    Line less = {0}, equal = ~less;
    for (int64_t s = limit[1]; s--;) {
        Line bits = at(first + s * x->words, w);
        if (limit[2] >> s & 1) { less |= equal & ~bits; equal &= bits; } else equal &= ~bits;
    }
    return less;
}

INLINE void answer(const Plan *p, const Must *m, int64_t w, Line *yes, Line *may) {
    const uint64_t **c = m->column;
    Line y = at(c[0], w);
    switch (m->how) {
    case 0:
        for (int i = 1; i < m->yes; i++) y &= at(c[i], w);
        *may = y | at(c[m->yes], w);
        break;
    case 1: {
        for (int i = 1; i < m->yes; i++) y |= at(c[i], w);
        Line u = y;
        for (int i = 0; i < m->unknown; i++) u |= at(c[m->yes + i], w);
        *may = u;
        break;
    }
    case 2: {
        Line waiting = at(c[1], w), unknown = at(c[3], w);
        if (any(waiting & ~y)) y |= waiting & (m->limit[2] < 0 ? ~unknown : at_most(p->x, m->limit, w));
        *may = y | at(c[2], w) | (waiting & unknown);
        break;
    }
    default: {
        Line fee = at_most(p->x, m->limit, w), floor_ = at_most(p->x, m->limit + 3, w), sliding = y;
        y = fee | (sliding & floor_);
        *may = y | at(c[1], w) | ((sliding | at(c[2], w)) & (floor_ | at(c[3], w)));
    } }
    *yes = y;
}

INLINE Place place_at(const Plan *p, int64_t w) {
    Place f;
    Line licensed = at(p->state, w), unknown = at(p->unknown_format, w), far = at(p->by_telehealth, w);
    for (int i = 0; i < p->compacts; i++) licensed |= at(p->compact[i], w);
    f.here = at(p->here, w); f.here_may = f.here | unknown;
    f.telehealth = far & licensed;
    f.telehealth_may = (far | unknown) & (licensed | at(p->unknown_licence, w));
    return f;
}

/* The same as far as options need it. Who is looked at in a group is licensed; where telehealth is not looked at, nobody
   asks who might be met so. */
INLINE Place sure_place_at(const Plan *p, Run r, int64_t w) {
    Place f;
    f.here = at(p->here, w); f.telehealth = (Line){0};
    if (p->looked) f.telehealth = at(p->by_telehealth, w);
    if (r.rule < 0) {
        Line licensed = at(p->state, w);
        for (int i = 0; i < p->compacts; i++) licensed |= at(p->compact[i], w);
        f.telehealth &= licensed;
    }
    return f;
}

INLINE Line place_yes(const Place *f, int in_person, int telehealth, int ring, int within) {
    Line yes = {0};
    if (in_person && ring <= within) yes |= f->here;
    if (telehealth) yes |= f->telehealth;
    return yes;
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

INLINE Eight squares(const double *eye, const double *from, int64_t room) {
    Eight x = *(const Eight *)from - eye[0], y = *(const Eight *)(from + room) - eye[1];
    Eight z = *(const Eight *)(from + 2 * room) - eye[2];
    return x * x + y * y + z * z;
}

static double chord_of(double radius) {
    double half = radius / (2 * EARTH);
    return half < 1.5707963267948966 ? 2 * sin(half) : 3.0;
}

typedef struct { double chord[3], limit[3], hair[3]; } Circle;  /* chords; their squares; how near is too near to tell */

/* The first circle that the spot lies within, by the reference distance where the chord does not tell. */
static int64_t ring_of(const Plan *p, const Circle *c, const Spot *s, double away) {
    for (int n = 0; n < p->radii; n++) {
        if (fabs(away - c->limit[n]) <= c->hair[n]) { if (miles(p->lat, p->lon, s->lat, s->lon) <= p->radius[n]) return n; }
        else if (away <= c->limit[n]) return n;
    }
    return p->radii;
}

typedef struct { int32_t cap[BLOCK]; int count; } Caps;

/* Which of eight caps (x of all, y, z, radii) are touched by a circle of this chord. */
INLINE Line touched_by(const Plan *p, const double *caps, int64_t room, double chord) {
    Eight reach = *(const Eight *)(caps + 3 * room) + (chord + 1e-9);
    return (Line)(squares(p->eye, caps, room) <= reach * reach);
}

/* The spots of some caps: eight at a time are passed over when all are too far. */
INLINE void spots_of(const Plan *p, const Circle *c, Caps *caps, Run *open, Runs *out) {
    const Index *x = p->x;
    double farthest = c->limit[p->radii - 1] + c->hair[p->radii - 1];
    for (int n = 0; n < caps->count; n++) {
        int32_t last = x->cap_spot[caps->cap[n] + 1];
        for (int32_t i = x->cap_spot[caps->cap[n]]; i < last; i += LANES) {
            Eight away = squares(p->eye, x->sphere + i, x->sphere_room);
            Line near = (Line)(away <= (Eight){0} + farthest);
            if (!any(near)) continue;
            for (int spot = 0; spot < LANES && i + spot < last; spot++) if (near[spot]) {
                const Spot *s = x->spots + i + spot;
                int32_t ring = (int32_t)ring_of(p, c, s, away[spot]);
                if (ring == p->radii) continue;
                if (open->ring == ring && open->high == s->start) { open->high = s->stop; continue; }
                push(out, *open);
                open->low = s->start; open->high = s->stop; open->ring = ring;
            }
        }
    }
    caps->count = 0;
}

/* The memory brings a cap's spots while others are still looked for. */
INLINE void keep_cap(const Index *x, Caps *caps, int32_t cap) {
    caps->cap[caps->count++] = cap;
    for (int along = 0; along < 3; along++) for (int i = 0; i < SPOTS_A_CAP; i += LANES)
        __builtin_prefetch(x->sphere + along * x->sphere_room + x->cap_spot[cap] + i);
}

/* The runs of rows within the circles: through the regions that are touched, and their caps, to the spots. */
INLINE void circles(const Plan *p, int32_t rule, Runs *out) {
    const Index *x = p->x;
    int widest = p->radii - 1;
    Circle c; Caps kept;
    for (int n = 0; n <= widest; n++) {
        c.chord[n] = chord_of(p->radius[n]); c.limit[n] = c.chord[n] * c.chord[n]; c.hair[n] = 1e-13 + 1e-9 * c.limit[n];
    }
    Run open = {0, 0, -1, rule};
    kept.count = 0;
    int32_t first = x->kind_caps[p->kind], end = x->kind_caps[p->kind + 1], from = x->kind_regions[p->kind];
    for (int32_t g = from; g < x->kind_regions[p->kind + 1]; g += LANES) {
        Line regions = touched_by(p, x->regions + g, x->regions_room, c.chord[widest]);
        for (int region = 0; region < LANES; region++) if (regions[region]) {
            int32_t begin = first + CAPS_A_REGION * (g + region - from), stop = begin + CAPS_A_REGION;
            if (stop > end) stop = end;
            for (int32_t b = begin; b < stop; b += LANES) {
                Line caps = touched_by(p, x->caps + b, x->caps_room, c.chord[widest]);
                for (int cap = 0; cap < LANES && b + cap < stop; cap++) if (caps[cap]) {
                    keep_cap(x, &kept, b + cap);
                    if (kept.count == BLOCK) spots_of(p, &c, &kept, &open, out);
                }
            }
        }
    }
    spots_of(p, &c, &kept, &open, out);
    push(out, open);
}

/* The first place from `low` on whose row is not below `row`; without a branch that cannot be foretold. */
static int64_t lower(const int32_t *rows, int64_t low, int64_t high, int64_t row) {
    int64_t size = high - low;
    while (size > 0) {
        int64_t half = size >> 1;
        int less = rows[low + half] < row;
        low = less ? low + half + 1 : low;
        size = less ? size - half - 1 : half;
    }
    return low;
}

/* The same where it is likely near: steps that double, and then between the last two. */
static int64_t soon(const int32_t *rows, int64_t low, int64_t high, int64_t row) {
    int64_t step = 4;
    while (low + step < high && rows[low + step] < row) { low += step + 1; step *= 2; }
    return lower(rows, low, low + step < high ? low + step : high, row);
}

/* A group's rows, cut where the circles' runs begin and end. */
static void split(const Index *x, const Plan *p, int g, int64_t within, Runs *out) {
    const int32_t *bounds = x->groups + 2 * (p->group[g] * x->kinds + p->kind), *rows = x->row_of - x->count;
    int64_t place = bounds[0], high = bounds[1];
    for (int64_t i = 0; i < within && place < high && !out->failed; i++) {
        Run near = out->run[i];
        Run part = {lower(rows, place, high, near.low), 0, near.ring, g};
        part.high = soon(rows, part.low, high, near.high);
        Run before = {place, part.low, p->radii, g};
        push(out, before); push(out, part);
        place = part.high;
    }
    Run rest = {place, high, p->radii, g};
    push(out, rest);
}

/* sure: whoever is of use only when surely an option. Then who cannot surely be met by telehealth is looked at near the
   client alone: without the rows without a place and the group of those whose licence is not known, which comes last. */
INLINE void visit(const Plan *p, Runs *out, int sure) {
    const Index *x = p->x;
    if (p->kind < 0) return;
    int64_t within = 0;
    if (p->radii) {
        int32_t rule = p->looked ? -1 : 0;
        circles(p, rule, out);
        within = out->size;
        Run nowhere = {x->kind_rows[3 * p->kind + 1], x->kind_rows[3 * p->kind + 2], NO_PLACE, rule};
        if (!sure) push(out, nowhere);
    }
    if (!p->looked) return;
    int last = p->groups - 1;
    for (int g = 0; g < (sure ? last : p->groups); g++) {
        if (p->group[g] < 0) continue;
        const int32_t *bounds = x->groups + 2 * (p->group[g] * x->kinds + p->kind);
        Run whole = {bounds[0], bounds[1], 0, g};
        if (p->telehealth && g < last) push(out, whole);  /* whom telehealth reaches it reaches from anywhere */
        else split(x, p, g, within, out);
    }
}

/* Which of a line's positions are in the run. */
INLINE Line span(Run r, int64_t w) {
    Line mask;
    for (int i = 0; i < LANES; i++) {
        int64_t low = r.low - ((w + i) << 6), high = r.high - ((w + i) << 6);
        uint64_t from = low <= 0 ? FULL : low < 64 ? FULL << low : 0;
        mask[i] = high >= 64 ? from : high > 0 ? from & FULL >> (64 - high) : 0;
    }
    return mask;
}

INLINE Line in_run(const Plan *p, Run r, int64_t w) {
    Line mask = at(p->alive, w);
    if (w << 6 < r.low || r.high < (w + LANES) << 6) mask &= span(r, w);
    return mask;
}

INLINE Line seen_elsewhere(const Plan *p, const Place *f, Run r, int64_t w, int sure) {
    Line out = {0};
    if (r.rule < 0) out = sure ? f->telehealth : f->telehealth_may;
    else {
        if (r.rule > 0) out = at(p->state, w);
        for (int i = 1; i < r.rule; i++) out |= at(p->compact[i - 1], w);
    }
    for (int64_t i = 0; i < p->excludes; i++)
        if (p->excluded[i] >> 9 == w >> 3) out[p->excluded[i] >> 6 & 7] |= 1ull << (p->excluded[i] & 63);
    return out;
}

/* ---- so many lines at a time, must by must ----

   Must by must, and not line by line: what decides whether a line is left behind has then been fetched long before it
   is asked for, and no guess about it goes wrong. */

typedef struct {
    Line mask[BLOCK], once[BLOCK], plane[4][BLOCK];
    int64_t w[BLOCK]; const Run *run[BLOCK];
    int live[BLOCK], lives;
    const Runs *runs; int64_t next, place;
} Block;

static void start(Block *b, const Runs *runs) {
    b->runs = runs; b->next = 0;
    b->place = runs->size ? runs->run[0].low >> 6 & ~(LANES - 1) : 0;
}

/* The next lines of the runs; how many. */
INLINE int filled(Block *b, const Plan *p) {
    int count = 0;
    while (count < BLOCK && b->next < b->runs->size) {
        const Run *r = b->runs->run + b->next;
        b->mask[count] = in_run(p, *r, b->place);
        b->w[count] = b->place; b->run[count] = r; b->live[count] = count;
        for (int j = 0; j < 2 && j < p->musts; j++) __builtin_prefetch(p->must[j].column[0] + b->place);
        count++;
        b->place += LANES;
        if (b->place << 6 < r->high) continue;
        if (++b->next < b->runs->size) b->place = r[1].low >> 6 & ~(LANES - 1);
    }
    return b->lives = count;
}

/* Who passes every must for sure. */
INLINE void pass(Block *b, const Plan *p) {
    for (int j = 0; j < p->musts && b->lives; j++) {
        int left = 0;
        const uint64_t *ahead = j + 2 < p->musts ? p->must[j + 2].column[0] : j + 2 == p->musts ? p->here : p->by_telehealth;
        for (int i = 0; i < b->lives; i++) {
            int n = b->live[i];
            Line yes, may;
            __builtin_prefetch(ahead + b->w[n]);
            answer(p, &p->must[j], b->w[n], &yes, &may);
            b->mask[n] &= yes;
            b->live[left] = n;
            left += any(b->mask[n]);
        }
        b->lives = left;
    }
}

/* Who fails no must, and in planes of bits how many are not sure: 1, 2, 4, 8. */
INLINE void may_pass(Block *b, const Plan *p) {
    for (int i = 0; i < b->lives; i++) for (int s = 0; s < 4; s++) b->plane[s][i] = (Line){0};
    for (int j = 0; j < p->musts && b->lives; j++) {
        int left = 0;
        for (int i = 0; i < b->lives; i++) {
            int n = b->live[i];
            Line yes, may;
            answer(p, &p->must[j], b->w[n], &yes, &may);
            b->mask[n] &= may;
            Line carry = ~yes;
            for (int s = 0; s < 4; s++) { Line both = b->plane[s][n] & carry; b->plane[s][n] ^= carry; carry = both; }
            b->live[left] = n;
            left += any(b->mask[n]);
        }
        b->lives = left;
    }
}

/* Who misses one must at most, and in planes of bits which. Those who miss `place` are known beforehand: whom telehealth
   reaches, for sure, is looked at in a group alone. */
INLINE void miss(Block *b, const Plan *p) {
    for (int i = 0; i < b->lives; i++) {
        Line placed = {0};
        if (p->in_person && b->run[i]->ring == 0) placed |= at(p->here, b->w[i]);
        if (p->telehealth && b->run[i]->rule >= 0) placed |= at(p->by_telehealth, b->w[i]);
        b->once[i] = ~placed;
        for (int s = 0; s < 4; s++) b->plane[s][i] = ~placed;
    }
    for (int j = 0; j < p->musts && b->lives; j++) {
        int left = 0;
        for (int i = 0; i < b->lives; i++) {
            int n = b->live[i];
            Line yes, may;
            answer(p, &p->must[j], b->w[n], &yes, &may);
            b->mask[n] &= ~(b->once[n] & ~yes);
            Line first = ~yes & ~b->once[n];
            for (int s = 0; s < 4; s++) if (p->must[j].number >> s & 1) b->plane[s][n] |= first;
            b->once[n] |= ~yes;
            b->live[left] = n;
            left += any(b->mask[n]);
        }
        b->lives = left;
    }
}

/* Where the planes spell this number. */
INLINE Line spelled(const Block *b, int n, int number) {
    Line found = ~(Line){0};
    for (int s = 0; s < 4; s++) found &= number >> s & 1 ? b->plane[s][n] : ~b->plane[s][n];
    return found;
}

/* ---- points ---- */

static inline const Row *row_at(const Index *x, int64_t row) { return (const Row *)(x->rows + row * x->row_size); }
static inline int64_t row_number(const Index *x, int64_t position) {
    return position < x->count ? position : x->row_of[position - x->count];
}

/* Millionths of nearness. Beyond the radius, where only those are looked at whom telehealth reaches, it is less than the
   half that telehealth counts. */
static int64_t near_of(Score *s, const Index *x, int32_t spot) {
    if (s->last_spot != spot) {
        s->last_spot = spot;
        s->last_near = nearness(miles(s->lat, s->lon, x->spots[spot].lat, x->spots[spot].lon), s->radius);
    }
    return s->last_near;
}

/* A number that no listing at this spot can be above: a chord is no longer than its arc. */
static int64_t near_at_most(const Score *s, const Index *x, int32_t spot) {
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double along = x->sphere[i * x->sphere_room + spot] - s->eye[i];
        sum += along * along;
    }
    return (int64_t)(exp2f((float)(-2 * EARTH * sqrt(sum) / s->radius)) * 1000100) + 2;
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
        for (int64_t j = 0; j < w->size; j++) shared += ones_of(r->mask[w->first + j] & (uint32_t)w->mask[j]);
        sum += w->weight * w->steps[shared];
    }
    if (!s->in_person) return sum;
    int64_t reached = telehealth && s->telehealth ? 500000 : 0;
    if (here && s->distance && r->spot >= 0) {
        if (sum + s->distance * 1000000 < least) return sum + s->distance * reached;
        if (s->last_spot != r->spot && s->radius > 0.01) {
            int64_t most = near_at_most(s, x, r->spot);
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
    int64_t place = t->size;
    if (place == t->k) { if (!before(&one, &t->held[place - 1])) return; place--; } else t->size++;
    while (place && before(&one, &t->held[place - 1])) { t->held[place] = t->held[place - 1]; place--; }
    t->held[place] = one;
}

static void consider(const Index *x, Score *s, Top *t, int64_t row, int here, int telehealth, int64_t unknown) {
    int64_t least = INT64_MIN;
    if (t->size == t->k) {
        const Held *last = &t->held[t->k - 1];
        if (unknown > last->unknown) return;
        if (unknown == last->unknown) least = last->points;
    }
    const Row *r = row_at(x, row);
    int64_t worth = points(s, x, r, here, telehealth, least);
    if (worth < least) return;
    Held one = {row, worth, unknown, r->id, r->wait};
    offer(t, one);
}

/* Who is found waits here until the memory has brought the rows. */
typedef struct { Candidate found[BUFFER]; int count; } Buffer;

typedef void Flush(void *whose, Buffer *b);

static void keep(const Index *x, Buffer *b, Candidate c, Flush *flush, void *whose) {
    const uint8_t *row = x->rows + row_number(x, c.position) * x->row_size;
    __builtin_prefetch(row);
    __builtin_prefetch(row + x->row_size - 1);
    b->found[b->count++] = c;
    if (b->count == BUFFER) flush(whose, b);
}

/* `what` goes with each: how many musts are unknown, or which change opened it. */
static void extract(const Index *x, Buffer *b, const Line *mask, int64_t w, const Place *f, int what, Flush *flush,
                    void *whose) {
    for (int lane = 0; lane < LANES; lane++) for (uint64_t left = (*mask)[lane]; left; left &= left - 1) {
        int bit = __builtin_ctzll(left);
        Candidate c = {((w + lane) << 6) + bit, f->here[lane] >> bit & 1, f->telehealth[lane] >> bit & 1, (int16_t)what};
        keep(x, b, c, flush, whose);
    }
}

/* ---- reading a question ---- */

static int64_t id_at(const Index *x, int64_t place) { return row_at(x, x->by_id[place])->id; }

/* The row of an id, or -1: looked for where it would stand if the ids were evenly spread, and from there on outward. */
static int64_t row_with(const Index *x, int64_t id) {
    if (!x->count) return -1;
    int64_t low = 0, high = x->count - 1, first = id_at(x, low), last = id_at(x, high);
    if (id < first || id > last) return -1;
    double share = last > first ? ((double)id - (double)first) / ((double)last - (double)first) : 0;
    int64_t guess = (int64_t)(share * (double)high);
    if (guess > high) guess = high;
    if (id_at(x, guess) <= id) {
        low = guess;
        for (int64_t step = 1; low + step < high && id_at(x, low + step) <= id; step *= 2) low += step;
        for (int64_t step = 1; low + step < high; step *= 2) if (id_at(x, low + step) > id) { high = low + step; break; }
    } else {
        high = guess;
        for (int64_t step = 1; high - step > low; step *= 2) {
            if (id_at(x, high - step) <= id) { low = high - step; break; }
            high -= step;
        }
    }
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (id_at(x, middle) <= id) low = middle; else high = middle - 1;
    }
    return id_at(x, low) == id ? x->by_id[low] : -1;
}

/* Each stands at its own position and at one in each of the groups looked at, at most. */
static void leave_out(Plan *p, const int64_t *ids, int64_t count) {
    const Index *x = p->x;
    if (!count || p->kind < 0) return;
    p->excluded = malloc((size_t)(count * (p->groups + 1)) * sizeof *p->excluded);
    if (!p->excluded) { p->excludes = -1; return; }
    for (int64_t i = 0; i < count; i++) {
        int64_t row = row_with(x, ids[i]);
        if (row < x->kind_rows[3 * p->kind] || row >= x->kind_rows[3 * p->kind + 2]) continue;
        p->excluded[p->excludes++] = row;
        for (int g = 0; g < p->groups && p->looked; g++) {
            if (p->group[g] < 0) continue;
            const int32_t *bounds = x->groups + 2 * (p->group[g] * x->kinds + p->kind), *rows = x->row_of - x->count;
            int64_t place = lower(rows, bounds[0], bounds[1], row);
            if (place < bounds[1] && rows[place] == row) p->excluded[p->excludes++] = place;
        }
    }
}

/* q: kind, radii, telehealth looked at, in person, telehealth, aging, ten weights, musts, wishes, ids left out, k,
   possibles too; the place and three radii, which are no whole numbers; groups and they, five columns, compacts and
   their columns; the ids, the musts, the wishes. Returns where it ends; NULL where memory ran out. */
static const int64_t *read_plan(Plan *p, Score *s, const Index *x, const uint64_t *alive, const int64_t *q, int sure) {
    const double *d = (const double *)(q + 21);
    p->x = x; p->alive = alive; p->pooled = 0; p->excluded = NULL; p->excludes = 0;
    p->kind = q[0]; p->radii = (int)q[1]; p->looked = (int)q[2]; p->in_person = (int)q[3]; p->telehealth = (int)q[4];
    p->weights = q + 6; p->musts = (int)q[16]; s->wishes = (int)q[17];
    int64_t aging = q[5], ids = q[18];
    p->lat = d[0]; p->lon = d[1]; p->radius = d + 2;
    double phi = d[0] * RADIAN, lambda = d[1] * RADIAN;
    p->eye[0] = cos(phi) * cos(lambda); p->eye[1] = cos(phi) * sin(lambda); p->eye[2] = sin(phi);
    q += 26;
    p->groups = (int)*q++; p->group = q; q += p->groups;
    p->state = column(x, q[0]); p->by_telehealth = column(x, q[1]); p->here = column(x, q[2]);
    p->unknown_format = column(x, q[3]); p->unknown_licence = column(x, q[4]);
    p->compacts = (int)q[5]; q += 6;
    for (int i = 0; i < p->compacts; i++) p->compact[i] = column(x, *q++);
    leave_out(p, q, ids);
    if (p->excludes < 0) return NULL;
    q = read_musts(p, q + ids, sure);
    read_score(p, s, aging);
    for (int i = 0; i < s->wishes; i++) q = read_wish(p, &s->wish[i], q);
    return q;
}

/* ---- options and possibles ---- */

typedef struct { const Index *x; Score score; Top top; Buffer buffer; } Search;

static void flush_search(void *whose, Buffer *b) {
    Search *f = whose;
    for (int i = 0; i < b->count; i++) {
        const Candidate *c = &b->found[i];
        consider(f->x, &f->score, &f->top, row_number(f->x, c->position), c->here, c->telehealth, c->what);
    }
    b->count = 0;
}

INLINE void possibles_of(Search *f, const Block *b, int n, Line mask, int answers, const Place *place) {
    int most = f->top.size == f->top.k ? (int)f->top.held[f->top.k - 1].unknown : answers;
    for (int unknown = 1; unknown <= most && any(mask); unknown++) {
        Line level = mask & spelled(b, n, unknown);
        mask &= ~level;
        if (any(level)) extract(f->x, &f->buffer, &level, b->w[n], place, unknown, flush_search, f);
    }
}

/* Everyone who surely passes: how many, and the best held. */
INLINE int64_t options_in(const Plan *p, const Runs *runs, Search *options) {
    Block b;
    int64_t total = 0;
    for (start(&b, runs); filled(&b, p);) {
        pass(&b, p);
        for (int i = 0; i < b.lives; i++) {
            int n = b.live[i];
            Run r = *b.run[n];
            Place f = sure_place_at(p, r, b.w[n]);
            Line sure = b.mask[n] & place_yes(&f, p->in_person, p->telehealth, r.ring, 0)
                        & ~seen_elsewhere(p, &f, r, b.w[n], 1);
            if (!any(sure)) continue;
            total += ones(sure);
            extract(p->x, &options->buffer, &sure, b.w[n], &f, 0, flush_search, options);
        }
    }
    return total;
}

/* Options and possibles: how many of each, and the best of each held. */
INLINE void all_in(const Plan *p, const Runs *runs, Search *options, Search *possibles, int64_t *totals) {
    Block b;
    for (start(&b, runs); filled(&b, p);) {
        may_pass(&b, p);
        for (int i = 0; i < b.lives; i++) {
            int n = b.live[i];
            Run r = *b.run[n];
            Place f = place_at(p, b.w[n]);
            Line place_may = {0}, place = place_yes(&f, p->in_person, p->telehealth, r.ring, 0), carry = ~place;
            if (p->in_person && (r.ring == 0 || r.ring == NO_PLACE)) place_may |= f.here_may;
            if (p->telehealth) place_may |= f.telehealth_may;
            Line mask = b.mask[n] & place_may & ~seen_elsewhere(p, &f, r, b.w[n], 0);
            for (int s = 0; s < 4; s++) { Line both = b.plane[s][n] & carry; b.plane[s][n] ^= carry; carry = both; }
            Line sure = mask & spelled(&b, n, 0);
            if (r.ring != 0) f.here = (Line){0};
            if (any(sure)) {
                totals[0] += ones(sure);
                extract(p->x, &options->buffer, &sure, b.w[n], &f, 0, flush_search, options);
            }
            mask &= ~sure;
            if (!any(mask)) continue;
            totals[1] += ones(mask);
            possibles_of(possibles, &b, n, mask, p->musts + 1, &f);
        }
    }
}

static int64_t *written(const Top *t, int64_t *out) {
    for (int64_t i = 0; i < t->size; i++, out++) {
        out[0] = t->held[i].row; out[t->k] = t->held[i].id; out[2 * t->k] = t->held[i].points;
        out[3 * t->k] = t->held[i].unknown;
    }
    return out - t->size + 4 * t->k;
}

static void begin(Search *f, const Plan *p, const Score *s, Held *held, int64_t k) {
    f->x = p->x; f->score = *s; f->top.held = held; f->top.size = 0; f->top.k = k; f->buffer.count = 0;
}

/* out: options in all, options given, possibles in all, possibles given; then k rows, ids, points and unknown musts of
   the options, and of the possibles. Returns 1 where memory ran out. */
WIDE int warmhandoff_search(const Index *x, const uint64_t *alive, const int64_t *q, int64_t *out) {
    int64_t k = q[19], totals[2] = {0, 0};
    int sure = !q[20];
    Plan p; Score s; Runs runs = {0, 0, 0, 0}; Search options, possibles;
    Held *held = malloc((size_t)(2 * k) * sizeof *held);
    runs.failed = !held || !read_plan(&p, &s, x, alive, q, sure);
    if (!runs.failed) visit(&p, &runs, sure);
    if (!runs.failed) {
        begin(&options, &p, &s, held, k);
        begin(&possibles, &p, &s, held + k, k);
        if (sure) totals[0] = options_in(&p, &runs, &options);
        else all_in(&p, &runs, &options, &possibles, totals);
        flush_search(&options, &options.buffer);
        flush_search(&possibles, &possibles.buffer);
        out[0] = totals[0]; out[1] = options.top.size; out[2] = totals[1]; out[3] = possibles.top.size;
        written(&possibles.top, written(&options.top, out + 4));
    }
    if (held) free(p.excluded);
    free(held); free(runs.run);
    return runs.failed;
}

typedef struct { const Index *x; Score score; int64_t total, room, *rows, *worth; Buffer buffer; } Every;

static void flush_every(void *whose, Buffer *b) {
    Every *f = whose;
    for (int i = 0; i < b->count; i++, f->total++) {
        const Candidate *c = &b->found[i];
        if (f->total >= f->room) continue;
        int64_t row = f->rows[f->total] = row_number(f->x, c->position);
        f->worth[f->total] = points(&f->score, f->x, row_at(f->x, row), c->here, c->telehealth, INT64_MIN);
    }
    b->count = 0;
}

/* Every option: its row and points. Returns how many there are; writes only the first `room`. -1: no memory. */
WIDE int64_t warmhandoff_options(const Index *x, const uint64_t *alive, const int64_t *q, int64_t room, int64_t *rows,
                                 int64_t *worth) {
    Plan p; Runs runs = {0, 0, 0, 0}; Every f = {.x = x, .room = room, .rows = rows, .worth = worth}; Block b;
    runs.failed = !read_plan(&p, &f.score, x, alive, q, 1);
    if (!runs.failed) visit(&p, &runs, 1);
    for (start(&b, &runs); !runs.failed && filled(&b, &p);) {
        pass(&b, &p);
        for (int i = 0; i < b.lives; i++) {
            int n = b.live[i];
            Run r = *b.run[n];
            Place place = sure_place_at(&p, r, b.w[n]);
            Line sure = b.mask[n] & place_yes(&place, p.in_person, p.telehealth, r.ring, 0)
                        & ~seen_elsewhere(&p, &place, r, b.w[n], 1);
            extract(x, &f.buffer, &sure, b.w[n], &place, 0, flush_every, &f);
        }
    }
    flush_every(&f, &f.buffer);
    free(runs.run); free(p.excluded);
    return runs.failed ? -1 : f.total;
}

/* ---- relaxations ---- */

typedef struct {
    int must, changed, ring, in_person, telehealth, rescored;
    Must other; Score score;
    int64_t extra; Held best; Top top;
} Change;

typedef struct { const Index *x; Score score; Top top; Change *change; int changes; Buffer buffer; } Relax;

/* q: which must, whether it is read otherwise, ring, in person and telehealth (-1: as the need has it), whether points
   change, the term of the wish that falls away (-1: none), whether another comes; then that must, and that wish. */
static const int64_t *read_change(Plan *p, Change *c, const int64_t *q, const Score *base) {
    int64_t gone = q[6], another = q[7];
    c->must = (int)q[0]; c->changed = (int)q[1]; c->ring = (int)q[2];
    c->in_person = q[3] < 0 ? p->in_person : (int)q[3]; c->telehealth = q[4] < 0 ? p->telehealth : (int)q[4];
    c->rescored = (int)q[5];
    q += 8;
    if (c->changed) q = read_must(p, &c->other, q, 1);
    c->score = *base;
    c->score.in_person = c->in_person; c->score.telehealth = c->telehealth; c->score.radius = p->radius[c->ring];
    for (int i = 0; i < c->score.wishes; i++)
        if (c->score.wish[i].term == gone) c->score.wish[i--] = c->score.wish[--c->score.wishes];
    if (another) q = read_wish(p, &c->score.wish[c->score.wishes++], q);
    c->extra = 0; c->top.held = &c->best; c->top.size = 0; c->top.k = 1;
    return q;
}

static void flush_relax(void *whose, Buffer *b) {
    Relax *f = whose;
    for (int i = 0; i < b->count; i++) {
        const Candidate *one = &b->found[i];
        int64_t row = row_number(f->x, one->position);
        if (one->what < 0) consider(f->x, &f->score, &f->top, row, one->here, one->telehealth, 0);
        for (int n = one->what < 0 ? 0 : one->what; n < (one->what < 0 ? f->changes : one->what + 1); n++) {
            Change *c = &f->change[n];
            if (one->what >= 0 || c->rescored)
                consider(f->x, &c->score, &c->top, row, one->here, one->telehealth, 0);
        }
    }
    b->count = 0;
}

INLINE void opened(const Plan *p, Relax *f, int number, Line alone, int64_t w, const Place *place, int ring) {
    Change *c = &f->change[number];
    Line yes, may;
    if (c->must == PLACE) alone &= place_yes(place, c->in_person, c->telehealth, ring, c->ring);
    else if (c->changed) { answer(p, &c->other, w, &yes, &may); alone &= yes; }
    if (!any(alone)) return;
    c->extra += ones(alone);
    extract(f->x, &f->buffer, &alone, w, place, number, flush_relax, f);
}

/* q goes on after the plan with the changes, as many as `k` says. out: for each change total, row (-1: none), points. 1: no memory. */
WIDE int warmhandoff_relax(const Index *x, const uint64_t *alive, const int64_t *q, int64_t *out) {
    Plan p; Runs runs = {0, 0, 0, 0}; Relax f; Held best; Block b;
    int64_t total = 0;
    f.changes = (int)q[19];
    q = read_plan(&p, &f.score, x, alive, q, 1);
    f.x = x; f.top.held = &best; f.top.size = 0; f.top.k = 1; f.buffer.count = 0;
    f.change = malloc((size_t)(f.changes + 1) * sizeof *f.change);
    runs.failed = !q || !f.change;
    for (int i = 0; i < f.changes && !runs.failed; i++) q = read_change(&p, &f.change[i], q, &f.score);
    if (!runs.failed) visit(&p, &runs, 1);
    for (start(&b, &runs); !runs.failed && filled(&b, &p);) {
        miss(&b, &p);
        for (int i = 0; i < b.lives; i++) {
            int n = b.live[i];
            Run r = *b.run[n];
            Place place = sure_place_at(&p, r, b.w[n]);
            Line mask = b.mask[n] & ~seen_elsewhere(&p, &place, r, b.w[n], 1), base = mask & ~b.once[n];
            if (any(base)) {
                total += ones(base);
                extract(x, &f.buffer, &base, b.w[n], &place, -1, flush_relax, &f);
            }
            mask &= b.once[n];
            for (int c = 0; c < f.changes && any(mask); c++) {
                Line alone = mask & spelled(&b, n, f.change[c].must);
                if (any(alone)) opened(&p, &f, c, alone, b.w[n], &place, r.ring);
            }
        }
    }
    if (!runs.failed) flush_relax(&f, &f.buffer);
    for (int c = 0; c < f.changes && !runs.failed; c++, out += 3) {
        Change *change = &f.change[c];
        if (!change->rescored && f.top.size) offer(&change->top, best);
        out[0] = total + change->extra;
        out[1] = change->top.size ? change->best.row : -1;
        out[2] = change->top.size ? change->best.points : 0;
    }
    free(f.change); free(runs.run); free(p.excluded);
    return runs.failed;
}
