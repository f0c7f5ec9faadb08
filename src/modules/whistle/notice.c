/* notice.c -- what only this module knows of the papers of a whistle: whom it calls and why the street cannot solve it, how
 * a silent department was urged, and what was found and decided on site. engine/paper.h writes the rest. Papers are always
 * in Chinese (PRACTICE.md 13). */
#include "modules/whistle/whistle.h"

#include "engine/paper.h"
#include "engine/rule.h"

/* 2026年11月26日 18:00, out of the one way a time becomes text. */
static struct str when(struct arena *a, ms at)
{
    if (at == 0)
        return S("");
    struct str t = ms_rfc3339(a, at);
    return arena_format(a, "%.4s年%.2s月%.2s日 %.5s", t.p, t.p + 5, t.p + 8, t.p + 11);
}

static struct str number_of(struct tx *tx, int64_t id)
{
    struct matter m;
    return matter_get(tx, id, &m) ? matter_number(tx->arena, m.kind, m.opened_at, m.id) : S("");
}

static struct str duty_text(struct tx *tx, struct str item)
{
    const struct rule_set *list = rule_set(rules_of(tx), "duty_list");
    const struct rule_entry *entry = rule_entry(list, item), *group = entry ? rule_entry(list, entry->parent) : NULL;
    if (!entry)
        return item;
    return group ? arena_format(tx->arena, "%s——%s", group->label.zh, entry->label.zh) : str_of(entry->label.zh);
}

static void drop_rows(struct paper *p, const char *label)
{
    int kept = 0;
    for (int i = 0; i < p->row_count; i++)
        if (!str_is(p->rows[i].label, label))
            p->rows[kept++] = p->rows[i];
    p->row_count = kept;
}

/* A row that has nothing to say on this paper. */
static void drop_empty(struct paper *p, const char *label)
{
    for (int i = 0; i < p->row_count; i++)
        if (str_is(p->rows[i].label, label) && p->rows[i].value.n == 0) {
            drop_rows(p, label);
            return;
        }
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

/* Until the whistle is blown its calls still belong to the street: the paper names the departments themselves. */
static void called_rows(struct tx *tx, const struct matter *m, struct paper *p)
{
    struct call_row *calls;
    drop_rows(p, whistle_call_kind.label.zh);
    int count = whistle_calls(tx, m->id, &calls);
    for (int i = 0; i < count; i++)
        paper_row(p, calls[i].lead ? S("牵头部门") : S("召集部门"),
                  arena_format(tx->arena, STR_FMT "　" STR_FMT "%s" STR_FMT, STR_ARG(calls[i].org_name),
                               STR_ARG(number_of(tx, calls[i].id)), calls[i].reply_by ? "　报到时限 " : "",
                               STR_ARG(when(tx->arena, calls[i].reply_by))));
}

static void reason_rows(struct tx *tx, const struct whistle_row *w, struct paper *p)
{
    for (const struct choice *c = whistle_types; c->name; c++)
        if (str_is(w->type, c->name))
            paper_row(p, S("哨种"), str_of(c->label.zh));
    paper_row(p, S("街道不能独自解决的依据"), w->cannot_because.n ? duty_text(tx, w->cannot_because) : S("应急处置，先行吹哨"));
}

static void record_blocks(struct tx *tx, int64_t whistle, struct paper *p)
{
    struct record r;
    if (!whistle_record_get(tx, whistle, &r))
        return;
    fill_row(p, "地点", r.place);
    fill_row(p, "到场时间", when(tx->arena, r.at));
    fill_row(p, "到场人员", r.came);
    fill_block(p, "现场情况", r.found);
    fill_block(p, "处置措施", r.decided);
    fill_block(p, "分工与时限", arena_format(tx->arena, "完成时限：" STR_FMT, STR_ARG(when(tx->arena, r.due_at))));
}

void whistle_paper(struct tx *tx, const struct who *who, const struct matter *m, const char *form, struct paper *p)
{
    struct whistle_row w;
    (void)who;
    if (!whistle_get(tx, m->id, &w))
        return;
    drop_empty(p, "类别");
    called_rows(tx, m, p);
    if (str_is(str_of(form), "joint_record"))
        record_blocks(tx, m->id, p);
    else
        reason_rows(tx, &w, p);
}

/* --- of one called department ------------------------------------------------------------------------------------------- */

static void notice_rows(struct tx *tx, const struct call_row *c, const struct matter *m, struct paper *p)
{
    struct whistle_row w;
    p->to = c->org_name;
    if (!whistle_get(tx, c->whistle, &w))
        return;
    fill_row(p, "承办单位", c->org_name);
    drop_rows(p, "办理时限");                    /* the one that counts is when to report in */
    reason_rows(tx, &w, p);
    paper_row(p, S("牵头部门"), c->lead ? S("贵单位") : whistle_org_name(tx, w.lead));
    if (c->called_at)
        paper_row(p, S("吹哨时间"), when(tx->arena, c->called_at));
    ms due = m->state == CALL_CALLED || m->state == CALL_SILENT ? m->due_at : c->reply_by;
    paper_row(p, S("请于何时前报到"), when(tx->arena, due));
}

static void supervise_rows(struct tx *tx, const struct call_row *c, struct paper *p)
{
    p->to = c->arbiter ? whistle_org_name(tx, c->arbiter) : S("");
    fill_row(p, "承办单位", c->org_name);
    paper_row(p, S("吹哨时间"), when(tx->arena, c->called_at));
    paper_row(p, S("逾期未应哨"), when(tx->arena, c->missed_at));
    paper_row(p, S("催办次数"), arena_format(tx->arena, "%lld 次", (long long)c->urged));
    paper_row(p, S("转督办"), when(tx->arena, c->supervised_at));
    if (c->missed_at)
        fill_block(p, "督办事由",
                   arena_format(tx->arena, STR_FMT "经吹哨、催办逾期未报到，请裁定并督促。", STR_ARG(c->org_name)));
}

void whistle_call_paper(struct tx *tx, const struct who *who, const struct matter *m, const char *form, struct paper *p)
{
    struct call_row c;
    (void)who;
    if (!whistle_call_get(tx, m->id, &c))
        return;
    drop_empty(p, "类别");
    if (str_is(str_of(form), "supervise"))
        supervise_rows(tx, &c, p);
    else
        notice_rows(tx, &c, m, p);
}
