/* paper.c -- what only a report can say on its papers: the request that waits and its ground, the reply that
 * was given, how many others said the same. engine/paper.h writes the rest. Papers are always in Chinese
 * (PRACTICE 13). */
#include "modules/report/report.h"

#include "engine/paper.h"

SQL(select_waiting_request, "select verb, reason, until_at from report_request where report = $1 and"
                            " answered_at is null order by id limit 1");
SQL(select_return, "select return_basis, return_reason from report where id = $1");
SQL(count_joined, "select count(*) from matter where lead = $1");

static struct str when(struct arena *a, ms at)
{
    struct civil c = civil_of(at);
    return at ? arena_format(a, "%d年%d月%d日 %02d:%02d", c.year, c.month, c.day, c.hour, c.minute) : S("");
}

static void fill_row(struct paper *p, const char *label, struct str value)
{
    for (int i = 0; i < p->row_count; i++)
        if (str_is(p->rows[i].label, label))
            p->rows[i].value = value;
}

static void fill_block(struct paper *p, const char *label, struct str text)
{
    for (int i = 0; i < p->block_count; i++)
        if (str_is(p->blocks[i].label, label))
            p->blocks[i] = (struct paper_block){ p->blocks[i].label, text, 1 };
}

static struct str ground(struct tx *tx, struct str basis, struct str reason)
{
    const struct rule_entry *item = rule_entry(rule_set(rules_of(tx), "duty_list"), basis);
    return item ? arena_format(tx->arena, STR_FMT "（履职事项清单：%s）", STR_ARG(reason), item->label.zh) : reason;
}

/* A request of ours to our own street; one to the upstream is filled in by the engine, which knows mirrors.
 */
static void request_rows(struct tx *tx, const struct matter *m, struct paper *p)
{
    struct str verb = { 0 }, reason = { 0 }, basis = { 0 };
    ms until = 0;
    if (m->state == REPORT_RETURNED && !report_is_mirror(tx, m->id)) {
        db_one(tx, select_return, IN(m->id), OUT(&basis, &reason));
        fill_row(p, "申请类型", S("☑ 退单　□ 延期　□ 挂账　□ 办结"));
        fill_block(p, "申请理由及依据", ground(tx, basis, reason));
    } else if (db_one(tx, select_waiting_request, IN(m->id), OUT(&verb, &reason, &until))) {
        bool extend = str_is(verb, "extend");
        fill_row(p, "申请类型", extend ? S("□ 退单　☑ 延期　□ 挂账　□ 办结") : S("□ 退单　□ 延期　☑ 挂账　□ 办结"));
        if (until)
            paper_row(p, S("申请延至"), when(tx->arena, until));
        fill_block(p, "申请理由及依据", reason);
    }
}

void report_paper(struct tx *tx, const struct who *who, const struct matter *m, const char *form,
                  struct paper *p)
{
    struct str name = str_of(form), told = report_latest_reply(tx, m->id);
    int64_t joined = 0;
    (void)who;
    db_one(tx, count_joined, IN(m->id), OUT(&joined));
    if (joined && !str_is(name, "reply"))
        paper_row(p, S("同类诉求"), arena_format(tx->arena, "已并入 %lld 件", (long long)joined));
    if (str_is(name, "request"))
        request_rows(tx, m, p);
    if (str_is(name, "reply") && told.n)
        fill_block(p, "二、办理情况", told);
    if (str_is(name, "undertake") && told.n)
        fill_block(p, "承办情况", told);
}
