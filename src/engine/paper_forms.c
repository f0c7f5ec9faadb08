/* paper_forms.c -- what stands on each paper of a matter; see paper.h. The forms are a table: a module
 * lists those of its kinds in kind.papers and adds through kind.paper what only it knows. */
#include "engine/paper.h"

#include "engine/area.h"
#include "engine/history.h"
#include "engine/matter_view.h"
#include "engine/mirror.h"
#include "engine/org.h"
#include "engine/person.h"
#include "engine/rule.h"
#include "engine/scan.h"

SQL(select_children, "select " ITEM_COLUMNS ITEM_FROM " join matter_link l on l.to_id = m.id where l.from_id = $1 and l.type = $2"
                     " order by m.id limit 20");
SQL(select_parents, "select " ITEM_COLUMNS ITEM_FROM " join matter_link l on l.from_id = m.id where l.to_id = $1 and l.type = $2"
                    " order by m.id limit 3");

struct subject {
    struct tx *tx;
    const struct who *who;
    struct matter m;
    struct matter_item item;
    struct paper *paper;
};

/* --- what every matter has ------------------------------------------------------------------------------ */

static struct str when(struct arena *a, ms at)
{
    struct civil c = civil_of(at);
    return at ? arena_format(a, "%d年%d月%d日 %02d:%02d", c.year, c.month, c.day, c.hour, c.minute) : S("");
}

static struct str urgency_text(enum urgency urgency)
{
    return urgency == URGENCY_NORMAL ? S("一般") : urgency == URGENCY_URGENT ? S("紧急") : S("警报");
}

static struct str rule_text(const struct tx *tx, const char *rule, struct str key)
{
    const struct rule_set *set = rule_set(rules_of(tx), rule);
    const struct rule_entry *entry = set && key.n ? rule_entry(set, key) : NULL;
    return entry ? label_in(entry->label, ZH) : key;
}

static struct str place_text(struct subject *s)
{
    struct str area = s->m.place.area ? area_full_name(s->tx, s->m.place.area) : S("");
    return s->m.address.n
               ? arena_format(s->tx->arena, STR_FMT " " STR_FMT, STR_ARG(area), STR_ARG(s->m.address))
               : area;
}

/* Masked as on the page: a paper lies on desks. */
static struct str reporter_text(struct subject *s)
{
    struct reporter r;
    struct buf b = buf_in(s->tx->arena);
    struct rows rows = reporter_get(s->tx, s->m.id);
    while (reporter_row(s->tx, &rows, &r)) {
        if (b.n)
            buf_put(&b, S("；"));
        if (r.confidential || s->m.secrecy != SECRECY_NORMAL)
            buf_put(&b, S("（保密）"));
        else
            buf_format(&b, STR_FMT " " STR_FMT, STR_ARG(r.name), STR_ARG(r.phone));
    }
    return buf_str(&b);
}

static void common_rows(struct subject *s)
{
    struct paper *p = s->paper;
    struct mirror mirror;
    paper_row(p, S("事项"), s->m.title);
    if (mirror_get(s->tx, s->m.id, &mirror))
        paper_row(p, S("上级工单号"), mirror.number);
    paper_row(p, S("地点"), place_text(s));
    paper_row(p, S("类别"), rule_text(s->tx, "categories", s->m.category));
    paper_row(p, S("紧急程度"), urgency_text(s->m.urgency));
    paper_row(p, S("受理时间"), when(s->tx->arena, s->m.opened_at));
    paper_row(p, S("办理时限"), s->m.due_at ? when(s->tx->arena, s->m.due_at) : S("—"));
    paper_row(p, S("承办单位"), s->item.org_name);
}

static struct str number_of(struct tx *tx, const struct matter *m)
{
    return matter_number(tx->arena, m->kind, m->opened_at, m->id);
}

static void child_rows(struct subject *s)
{
    struct matter_item child;
    struct rows rows = db_get(s->tx, select_children, IN(s->m.id, LINK_CHILD));
    while (item_row(&rows, &child))
        paper_row(s->paper, child.m.kind->label.zh ? str_of(child.m.kind->label.zh) : S("子事项"),
                  arena_format(s->tx->arena, STR_FMT "　" STR_FMT "　时限 " STR_FMT, STR_ARG(child.org_name),
                               STR_ARG(number_of(s->tx, &child.m)),
                               STR_ARG(when(s->tx->arena, child.m.due_at))));
}

static void parent_rows(struct subject *s)
{
    struct matter_item parent;
    struct rows rows = db_get(s->tx, select_parents, IN(s->m.id, LINK_CHILD));
    while (item_row(&rows, &parent))
        paper_row(s->paper, S("来自"),
                  arena_format(s->tx->arena, "%s " STR_FMT, parent.m.kind->label.zh,
                               STR_ARG(number_of(s->tx, &parent.m))));
}

static enum phase phase_of_state(const struct kind *kind, struct str name)
{
    for (const struct state *state = kind->states; state->name; state++)
        if (str_is(name, state->name))
            return state->phase;
    return PHASE_NONE;
}

/* What was written when it was ended: the newest note of a step that came to an end or awaits the resident's word. */
static struct str outcome(struct subject *s)
{
    struct history_entry e;
    struct str text = S("");
    struct rows rows = history_get(s->tx, s->m.id);
    while (history_row(&rows, &e)) {
        enum phase to = phase_of_state(s->m.kind, e.to);
        bool ends = to == PHASE_DONE || to == PHASE_WAITING || str_is(e.verb, "reply") ||
                    str_is(e.verb, "resolve");
        if (ends && e.note.n && !str_eq(e.from, e.to))
            text = e.note;
    }
    return text;
}

static struct str steps(struct subject *s)
{
    struct history_entry e;
    struct buf b = buf_in(s->tx->arena);
    struct rows rows = history_get(s->tx, s->m.id);
    while (history_row(&rows, &e)) {
        const struct move *move = NULL;
        for (const struct move *m = s->m.kind->moves; m->verb && !move; m++)
            if (str_is(e.verb, m->verb))
                move = m;
        if (b.n)
            buf_char(&b, '\n');
        buf_put(&b, when(s->tx->arena, e.at));
        buf_put(&b, S("　"));
        buf_put(&b, move ? label_in(move->label, ZH) : str_is(e.verb, "open") ? S("受理") : e.verb);
        if (e.note.n) {
            buf_put(&b, S("："));
            buf_put(&b, e.note);
        }
    }
    return buf_str(&b);
}

/* --- the forms ------------------------------------------------------------------------------------------ */

static void fill_undertake(struct subject *s)
{
    common_rows(s);
    paper_row(s->paper, S("来源"), rule_text(s->tx, "channels", s->m.channel));
    paper_row(s->paper, S("反映人"), reporter_text(s));
    paper_block(s->paper, S("反映内容"), s->m.text, 0);
    paper_block(s->paper, S("拟办意见"), S(""), 3);
    paper_block(s->paper, S("领导批示"), S(""), 3);
    paper_block(s->paper, S("承办情况"), S(""), 5);
    paper_box(s->paper, S("承办人"));
    paper_box(s->paper, S("承办单位（盖章）"));
}

static void fill_whistle_notice(struct subject *s)
{
    common_rows(s);
    child_rows(s);
    parent_rows(s);
    paper_block(s->paper, S("需协同解决的问题"), s->m.text, 0);
    paper_block(s->paper, S("部门回执"), S("□ 已到场　□ 派员时间：　　月　　日　　时　　联系人及电话："), 3);
    paper_box(s->paper, S("街道领导签批"));
    paper_box(s->paper, S("街道办事处（盖章）"));
    paper_box(s->paper, S("部门签收人"));
    paper_box(s->paper, S("部门（盖章）"));
}

static void fill_supervise(struct subject *s)
{
    common_rows(s);
    parent_rows(s);
    paper_block(s->paper, S("督办事由"), s->m.late ? S("已超过办理时限，尚未办结。") : S(""), s->m.late ? 0 : 2);
    paper_block(s->paper, S("事项内容"), s->m.text, 0);
    paper_block(s->paper, S("已办经过"), steps(s), 0);
    paper_block(s->paper, S("督办要求"), S(""), 3);
    paper_block(s->paper, S("办理结果"), S(""), 4);
    paper_box(s->paper, S("签发人"));
    paper_box(s->paper, S("督办单位（盖章）"));
    paper_box(s->paper, S("承办单位负责人"));
    paper_box(s->paper, S("承办单位（盖章）"));
}

static void fill_request(struct subject *s)
{
    static const struct { const char *verb, *text; } asks[] = {
        { "return", "☑ 退单　□ 延期　□ 挂账　□ 办结" }, { "extend", "□ 退单　☑ 延期　□ 挂账　□ 办结" },
        { "suspend", "□ 退单　□ 延期　☑ 挂账　□ 办结" }, { "close", "□ 退单　□ 延期　□ 挂账　☑ 办结" } };
    struct mirror_request ask = { 0 };
    struct str kind = S("□ 退单　□ 延期　□ 挂账　□ 办结");
    bool waits = mirror_waiting(s->tx, s->m.id, S(""), &ask);
    for (size_t i = 0; waits && i < COUNT(asks); i++)
        if (str_is(ask.verb, asks[i].verb))
            kind = str_of(asks[i].text);
    common_rows(s);
    paper_row(s->paper, S("申请类型"), kind);
    if (waits && ask.until)
        paper_row(s->paper, S("申请延至"), when(s->tx->arena, ask.until));
    paper_block(s->paper, S("事项内容"), s->m.text, 0);
    paper_block(s->paper, S("申请理由及依据"), ask.note, ask.note.n ? 1 : 4);
    paper_block(s->paper, S("街道意见"), S(""), 2);
    paper_block(s->paper, S("上级审批意见"), S(""), 3);
    paper_box(s->paper, S("申请人"));
    paper_box(s->paper, S("申请单位（盖章）"));
    paper_box(s->paper, S("审批人"));
    paper_box(s->paper, S("审批单位（盖章）"));
}

static void fill_joint_record(struct subject *s)
{
    common_rows(s);
    child_rows(s);
    paper_row(s->paper, S("到场时间"), S(""));
    paper_row(s->paper, S("到场人员"), S(""));
    paper_block(s->paper, S("事项内容"), s->m.text, 0);
    paper_block(s->paper, S("现场情况"), S(""), 4);
    paper_block(s->paper, S("处置措施"), S(""), 4);
    paper_block(s->paper, S("分工与时限"), S(""), 4);
    paper_block(s->paper, S("不同意见"), S(""), 2);
    paper_box(s->paper, S("街道（签字）"));
    paper_box(s->paper, S("牵头部门（签字）"));
    paper_box(s->paper, S("配合部门（签字）"));
    paper_box(s->paper, S("社区、物业（签字）"));
}

static void fill_reply(struct subject *s)
{
    s->paper->is_letter = true;
    s->paper->subject = arena_format(s->tx->arena, "关于%s的答复",
                                     arena_z(s->tx->arena, str_starts(s->m.title, S("关于"))
                                                               ? str_from(s->m.title, S("关于").n)
                                                               : s->m.title));
    s->paper->to = s->m.secrecy == SECRECY_NORMAL ? S("反映人") : S("");
    paper_row(s->paper, S("事项"), s->m.title);
    paper_row(s->paper, S("地点"), place_text(s));
    paper_row(s->paper, S("受理时间"), when(s->tx->arena, s->m.opened_at));
    struct str told = outcome(s);
    paper_block(s->paper, S("一、您反映的问题"), s->m.text, 0);
    paper_block(s->paper, S("二、办理情况"), told, told.n ? 0 : 6);
}

/* A form that a module names and this table does not know: the facts, and room to write. */
static void fill_plain(struct subject *s)
{
    common_rows(s);
    parent_rows(s);
    paper_block(s->paper, S("内容"), s->m.text, 0);
    paper_block(s->paper, S("办理情况"), S(""), 6);
    paper_box(s->paper, S("经办人"));
    paper_box(s->paper, S("单位（盖章）"));
}

static const struct { const char *form; void (*fill)(struct subject *);
} forms[] = {
    { "undertake", fill_undertake },       { "whistle_notice", fill_whistle_notice },
    { "supervise", fill_supervise },       { "request", fill_request },
    { "joint_record", fill_joint_record }, { "reply", fill_reply },
};

static const struct choice *form_of(const struct kind *kind, struct str form)
{
    for (const struct choice *c = kind->papers; c && c->name; c++)
        if (str_is(form, c->name))
            return c;
    return NULL;
}

/* Who issues it: the street's office at that place. */
static struct str issuer_of(struct subject *s)
{
    struct area street = { 0 };
    struct org office = { 0 };
    if (s->m.place.street == 0 || !area_get(s->tx, s->m.place.street, &street))
        return s->item.org_name;
    if (street.org && org_get(s->tx, street.org, &office))
        return office.name;
    bool is_town = str_ends(street.name, S("乡")) || str_ends(street.name, S("镇"));
    return arena_join(s->tx->arena, street.name, is_town ? S("人民政府") : S("办事处"));
}

bool paper_of(struct tx *tx, const struct who *who, int64_t matter, struct str form, struct paper *ret)
{
    struct paper p = { 0 };
    struct subject s = { .tx = tx, .who = who, .paper = &p };
    if (!matter_see(tx, who, matter, &s.m) || !item_get(tx, matter, &s.item))
        return false;
    const struct choice *choice = form_of(s.m.kind, form);
    if (!choice) {
        tx_refuse(tx, ERR_NOT_FOUND, "此事项没有这种文书", "This matter has no such paper");
        return false;
    }
    p.title = label_in(choice->label, ZH);
    p.subject = s.m.title;
    p.number = number_of(tx, &s.m);
    p.qr = scan_text(tx->arena, p.number, choice->name);
    p.issuer = issuer_of(&s);
    p.day = day_number(tx->now);
    p.demo = engine_of(tx)->demo;
    p.foot = arena_format(tx->arena, "打印：" STR_FMT "　" STR_FMT "　此件由街道事项平台生成，二维码用于归档。", STR_ARG(who->name),
                          STR_ARG(when(tx->arena, tx->now)));
    void (*fill)(struct subject *) = fill_plain;
    for (size_t i = 0; i < COUNT(forms); i++)
        if (str_is(form, forms[i].form))
            fill = forms[i].fill;
    fill(&s);
    if (s.m.kind->paper)
        s.m.kind->paper(tx, who, &s.m, choice->name, &p);
    if (tx_failed(tx))
        return false;
    *ret = p;
    return true;
}
