/* field_text.c -- field_from_text and what writes it out again.
 * This exercises: every field type with any bytes; that a refused value leaves the form alone; that an accepted one is
 * written as JSON and as a cell, masked too, and that its cell is accepted again. */
#include "base/field.h"

#include <assert.h>
#include <string.h>

struct form {
    struct has has;
    bool yes;
    int64_t number, id, at, day, degree;
    struct str text, long_text, choice, rule, phone, id_number, uscc, secret;
    struct ids ids;
    struct texts texts;
};
static const struct choice choices[] = { { "one", L("一", "One") }, { "two", L("二", "Two") }, { 0 } };
static const struct field table[] = {
    FIELD(struct form, yes, BOOL), FIELD(struct form, number, INT, .min = -5, .max = 1000), FIELD(struct form, id, ID),
    FIELD(struct form, at, TIME), FIELD(struct form, day, DAY), FIELD(struct form, degree, DEGREE),
    FIELD(struct form, text, TEXT, .min = 2, .max = 20, .mask = MASK_ADDRESS),
    FIELD(struct form, long_text, LONG_TEXT, .mask = MASK_NAME), FIELD(struct form, choice, CHOICE, .choices = choices),
    FIELD(struct form, rule, RULE), FIELD(struct form, phone, PHONE, .mask = MASK_PHONE),
    FIELD(struct form, id_number, IDCARD, .mask = MASK_IDCARD), FIELD(struct form, uscc, USCC),
    FIELD(struct form, secret, SECRET), FIELD(struct form, ids, IDS), FIELD(struct form, texts, TEXTS, .mask = MASK_HIDE),
    { 0 },
};

static void write_out(const struct form *form, struct arena *a, bool masked)
{
    struct json j = json_in(a);
    json_obj(&j);
    field_write(&j, table, form, false, masked);
    json_end(&j);
    assert(str_utf8_ok(json_done(&j)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 1)
        return 0;
    const struct field *row = &table[bytes[0] % (COUNT(table) - 1)];
    struct str value = { (const char *)bytes + 1, n - 1 };
    struct arena arena;
    struct fault fault = { 0 };
    struct form form, again;
    memset(&form, 0, sizeof form);
    memset(&again, 0, sizeof again);
    arena_init(&arena, ARENA_CAP_BYTES);
    bool ok = field_from_text(table, row, &form, value, &arena, &fault);
    assert(ok == (fault.code == ERR_OK));
    assert(ok || fault.field_count == 1);
    for (int i = 0; i < fault.field_count; i++)
        assert(bad_message(&arena, &fault.fields[i], i ? EN : ZH).n > 0);
    assert(ok || row->type == IDS || row->type == TEXTS || form.has.bits == 0);
    write_out(&form, &arena, false);
    write_out(&form, &arena, true);
    if (ok && row->type != SECRET && row->type != TEXTS)
        assert(field_from_text(table, row, &again, field_to_text(&arena, row, &form, false), &arena, &fault));
    arena_free(&arena);
    return 0;
}
