/* A need put to the kernel from where it stands: reads the need's fields and, in `plan.py`'s memory of this index, where each
   code is; writes the numbers that `compiled.py` would write, and asks. Where something is not remembered yet the answer
   is None: the long way through Python remembers it. */
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define ROOM 4096
#define MUST_NUMBERS 1000  /* as in compiled.py: the kernel has room for 2,048 columns */
#define WEIGHTS 10

int warmhandoff_relax(const void *index, const uint64_t *alive, const int64_t *q, int64_t *out);
int warmhandoff_search(const void *index, const uint64_t *alive, const int64_t *q, int64_t *out);

enum { KIND, FORMATS, RADIUS, EXCLUDE, WAIT, ANY_WAIT, PLACE, LAT, LON, STATE, PAYMENT, FORM, PLAN, OUTSIDE, BUDGET, NAMES };
static const char *const FIELDS[NAMES] = {"kind", "formats", "radius_miles", "exclude", "max_wait_days", "any_wait", "place",
    "lat", "lon", "state", "payment", "form", "plan", "accepts_out_of_network", "budget"};
static PyObject *name[NAMES], *in_person, *telehealth, *any;

typedef struct { int64_t q[ROOM]; int64_t size; int lost; } Said;

/* A field of an object; of none where an earlier one was lost. */
static PyObject *field(Said *said, PyObject *of, PyObject *which) {
    PyObject *found = said->lost ? NULL : PyObject_GetAttr(of, which);
    if (!found) said->lost = 1;
    return found;
}

static void say(Said *said, int64_t number) {
    if (said->size < ROOM) said->q[said->size++] = number; else said->lost = 1;
}

static void say_real(Said *said, double number) {
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    say(said, bits);
}

/* What is remembered of a key, as its numbers; 0 where it is not. */
static int remembered(Said *said, PyObject *memory, PyObject *key) {
    PyObject *found = said->lost || !memory || !key ? NULL : PyDict_GetItemWithError(memory, key);
    char *bytes;
    Py_ssize_t size;
    if (!found || PyBytes_AsStringAndSize(PyTuple_GetItem(found, PyTuple_Size(found) - 1), &bytes, &size) < 0
        || said->size + size / 8 > ROOM) {
        said->lost = 1;
        return 0;
    }
    memcpy(said->q + said->size, bytes, (size_t)size);
    said->size += size / 8;
    return 1;
}

static int holds(Said *said, PyObject *codes, PyObject *code) {
    int found = said->lost ? 0 : PySequence_Contains(codes, code);
    if (found < 0) said->lost = 1;
    return found > 0;
}

static double real_of(Said *said, PyObject *of, PyObject *which) {
    PyObject *found = field(said, of, which);
    double number = found ? PyFloat_AsDouble(found) : 0;
    if (number == -1.0 && PyErr_Occurred()) said->lost = 1;
    Py_XDECREF(found);
    return number;
}

static int64_t whole(PyObject *tuple, Py_ssize_t place) { return PyLong_AsLongLong(PyTuple_GetItem(tuple, place)); }

/* Where a code is, by a dictionary of this index; -1 where it is not. */
static int64_t place_of(PyObject *places, PyObject *code) {
    PyObject *found = PyDict_GetItemWithError(places, code);
    return found ? PyLong_AsLongLong(found) : -1;
}

/* The musts over code lists. readers: for each (number, how, column of the unknown, columns by code). A code that no
   listing has is in column 0, which is empty. Returns how many ask something. */
static int64_t musts_of(Said *said, PyObject *need, PyObject *names, PyObject *readers) {
    int64_t asked = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(names) && !said->lost; i++) {
        PyObject *codes = field(said, need, PyTuple_GetItem(names, i)), *reader = PyTuple_GetItem(readers, i);
        if (codes && PyObject_IsTrue(codes) > 0) {
            int one = PyUnicode_Check(codes);
            Py_ssize_t count = one ? 1 : PyTuple_Size(codes);
            asked++;
            say(said, whole(reader, 0)); say(said, whole(reader, 1)); say(said, count); say(said, 1); say(said, 0);
            for (Py_ssize_t n = 0; n < count; n++) {
                int64_t column = place_of(PyTuple_GetItem(reader, 3), one ? codes : PyTuple_GetItem(codes, n));
                say(said, column < 0 ? 0 : column);
            }
            say(said, whole(reader, 2));
        }
        Py_XDECREF(codes);
    }
    return asked;
}

/* The wishes. readers: for each (term, first word, words, bits by code, millionths for each count of codes and shared). */
static int64_t wishes_of(Said *said, PyObject *need, PyObject *names, PyObject *readers) {
    int64_t asked = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(names) && !said->lost; i++) {
        PyObject *codes = field(said, need, PyTuple_GetItem(names, i)), *reader = PyTuple_GetItem(readers, i);
        Py_ssize_t count = codes && PyObject_IsTrue(codes) > 0 ? PyTuple_Size(codes) : 0;
        PyObject *steps = count > 0 ? PyList_GetItem(PyTuple_GetItem(reader, 4), count) : NULL;
        if (count > 0 && !steps) { PyErr_Clear(); said->lost = 1; }
        if (steps) {
            int64_t words = whole(reader, 2), mask = said->size + 4;
            asked++;
            say(said, whole(reader, 0)); say(said, whole(reader, 1)); say(said, words); say(said, count + 1);
            for (int64_t word = 0; word < words; word++) say(said, 0);
            for (Py_ssize_t n = 0; n < count && !said->lost; n++) {
                int64_t bit = place_of(PyTuple_GetItem(reader, 3), PyTuple_GetItem(codes, n));
                if (bit >= 0) said->q[mask + bit / 32] |= (int64_t)1 << bit % 32;
            }
            for (Py_ssize_t n = 0; n <= count; n++) say(said, whole(steps, n));
        }
        Py_XDECREF(codes);
    }
    return asked;
}

/* A must that is remembered by several fields of an object. */
static int64_t by_fields(Said *said, PyObject *of, PyObject *memory, int first, int second, int third) {
    PyObject *a = field(said, of, name[first]), *b = field(said, of, name[second]), *c = NULL, *key = NULL;
    if (third >= 0) c = field(said, of, name[third]);
    if (!said->lost) key = third < 0 ? PyTuple_Pack(2, a, b) : PyTuple_Pack(3, a, b, c);
    int64_t found = remembered(said, memory, key);
    Py_XDECREF(a); Py_XDECREF(b); Py_XDECREF(c); Py_XDECREF(key);
    return found;
}

static int64_t payment_of(Said *said, PyObject *need, PyObject *memory) {
    PyObject *payment = field(said, need, name[PAYMENT]), *form = payment ? field(said, payment, name[FORM]) : NULL;
    int64_t found = 0;
    if (form && PyUnicode_Compare(form, any) != 0) found = by_fields(said, payment, memory, PLAN, OUTSIDE, BUDGET);
    Py_XDECREF(form); Py_XDECREF(payment);
    return found;
}

static int64_t left_out(Said *said, PyObject *need) {
    PyObject *ids = field(said, need, name[EXCLUDE]), *each = ids ? PyObject_GetIter(ids) : NULL, *one;
    int64_t count = 0;
    if (!each) said->lost = 1;
    for (; each && (one = PyIter_Next(each)); count++, Py_DECREF(one)) say(said, PyLong_AsLongLong(one));
    if (PyErr_Occurred()) said->lost = 1;
    Py_XDECREF(each); Py_XDECREF(ids);
    return count;
}

/* The question as compiled.py spells it. loosened: with what the loosenings look at, which are `k`. */
static void question(Said *said, PyObject *memory, PyObject *need, PyObject *weights, PyObject *aging, PyObject *k,
                     int possibles, int loosened) {
    PyObject *names = PyTuple_GetItem(memory, 0), *terms = PyTuple_GetItem(names, 2);
    said->size = said->lost = 0;
    PyObject *formats = field(said, need, name[FORMATS]), *place = field(said, need, name[PLACE]);
    PyObject *kind = field(said, need, name[KIND]), *state = place ? field(said, place, name[STATE]) : NULL;
    PyObject *number = kind ? PyDict_GetItemWithError(PyTuple_GetItem(memory, 1), kind) : NULL;
    PyObject *radius = field(said, need, name[RADIUS]);
    int here = holds(said, formats, in_person), far = holds(said, formats, telehealth);
    double miles = radius && radius != Py_None && (here || loosened) ? PyFloat_AsDouble(radius) : 0;
    say(said, number ? PyLong_AsLongLong(number) : -1);
    say(said, !radius || radius == Py_None ? 0 : here ? (loosened ? 3 : 1) : loosened);
    say(said, far || loosened); say(said, here); say(said, far); say(said, PyLong_AsLongLong(aging));
    for (int i = 0; i < WEIGHTS && !said->lost; i++) {
        PyObject *weight = PyObject_GetItem(weights, PyTuple_GetItem(terms, i));
        say(said, weight ? PyLong_AsLongLong(weight) : 0);
        Py_XDECREF(weight);
    }
    say(said, 0); say(said, 0); say(said, 0); say(said, PyLong_AsLongLong(k)); say(said, possibles);
    say_real(said, real_of(said, place, name[LAT])); say_real(said, real_of(said, place, name[LON]));
    say_real(said, miles); say_real(said, miles * 2); say_real(said, miles * 4);
    remembered(said, PyTuple_GetItem(memory, 2), state);
    Py_XDECREF(formats); Py_XDECREF(place); Py_XDECREF(kind); Py_XDECREF(state); Py_XDECREF(radius);
    if (said->lost) return;
    said->q[18] = left_out(said, need);
    int64_t before = said->size;
    said->q[16] = musts_of(said, need, PyTuple_GetItem(names, 0), PyTuple_GetItem(memory, 3))
                  + by_fields(said, need, PyTuple_GetItem(memory, 4), WAIT, ANY_WAIT, -1)
                  + payment_of(said, need, PyTuple_GetItem(memory, 5));
    if (said->size - before > MUST_NUMBERS) said->lost = 1;
    said->q[17] = wishes_of(said, need, PyTuple_GetItem(names, 1), PyTuple_GetItem(memory, 6));
}

static PyObject *numbers(const int64_t *from, int64_t count) {
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list && i < count; i++) {
        PyObject *one = PyLong_FromLongLong(from[i]);
        if (!one || PyList_SetItem(list, (Py_ssize_t)i, one) < 0) { Py_DECREF(list); return NULL; }
    }
    return list;
}

/* (total, rows, ids, points, unknown) */
static PyObject *best(const int64_t *out, int64_t total, int64_t given, int64_t k) {
    PyObject *part[4] = {NULL, NULL, NULL, NULL}, *found = NULL;
    for (int i = 0; i < 4; i++) if (!(part[i] = numbers(out + i * k, given))) goto end;
    found = Py_BuildValue("(LOOOO)", (long long)total, part[0], part[1], part[2], part[3]);
end:
    for (int i = 0; i < 4; i++) Py_XDECREF(part[i]);
    return found;
}

typedef int Ask(const void *index, const uint64_t *alive, const int64_t *q, int64_t *out);

/* Others may run while it looks. */
static int asked(Ask *ask, PyObject *index, PyObject *alive, const int64_t *q, int64_t *out) {
    const void *at = PyLong_AsVoidPtr(index);
    const uint64_t *words = PyLong_AsVoidPtr(alive);
    if (PyErr_Occurred()) return 1;
    PyThreadState *thread = PyEval_SaveThread();
    int failed = ask(at, words, q, out);
    PyEval_RestoreThread(thread);
    if (failed) PyErr_SetString(PyExc_MemoryError, "the search needs more memory than there is");
    return failed;
}

/* search(index, alive, memory, need, weights, aging, k, possibles): the options' and the possibles' (total, rows, ids,
   points, unknown); None where something is not remembered. memory: as `plan._Memory`. */
static PyObject *search(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (count != 8) return PyErr_Format(PyExc_TypeError, "search takes 8 arguments, not %zd", count);
    Said said;
    question(&said, given[2], given[3], given[4], given[5], given[6], PyObject_IsTrue(given[7]), 0);
    if (PyErr_Occurred()) return NULL;
    if (said.lost) Py_RETURN_NONE;
    int64_t k = said.q[19], few[4 + 8 * 20], *out = k <= 20 ? few : PyMem_Malloc((size_t)(4 + 8 * k) * sizeof *out);
    if (!out) return PyErr_NoMemory();
    PyObject *options = NULL, *others = NULL, *found = NULL;
    if (!asked(warmhandoff_search, given[0], given[1], said.q, out)) {
        options = best(out + 4, out[0], out[1], k);
        others = options ? best(out + 4 + 4 * k, out[2], out[3], k) : NULL;
        if (others) found = PyTuple_Pack(2, options, others);
    }
    Py_XDECREF(options); Py_XDECREF(others);
    if (out != few) PyMem_Free(out);
    return found;
}

/* relax(index, alive, memory, need, weights, aging, count, changes): for each of so many changes, spelled, the options
   there then are, the first one's row (-1: none) and points, one after the other; None as above. */
static PyObject *relax(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (count != 8) return PyErr_Format(PyExc_TypeError, "relax takes 8 arguments, not %zd", count);
    Said said;
    char *changes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(given[7], &changes, &size) < 0) return NULL;
    question(&said, given[2], given[3], given[4], given[5], given[6], 0, 1);
    if (PyErr_Occurred()) return NULL;
    if (said.lost || said.size + size / 8 > ROOM) Py_RETURN_NONE;
    memcpy(said.q + said.size, changes, (size_t)size);
    int64_t number = said.q[19], *out = PyMem_Malloc((size_t)(3 * number + 1) * sizeof *out);
    if (!out) return PyErr_NoMemory();
    PyObject *found = NULL;
    if (!asked(warmhandoff_relax, given[0], given[1], said.q, out)) found = numbers(out, 3 * number);
    PyMem_Free(out);
    return found;
}

static PyMethodDef methods[] = {
    {"search", (PyCFunction)(void (*)(void))search, METH_FASTCALL, "The best options and possibles of a need, or None."},
    {"relax", (PyCFunction)(void (*)(void))relax, METH_FASTCALL, "What each change of a need opens, or None."},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "warmhandoff_asking", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_warmhandoff_asking(void) {
    for (int i = 0; i < NAMES; i++) if (!(name[i] = PyUnicode_InternFromString(FIELDS[i]))) return NULL;
    in_person = PyUnicode_InternFromString("in_person");
    telehealth = PyUnicode_InternFromString("telehealth");
    any = PyUnicode_InternFromString("any");
    return in_person && telehealth && any ? PyModule_Create(&module) : NULL;
}
