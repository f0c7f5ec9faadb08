/* promises.c -- routes of 我答应过的; the rows and their ringing are engine/promise.h. */
#include "modules/report/report.h"

#include "engine/promise.h"

const struct field report_promise_form[] = {
    FIELD(struct promise_form, text, TEXT, .label = L("答应了什么", "What was promised"), .required = true,
          .min = 2, .max = 200),
    FIELD(struct promise_form, due_at, TIME, .label = L("什么时候之前", "By when"),
          .help = L("不填则从文字里看，例如“周五前”", "Without it the text is read, such as 周五前")), { 0 } };

const struct field report_promise_query[] = {
    FIELD(struct promise_query, mine, BOOL,
          .label = L("只看自己的（总是如此）", "Mine only, which is always so")), { 0 } };

enum { MINE_MAX = 200 };

static void no_time(struct req *r, struct label why)
{
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("due_at"),
                                                   .bad = BAD_RULE,
                                                   .label = L("什么时候之前", "By when"),
                                                   .rule = why });
}

void report_promise_apply(struct req *r)
{
    const struct promise_form *f = r->form;
    struct matter m;
    int64_t *made = arena_new(r->arena, int64_t);
    r->state = made;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    if (f->due_at && f->due_at <= r->tx->now)
        no_time(r, (struct label)L("应晚于现在", "must be in the future"));
    else if (f->due_at)
        *made = promise_add(r->tx, r->who, m.id, f->text, f->due_at);
    else
        *made = promise_from_text(r->tx, r->who, m.id, f->text);
    if (!*made && !tx_failed(r->tx))
        no_time(r, (struct label)L("没有看出时间，请填写", "no time was found in the text; give it"));
}

void report_promise_show(struct req *r)
{
    const int64_t *made = r->state;
    struct promise p = { .id = 0 };
    struct rows rows = promise_of_matter(r->tx, r->who, r->id);
    while (promise_row(&rows, &p))
        if (p.id == *made)
            promise_write(&r->out, r->who, &p);
    r->location = arena_format(r->arena, "/api/v1/promises/%lld", (long long)*made);
}

void report_promises_mine(struct req *r)
{
    struct promise *list = arena_array(r->arena, struct promise, MINE_MAX);
    int count = 0;
    struct rows rows = promise_mine(r->tx, r->who, MINE_MAX);
    while (count < MINE_MAX && promise_row(&rows, &list[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        struct matter m;
        if (!matter_get(r->tx, list[i].matter, &m))
            break;
        json_obj(&r->out);
        promise_members(&r->out, r->who, &list[i]);
        json_key_str(&r->out, "number", matter_number(r->arena, m.kind, m.opened_at, m.id));
        json_key_str(&r->out, "title", m.title);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

void report_promise_keep(struct req *r)
{
    promise_keep(r->tx, r->who, r->id);
}
