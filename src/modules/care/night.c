/* night.c -- the evening print-out for a night without network: elders by risk with telephones, the address to read out and who
 * has keys; who is on duty. Printed, put into an envelope that is sealed and destroyed at hand-over (PRACTICE: 没有网络的夜里).
 * Printing is a reading of each elder's data: it is logged, with a reason, for each of them. See care.h. */
#include "modules/care/care_route.h"

#include "engine/account.h"
#include "engine/paper.h"
#include "engine/rule.h"

static const struct filter filters[] = { CARE_AREA_FILTERS, { 0 } };
static const struct sql_list sheet_elders = { .name = "care_night", .head = "select e.id, e.risk from care_elder e join person p on p.id = e.id"
    " join area a on a.id = p.area where e.state = 'active'",
    .tail = "order by case e.risk when 'high' then 1 when 'middle' then 2 else 3 end, e.id limit ?", .filters = filters, .tail_params = 1 };

enum { SHEET_MAX = 400 };
struct sheet_form {
    struct has has;
    struct str reason;
    int64_t area;
    bool word;
};
static const struct field sheet_form[] = {
    FIELD(struct sheet_form, reason, TEXT, .label = L("用途", "What for"), .required = true, .min = 4, .max = 200,
          .help = L("例如 2026-11-23 夜间值守备用", "e.g. the night of 2026-11-23")),
    FIELD(struct sheet_form, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct sheet_form, word, BOOL, .label = L("要 Word 文件", "As .docx")),
    { 0 },
};

struct night {
    int64_t ids[SHEET_MAX];
    struct str risk[SHEET_MAX];
    int count;
};

static void sheet_read(struct req *r, struct night *s)
{
    const struct sheet_form *f = r->form;
    int64_t value = 0;
    uint32_t mask = 0;
    struct in in[2];
    int n = 0;
    if (!care_scope(r, f->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    in[n++] = in_i64(SHEET_MAX);
    struct rows rows = db_list(r->tx, sheet_elders, mask, ((struct ins){ in, n }));
    while (s->count < SHEET_MAX && db_row(&rows, OUT(&s->ids[s->count], &s->risk[s->count])))
        s->count++;
    rows_end(&rows);
}

static void sheet_apply(struct req *r)
{
    const struct sheet_form *f = r->form;
    struct night *s = arena_new(r->arena, struct night);
    r->state = s;
    sheet_read(r, s);
    for (int i = 0; i < s->count; i++)
        access_log(r->tx, r->who, "person", s->ids[i], f->reason);
    audit(r->tx, r->who, "print", "night_sheet", 0, f->reason);
}

/* 王桂兰 82岁 听障 13800000000；梧桐路……；钥匙：李四 138…；家属：…… */
static void elder_line(struct req *r, struct buf *b, int64_t id, int number)
{
    struct person p = { 0 };
    struct elder e;
    struct care_contact list[CONTACTS_MAX];
    if (!person_clear(r->tx, id, &p) || !care_elder_get(r->tx, id, &e))
        return;
    buf_format(b, "%d. " STR_FMT, number, STR_ARG(p.name));
    if (care_age(r->tx->now, p.born))
        buf_format(b, " %d岁", care_age(r->tx->now, p.born));
    if (e.hearing.n && !str_is(e.hearing, "good"))
        buf_format(b, " %s", care_choice(care_hearing, e.hearing).zh);
    buf_format(b, " " STR_FMT "；" STR_FMT, STR_ARG(p.phone), STR_ARG(e.spoken.n ? e.spoken : care_area_name(r->tx, p.area)));
    int count = care_contacts(r->tx, id, list);
    for (int i = 0; i < count && i < 4; i++)
        buf_format(b, "；%s%s " STR_FMT " " STR_FMT, care_choice(care_contact_kinds, list[i].kind).zh, list[i].has_key ? "（有钥匙）" : "",
                   STR_ARG(list[i].name), STR_ARG(list[i].phone));
    buf_char(b, '\n');
}

static void risk_block(struct req *r, struct paper *p, const struct night *s, const struct choice *risk)
{
    struct buf b = buf_in(r->arena);
    int number = 0;
    for (int i = 0; i < s->count; i++)
        if (str_is(s->risk[i], risk->name))
            elder_line(r, &b, s->ids[i], ++number);
    if (number)
        paper_block(p, arena_format(r->arena, "%s（%d 人）", risk->label.zh, number), buf_str(&b), 0);
}

static void roster_block(struct req *r, struct paper *p)
{
    struct buf b = buf_in(r->arena);
    struct shift shift;
    struct seat seat;
    struct rows rows = shift_on(r->tx, 0, r->tx->now);
    while (shift_row(&rows, &shift, &seat))
        if (seat.phone.n)
            buf_format(&b, STR_FMT " " STR_FMT " " STR_FMT "\n", STR_ARG(care_rule_label(r->tx, "seats", seat.kind, ZH)), STR_ARG(seat.name),
                       STR_ARG(seat.phone));
    paper_block(p, S("今夜值班"), buf_str(&b), b.n ? 0 : 3);
}

static void sheet_show(struct req *r)
{
    const struct sheet_form *f = r->form;
    const struct night *s = r->state;
    struct paper *p = arena_new(r->arena, struct paper);
    struct civil c = civil_of(r->tx->now);
    p->title = S("夜间值守备用名册");
    p->number = arena_format(r->arena, "%04d年%02d月%02d日 %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    p->subject = f->reason;
    p->day = day_number(r->tx->now);
    p->demo = engine_of(r->tx)->demo;
    paper_row(p, S("打印人"), r->who->name);
    paper_row(p, S("人数"), arena_format(r->arena, "%d", s->count));
    paper_row(p, S("保管"), S("装入信封密封，仅在断网断电时拆封；交接班时当面销毁并签字"));
    for (const struct choice *risk = care_risks; risk->name; risk++)
        risk_block(r, p, s, risk);
    roster_block(r, p);
    paper_block(p, S("断网期间接到的呼叫（时间、谁、怎样处置，来网后补录）"), S(""), 8);
    paper_box(p, S("封存人"));
    paper_box(p, S("拆封人及时间"));
    paper_box(p, S("销毁人及见证人"));
    p->foot = arena_format(r->arena, "共 %d 人；每人的查看记录已留痕", s->count);
    r->type = f->word ? S("application/vnd.openxmlformats-officedocument.wordprocessingml.document") : S("text/html; charset=utf-8");
    r->bytes = f->word ? paper_docx(r->arena, p) : paper_html(r->arena, p);
    if (f->word)
        r->download_name = arena_format(r->arena, "%s夜间值守备用名册-%08d.docx", p->demo ? "演示数据-" : "", p->day);
}

const struct route care_night_routes[] = {
    { POST, "/care/night-sheet", CARE_DESK, .apply = sheet_apply, .show = sheet_show, .form = sheet_form, .form_size = sizeof(struct sheet_form),
      .flags = ROUTE_SECRET_ANSWER, .about = L("夜间备用名册（打印后密封），逐人留痕", "The sealed print-out for a night without network; logged for each elder") },
    { 0 },
};
