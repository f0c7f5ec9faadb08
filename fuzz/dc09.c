/* dc09.c -- frames of alarm panels.
 * This exercises: cutting frames out of a stream in two pieces and in one, both forms of frame, encrypted bodies, the events of the
 * data, replies; that a reply can be read again, and that cutting always gets on. */
#include "gateways/dc09.h"

#include <assert.h>

static void take(struct arena *a, struct str frame)
{
    struct dc09 f, back;
    struct dc09_event e[DC09_EVENTS_MAX];
    struct str again;
    size_t used;
    if (!dc09_parse(frame, &f))
        return;
    if (f.encrypted && !dc09_open(a, S("0123456789ABCDEF"), &f))
        assert(f.data.n == 0);
    int count = dc09_events(&f, e);
    assert(count >= 0 && count <= DC09_EVENTS_MAX);
    for (int i = 0; i < count; i++)
        assert(e[i].code.n == (e[i].contact_id ? 4 : 2) && e[i].zone.n <= 16);
    dc09_extra(&f, 'X');
    for (int i = DC09_ACK; i <= DC09_DUH && f.account.n && !f.old_keep_alive; i++) {
        struct str reply = dc09_reply(a, &f, (enum dc09_answer)i, 1795395600000);
        assert(dc09_cut(reply, false, &again, &used) && used == reply.n && dc09_parse(again, &back));
        assert(i == DC09_NAK || (str_eq(back.account, f.account) && str_eq(back.sequence, f.sequence)));
        assert(!back.encrypted || dc09_open(a, S("0123456789ABCDEF"), &back));
    }
}

static size_t take_all(struct arena *a, struct str stream, bool ended)
{
    size_t start = 0, used;
    struct str frame;
    while (dc09_cut(str_from(stream, start), ended, &frame, &used)) {
        assert(used > 0 && used <= stream.n - start);
        start += used;
        take(a, frame);
    }
    return start + used;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena_scoped a;
    struct str stream = { (const char *)bytes, n };
    arena_init(&a, 0);
    size_t first = take_all(&a, str_head(stream, n / 2), false);
    take_all(&a, str_from(stream, first), true);
    /* a fuzzer never guesses a CRC: the same bytes once more as the inside of a good frame */
    struct str frame = dc09_frame(&a, S("SIA-DCS"), S("0001L0#1234"), stream, S(""));
    take(&a, str_from(str_head(frame, frame.n - 1), 1));
    take(&a, str_from(str_head(dc09_frame(&a, S("ADM-CID"), S("0001L0#1234"), stream, S("0123456789ABCDEF")), frame.n + 2 * n + 64), 1));
    return 0;
}
