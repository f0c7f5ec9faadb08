/* paste.c -- what people paste: messages copied from a WeChat group, and orders copied from another
 * platform's page. No robot reads a group (PRACTICE 5); a clerk pastes, and this makes a draft of it. Only
 * the first speaker is kept as the reporter; other members' names are dropped with their greeting lines. */
#include "modules/report/report.h"

enum { TITLE_CHARS = 40, NAME_CHARS_MAX = 20 };

struct str report_title(struct str text)
{
    static const char *const ends[] = { "。", "！", "？", "；", "!", "?", ";", "\n" };
    struct str first = str_trim(text);
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t at = str_find(first, str_of(ends[i]));
        if (at > 0)
            first = str_head(first, at);
    }
    return str_trim(str_head_chars(first, TITLE_CHARS));
}

/* --- times as platforms print them -------------------------------------------------------------- */

static bool eat_int(struct str *s, int *ret)
{
    int64_t value = 0;
    size_t n = 0;
    while (n < s->n && n < 5 && s->p[n] >= '0' && s->p[n] <= '9')
        n++;
    if (n == 0 || !str_to_i64(str_head(*s, n), &value))
        return false;
    *ret = (int)value;
    *s = str_from(*s, n);
    return true;
}

static bool eat_mark(struct str *s, const char *const *marks)
{
    for (; *marks; marks++) {
        if (!str_starts(*s, str_of(*marks)))
            continue;
        *s = str_from(*s, str_of(*marks).n);
        return true;
    }
    return false;
}

/* 2026-11-27, 2026/11/27, 2026年11月27日 or 11/27/2026 */
static bool eat_date(struct str *s, struct civil *c)
{
    static const char *const marks[] = { "-", "/", ".", "年", "月", NULL };
    int first, second, third;
    if (!eat_int(s, &first) || !eat_mark(s, marks) || !eat_int(s, &second) || !eat_mark(s, marks) ||
        !eat_int(s, &third))
        return false;
    bool american = first <= 12 && third >= 1990;
    c->year = american ? third : first;
    c->month = american ? first : second;
    c->day = american ? second : third;
    return c->year >= 1990 && c->year <= 2100 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= 31;
}

bool report_time_in_order(struct str text, ms *ret_at)
{
    static const char *const gaps[] = { "日", " ", "T", "　", NULL };
    static const char *const colons[] = { ":", "：", "时", "点", NULL }, *const seconds[] = { ":", "：", "分",
                                                                                              NULL };
    struct str rest = str_trim(text);
    struct civil c = { 0 };
    if (ms_from_rfc3339(rest, ret_at))
        return true;
    if (!eat_date(&rest, &c))
        return false;
    while (eat_mark(&rest, gaps))
        continue;
    if (eat_int(&rest, &c.hour) && eat_mark(&rest, colons)) {
        if (eat_int(&rest, &c.minute) && eat_mark(&rest, seconds) && !eat_int(&rest, &c.second))
            c.second = 0;
        if (str_has(rest, S("PM")) && c.hour < 12)
            c.hour += 12;
        else if (str_has(rest, S("AM")) && c.hour == 12)
            c.hour = 0;
    } else {
        c.hour = 18;                           /* a bare day ends with the working day */
    }
    if (c.hour > 23 || c.minute > 59 || c.second > 59)
        return false;
    *ret_at = civil_ms(c);
    return true;
}

/* --- a chat ------------------------------------------------------------------------------------- */

/* "张大姐:", "张大姐：", "张大姐 2026/11/23 9:30:05", "张大姐 09:30" stand alone on their line above the message. */
static bool is_speaker(struct str line, struct str *ret_name, ms *ret_at)
{
    struct str name = line;
    if (str_ends(line, S(":")))
        name = str_head(line, line.n - 1);
    else if (str_ends(line, S("：")))
        name = str_head(line, line.n - S("：").n);
    else {
        size_t gap = str_find(line, S(" "));
        struct str when = str_trim(str_from(line, gap));
        ms at = 0;
        int hour;
        struct str rest = when;
        if (gap == line.n || (!report_time_in_order(when, &at) &&
                              !(eat_int(&rest, &hour) && str_starts(rest, S(":")) && rest.n <= 6)))
            return false;
        if (at)
            *ret_at = at;
        name = str_head(line, gap);
    }
    name = str_trim(name);
    if (name.n == 0 || str_chars(name) > NAME_CHARS_MAX || str_has(name, S("，")) || str_has(name, S("。")))
        return false;
    *ret_name = name;
    return true;
}

/* The first mobile number that stands in the text. */
static struct str phone_in(struct arena *a, struct str text)
{
    for (size_t i = 0; i + 11 <= text.n; i++) {
        size_t n = 0;
        while (i + n < text.n && text.p[i + n] >= '0' && text.p[i + n] <= '9')
            n++;
        struct str phone = { 0 };
        if (n == 11 && text.p[i] == '1' && phone_normal(a, str_head(str_from(text, i), n), &phone))
            return phone;
        i += n;
    }
    return S("");
}

void report_paste_chat(struct arena *a, struct str text, struct pasted *ret)
{
    struct buf out = buf_in(a);
    struct str rest = text, line, speaker = { 0 };
    *ret = (struct pasted){ .phone = phone_in(a, text) };
    while (str_cut(&rest, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0 || str_is(line, "[图片]") || str_is(line, "[语音]") || str_is(line, "[视频]"))
            continue;
        if (is_speaker(line, &speaker, ret->at ? &(ms){ 0 } : &ret->at)) {
            if (ret->name.n == 0)
                ret->name = speaker;
            continue;
        }
        if (out.n)
            buf_char(&out, '\n');
        buf_put(&out, line);
    }
    ret->text = buf_str(&out);
    ret->title = report_title(ret->text);
}

/* --- an order ----------------------------------------------------------------------------------- */

static bool names_field(const struct rule_entry *entry, struct str label)
{
    struct str also = rule_prop(entry, "also"), one;
    if (str_eq(label, str_of(entry->label.zh)))
        return true;
    while (str_cut(&also, '|', &one))
        if (str_eq(label, one))
            return true;
    return false;
}

static struct str field_named(const struct rule_set *set, struct str upstream, struct str label)
{
    for (int i = 0; set && i < set->count; i++) {
        const struct rule_entry *entry = &set->entries[i];
        if (str_eq(entry->parent, upstream) && str_is(rule_prop(entry, "kind"), "in") &&
            names_field(entry, label))
            return rule_prop(entry, "field");
    }
    return S("");
}

static bool is_yes(struct str v)
{
    return str_is(v, "是") || str_is(v, "保密") || str_is(v, "需保密") || str_is(v, "1") || str_is(v, "true");
}

static struct str nature_of(struct str value)
{
    for (const struct choice *c = report_natures; c->name; c++)
        if (str_has(value, str_of(c->label.zh)) || str_is(value, c->name))
            return str_of(c->name);
    return S("");
}

static void set_field(struct arena *a, struct pasted *p, struct str field, struct str value)
{
    struct { const char *name; struct str *to; } texts[] = {
        { "number", &p->number }, { "title", &p->title }, { "text", &p->text }, { "address", &p->address },
        { "name", &p->name }, { "state", &p->state }, { "category", &p->category },
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        if (str_is(field, texts[i].name) && texts[i].to->n == 0)
            *texts[i].to = value;
    if (str_is(field, "phone") && p->phone.n == 0 && !phone_normal(a, value, &p->phone))
        p->phone = S("");
    if (str_is(field, "nature"))
        p->nature = nature_of(value);
    if (str_is(field, "due_at") && !report_time_in_order(value, &p->due_at))
        p->due_at = 0;
    if (str_is(field, "received_at") && !report_time_in_order(value, &p->at))
        p->at = 0;
    if (str_is(field, "confidential"))
        p->confidential = is_yes(value);
    if (str_is(field, "urgency"))
        p->urgent = str_has(value, S("紧急")) && !str_has(value, S("不紧急"));
}

/* "工单编号：2026..." one field a line; a line without a known label goes on with the field before it. */
void report_paste_order(struct tx *tx, struct str upstream, struct str text, struct pasted *ret)
{
    const struct rule_set *set = rule_set(rules_of(tx), "upstreams");
    struct str rest = text, line, field = { 0 }, value = { 0 };
    *ret = (struct pasted){ 0 };
    while (str_cut(&rest, '\n', &line)) {
        line = str_trim(line);
        size_t wide = str_find(line, S("：")), narrow = str_find(line, S(":")),
               at = wide < narrow ? wide : narrow, mark = wide < narrow ? 3 : 1;
        if (at == line.n) {
            at = str_find(line, S("\t"));
            mark = 1;
        }
        struct str known = at < line.n ? field_named(set, upstream, str_trim(str_head(line, at))) : S("");
        if (known.n) {
            set_field(tx->arena, ret, field, value);
            field = known;
            value = str_trim(str_from(line, at + mark));
        } else if (field.n && line.n) {
            value = value.n ? arena_join(tx->arena, arena_join(tx->arena, value, S("\n")), line) : line;
        }
    }
    set_field(tx->arena, ret, field, value);
    if (ret->title.n == 0)
        ret->title = report_title(ret->text);
}
