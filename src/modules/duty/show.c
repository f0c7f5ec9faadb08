/* show.c -- the hand-over on its page and on paper; see duty.h. */
#include "modules/duty/duty.h"

#include "engine/account.h"
#include "engine/paper.h"
#include "engine/rule.h"

struct str duty_when(struct arena *a, ms at)
{
    struct civil c = civil_of(at);
    return at ? arena_format(a, "%d月%d日 %02d:%02d", c.month, c.day, c.hour, c.minute) : S("");
}

static struct str name_of(struct tx *tx, int64_t account)
{
    struct account a = { 0 };
    return account && account_get(tx, account, &a) ? a.name : S("");
}

static struct str line_text(struct tx *tx, const struct who *who, const struct duty_state_of *s, const struct duty_line *l)
{
    return l->item >= 0 ? s->items[l->item].text : l->ref ? duty_text(tx, who, l->section, l->ref) : l->body;
}

static void person(struct json *j, const char *key, int64_t id, struct str name)
{
    json_key_obj(j, key);
    json_key_id(j, "id", id);
    json_key_str(j, "name", name);
    json_end(j);
}

static void write_line(struct tx *tx, const struct who *who, struct json *j, const struct duty_state_of *s, const struct duty_line *l)
{
    const struct rule_entry *section = rule_entry(rule_set(rules_of(tx), "handover"), l->section);
    const struct duty_item *item = l->item >= 0 ? &s->items[l->item] : NULL;
    bool needs = item && rule_int(section, "receiver", 0) == 1;
    json_obj(j);
    json_key_id(j, "id", l->id);
    json_key_str(j, "section", l->section);
    json_key_str(j, "section_label", section ? label_in(section->label, who->lang) : l->section);
    json_key_id(j, "ref", l->ref);
    json_key_id(j, "matter", item ? item->matter : 0);
    json_key_str(j, "text", line_text(tx, who, s, l));
    json_key_time(j, "due_at", item ? item->due_at : 0);
    json_key_bool(j, "open", item != NULL || l->ref == 0);
    json_key_bool(j, "needs_receiver", needs && !l->receiver_name.n && !l->receiver);
    json_key_id(j, "receiver", l->receiver);
    json_key_str(j, "receiver_name", l->receiver_name);
    json_end(j);
}

void duty_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct duty_state_of s;
    struct matter m;
    if (!matter_get(tx, id, &m))
        return;
    duty_read(tx, who, &m, &s);
    person(j, "outgoing", s.row.outgoing, name_of(tx, s.row.outgoing));
    person(j, "incoming", s.row.incoming, name_of(tx, s.row.incoming));
    json_key_time(j, "offered_at", s.row.offered_at);
    json_key_time(j, "taken_at", s.row.taken_at);
    json_key_int(j, "missing", s.missing);
    json_key_bool(j, "released", m.state == DUTY_DONE);
    json_key_list(j, "lines");
    for (int i = 0; i < s.line_count; i++)
        write_line(tx, who, j, &s, &s.lines[i]);
    json_end(j);
}

/* --- paper ------------------------------------------------------------------------------------------------------------ */

static void section_block(struct tx *tx, const struct who *who, const struct duty_state_of *s, const struct rule_entry *section, struct paper *p)
{
    struct buf b = buf_in(tx->arena);
    int number = 0;
    for (int i = 0; i < s->line_count; i++) {
        const struct duty_line *l = &s->lines[i];
        if (!str_eq(l->section, section->key))
            continue;
        buf_format(&b, "%s%d. " STR_FMT, b.n ? "\n" : "", ++number, STR_ARG(line_text(tx, who, s, l)));
        if (l->receiver_name.n)
            buf_format(&b, "　接收人：" STR_FMT, STR_ARG(l->receiver_name));
        else if (l->item >= 0 && rule_int(section, "receiver", 0) == 1)
            buf_put(&b, S("　接收人：＿＿＿＿"));
        if (l->item < 0 && l->ref)
            buf_put(&b, S("　已了结"));
    }
    bool by_hand = rule_int(section, "by_hand", 0) == 1;
    paper_block(p, str_of(section->label.zh), b.n ? buf_str(&b) : S("无"), by_hand && !b.n ? 1 : 0);
}

void duty_paper(struct tx *tx, const struct who *who, const struct matter *m, const char *form, struct paper *p)
{
    struct duty_state_of s;
    const struct rule_set *sections = rule_set(rules_of(tx), "handover");
    (void)form;
    p->row_count = p->block_count = p->box_count = 0;
    duty_read(tx, who, m, &s);
    paper_row(p, S("交班人"), name_of(tx, s.row.outgoing));
    paper_row(p, S("接班人"), name_of(tx, s.row.incoming));
    paper_row(p, S("交班确认"), duty_when(tx->arena, s.row.offered_at));
    paper_row(p, S("接班确认"), duty_when(tx->arena, s.row.taken_at));
    for (int i = 0; i < sections->count; i++)
        section_block(tx, who, &s, &sections->entries[i], p);
    paper_box(p, S("交班人（签字）"));
    paper_box(p, S("接班人（签字）"));
    paper_box(p, S("带班领导（签字）"));
}
