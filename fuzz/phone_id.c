/* phone_id.c -- telephone numbers, identity numbers, credit codes and the short codes of slips and doors.
 * This exercises: that normalising twice is normalising once, that a mask shows no more than it should, that the check
 * digits catch every single wrong character, and that no text but a made one is a code. */
#include "base/field.h"
#include "engine/code.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct keys *keys(void)
{
    static struct keys *made;
    char dir[] = "/tmp/wuxing-fuzz-XXXXXX", file[64];
    struct fault fault = { 0 };
    if (made)
        return made;
    assert(mkdtemp(dir));
    made = keys_open(dir, true, &fault);
    assert(made);
    snprintf(file, sizeof file, "%s/master.key", dir);
    unlink(file);
    rmdir(dir);
    return made;
}

static void check_phone(struct arena *a, struct str text)
{
    struct str once, twice;
    if (!phone_normal(a, text, &once))
        return;
    assert(phone_normal(a, once, &twice) && str_eq(once, twice));
    struct str shown = mask_text(a, MASK_PHONE, once);
    assert(once.n < 7 || str_has(shown, S("*")));
    assert(once.n < 7 || !str_has(shown, once));
}

/* GB 11643 and GB 32100 both see any one character that is wrong. */
static void check_digits(struct arena *a, struct str text, bool (*ok)(struct str))
{
    static const char others[] = "0123456789AX";
    if (!ok(text))
        return;
    assert(text.n == 18);
    char *copy = memcpy(arena_alloc(a, text.n), text.p, text.n);
    for (size_t i = 0; i < text.n; i++) {
        for (size_t k = 0; k < sizeof others - 1; k++) {
            copy[i] = others[k];
            assert(others[k] == text.p[i] || !ok((struct str){ copy, text.n }));
        }
        copy[i] = text.p[i];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena a arena_scoped;
    struct str text = { (const char *)bytes, n };
    int64_t id;
    arena_init(&a, 0);
    if (str_utf8_ok(text))
        check_phone(&a, text);
    check_digits(&a, text, idcard_ok);
    check_digits(&a, text, uscc_ok);
    if (code_read(keys(), KEY_TRACK, text, &id)) {
        struct str again = code_make(keys(), &a, KEY_TRACK, id);
        int64_t same;
        assert(code_read(keys(), KEY_TRACK, again, &same) && same == id);
    }
    return 0;
}
