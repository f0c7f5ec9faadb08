/* pasted.c -- what a clerk pastes: a chat, the time of an order, a title, two texts to compare.
 * This exercises: speaker lines, telephone numbers at any place, cut characters, limits; that nothing is made up: every word of
 * the draft stood in what was pasted. */
#include "modules/report/report.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str text = { (const char *)bytes, n };
    struct arena a arena_scoped;
    struct pasted p;
    ms at;
    arena_init(&a, ARENA_CAP_BYTES);
    if (!str_utf8_ok(text))
        return 0;
    report_paste_chat(&a, text, &p);
    assert(p.text.n <= text.n && str_utf8_ok(p.text) && str_utf8_ok(p.title) && str_chars(p.title) <= 40);
    assert(p.name.n == 0 || str_has(text, p.name));
    assert(p.phone.n == 0 || p.phone.n == 11);
    if (report_time_in_order(text, &at))
        assert(at > 0);
    int64_t likeness = report_likeness(text, p.text, p.name);
    assert(likeness >= 0 && likeness <= 100);
    return 0;
}
