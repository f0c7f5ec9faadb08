/* gb26875.c -- frames of fire alarm transmission devices.
 * This exercises: cutting frames out of a stream in two pieces and in one, every kind of unit, texts and times, answers; that
 * what was read is written again byte for byte, and that cutting always gets on. */
#include "gateways/gb26875.h"

#include <assert.h>

static void take_unit(struct arena *a, struct str unit)
{
    static struct gb_object o[GB_OBJECTS_MAX];
    struct gb_unit u;
    if (!gb26875_objects(unit, &u, o))
        return;
    assert(u.count > 0 && u.count <= GB_OBJECTS_MAX && u.count <= u.said);
    for (int i = 0; i < u.count; i++) {
        assert(o[i].text.n == 0 || (o[i].text.p >= unit.p && o[i].text.p + o[i].text.n <= unit.p + unit.n));
        assert(str_utf8_ok(gb26875_text(a, o[i].text)));
        assert(gb26875_part(a, &o[i]).n >= 3);
        ms at = gb26875_ms(o[i].time, GB_TIME_AUTO, 1795395600000);
        assert(at == 0 || (at > 900000000000 && at < 4200000000000));
    }
}

static size_t take_all(struct arena *a, struct str stream)
{
    size_t start = 0, used;
    for (;;) {
        struct gb_frame f, back;
        struct str rest = str_from(stream, start);
        enum gb_cut got = gb26875_cut(rest, &f, &used);
        assert(used <= rest.n);
        start += used;
        if (got == GB_MORE)
            return start;
        assert(used >= GB_FRAME_BYTES_MIN);
        if (got == GB_WHOLE) {
            assert(str_eq(gb26875_frame(a, &f), str_head(str_from(rest, used - GB_FRAME_BYTES_MIN - f.unit.n), GB_FRAME_BYTES_MIN + f.unit.n)));
            take_unit(a, f.unit);
        }
        size_t whole;
        struct str answer = gb26875_answer(a, &f, GB_CONFIRM, 1795395600000, GB_TIME_AUTO);
        assert(gb26875_cut(answer, &back, &whole) == GB_WHOLE && whole == answer.n && back.serial == f.serial && back.source == f.destination);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena_scoped a;
    struct str stream = { (const char *)bytes, n };
    arena_init(&a, 0);
    size_t first = take_all(&a, str_head(stream, n / 2));
    take_all(&a, str_from(stream, first));
    take_unit(&a, stream);
    struct gb_frame f = { .command = GB_SEND, .unit = str_head(stream, GB_UNIT_BYTES_MAX) };
    take_all(&a, arena_join(&a, stream, gb26875_frame(&a, &f)));
    return 0;
}
