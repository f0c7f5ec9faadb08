/* open.c -- a report comes in. prepare finds out what is slow: the place of a point, a door or an address,
 * what a pasted text says, danger words, similar open reports, an earlier report of the same person. apply
 * writes rows only. The same client_id, transfer slip or upstream number again gives the first report again
 * and writes nothing. */
#include "modules/report/report.h"

#include "engine/deadline.h"

struct opening {
    struct open_form *f;
    struct matter m;                    /* filled by prepare; apply opens a copy of it */
    struct reporter *reporters;
    int reporter_count;
    struct str client_key, nature, note, org_name;
    struct area area;                   /* of m.place.area */
    const struct rule_entry *danger, *suggested;
    struct similar_list similar;
    struct mirror mirror;
    int64_t bundle;                     /* the lead of this person's same trouble */
    bool disputed, left;
    ms at, due_close;
    /* by apply */
    struct matter opened;
    bool existed;
};

SQL(select_client, "select id from report where client_key = $1");
SQL(select_slip, "select id from report where slip = $1");
SQL(insert_report, "insert into report(id, nature, client_key, slip, accused, danger, disputed, due_close)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(select_level, "select id from area where level = $1 and valid_to is null order by id limit 2");
SQL(select_org_of, "select parent from org where id = $1");

static const struct field reporter_fields[] = {
    FIELD(struct reporter_form, name, TEXT, .label = L("姓名", "Name"), .max = 40, .mask = MASK_NAME,
          .purpose = "reporter"),
    FIELD(struct reporter_form, phone, PHONE, .label = L("联系电话", "Telephone"), .mask = MASK_PHONE,
          .purpose = "reporter"),
    FIELD(struct reporter_form, confidential, BOOL, .label = L("要求保密", "Confidential")), { 0 } };
static const struct field mirror_fields[] = {
    FIELD(struct mirror_form, upstream, RULE, .label = L("上级平台", "Upstream platform"), .required = true,
          .ref = "upstreams"),
    FIELD(struct mirror_form, number, TEXT, .label = L("上级工单号", "Order number"), .max = 60),
    FIELD(struct mirror_form, due_at, TIME, .label = L("上级时限", "Upstream's limit")),
    FIELD(struct mirror_form, limits, TEXT, .label = L("上级时限原文", "Upstream's limits in words"), .max = 200),
    FIELD(struct mirror_form, state, TEXT, .label = L("上级状态", "State upstream"), .max = 40), { 0 } };
static const struct field slip_fields[] = {
    FIELD(struct slip_form, number, TEXT, .label = L("移交单号", "Slip number"), .required = true,
          .max = 60), { 0 } };

const struct field report_open_form[] = {
    FIELD(struct open_form, text, LONG_TEXT, .label = L("诉求内容", "Text"), .max = 4000),
    FIELD(struct open_form, title, TEXT, .label = L("标题", "Title"), .max = 80),
    FIELD(struct open_form, category, RULE, .label = L("分类", "Class"), .ref = "categories"),
    FIELD(struct open_form, channel, RULE, .label = L("来源", "Channel"), .ref = "channels"),
    FIELD(struct open_form, urgency, CHOICE, .label = L("紧急程度", "Urgency"), .choices = report_urgencies),
    FIELD(struct open_form, nature, CHOICE, .label = L("诉求类型", "Kind of request"), .choices = report_natures),
    FIELD(struct open_form, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct open_form, lon, DEGREE, .label = L("经度", "Longitude")),
    FIELD(struct open_form, area, ID, .label = L("地点", "Place"), .ref = "area"),
    FIELD(struct open_form, address, TEXT, .label = L("地址", "Address"), .max = 200),
    FIELD(struct open_form, place, TEXT, .label = L("门牌二维码", "Code of a door"), .max = 40),
    FIELD(struct open_form, text_pasted, LONG_TEXT, .label = L("粘贴的原文", "Pasted text"), .max = 8000),
    FIELD(struct open_form, client_id, TEXT, .label = L("设备上的编号", "The phone's own id"), .min = 8, .max = 64),
    FIELD(struct open_form, accused_org, ID, .label = L("被举报单位", "Accused unit"), .ref = "org"),
    FIELD(struct open_form, at, TIME, .label = L("发生或记录时间", "When it was said or written")),
    FIELD(struct open_form, reporter, OBJECT, .label = L("诉求人", "Reporter"), .sub = reporter_fields,
          .sub_size = sizeof(struct reporter_form)),
    FIELD(struct open_form, reporters, LIST, .label = L("其他诉求人", "Further reporters"),
          .sub = reporter_fields, .sub_size = sizeof(struct reporter_form), .max = 50),
    FIELD(struct open_form, mirror, OBJECT, .label = L("上级派单", "Upstream order"), .sub = mirror_fields,
          .sub_size = sizeof(struct mirror_form)),
    FIELD(struct open_form, slip, OBJECT, .label = L("公安移交单", "Police transfer slip"), .sub = slip_fields,
          .sub_size = sizeof(struct slip_form)), { 0 } };

static bool given(const struct open_form *f, const char *name)
{
    return field_has(report_open_form, f, name);
}

static void bad(struct tx *tx, const char *name, enum bad what, struct label rule)
{
    const struct field *row = field_find(report_open_form, str_of(name));
    fault_field(&tx->fault,
                (struct bad_field){
                    .field = str_of(name), .bad = what, .label = row ? row->label : rule, .rule = rule });
}

/* --- prepare: words ----------------------------------------------------------------------------- */

static void take(struct str *to, struct str from)
{
    if (to->n == 0)
        *to = from;
}

static void take_pasted(struct req *r, struct opening *o)
{
    struct open_form *f = o->f;
    struct pasted p = { .at = 0 };
    if (!f->text_pasted.n)
        return;
    if (given(f, "mirror"))
        report_paste_order(r->tx, f->mirror.upstream, f->text_pasted, &p);
    else
        report_paste_chat(r->arena, f->text_pasted, &p);
    take(&f->text, p.text.n ? p.text : f->text_pasted);
    take(&f->title, p.title);
    take(&f->address, p.address);
    take(&f->nature, p.nature);
    take(&f->reporter.name, p.name);
    take(&f->reporter.phone, p.phone);
    take(&f->mirror.number, p.number);
    take(&f->mirror.state, p.state);
    f->mirror.due_at = f->mirror.due_at ? f->mirror.due_at : p.due_at;
    f->reporter.confidential |= p.confidential;
    f->at = f->at || p.at > r->tx->now ? f->at : p.at;
    if (p.urgent)
        take(&f->urgency, S("urgent"));
    if (!given(f, "mirror"))
        take(&f->channel, S("wechat"));
}

static const struct rule_entry *suggest(struct tx *tx, struct str text)
{
    const struct rule_set *set = rule_set(rules_of(tx), "categories");
    const struct rule_entry *best = NULL;
    struct char_set chars = char_set_of(text);
    size_t longest = 0;
    for (int i = 0; set && i < set->count; i++) {
        struct str words = rule_prop(&set->entries[i], "words"), word;
        while (words.n && str_cut(&words, '|', &word))
            if (word.n > longest && char_set_may_have(&chars, word) && str_has(text, word)) {
                best = &set->entries[i];
                longest = word.n;
            }
    }
    return best;
}

static void take_words(struct req *r, struct opening *o)
{
    struct open_form *f = o->f;
    f->text = str_trim(f->text);
    if (f->text.n == 0)
        bad(r->tx, "text", BAD_MISSING, (struct label){ 0 });
    struct str title = str_trim(f->title);
    o->m.title = title.n ? title : report_title(f->text);
    o->m.text = f->text;
    o->m.address = str_trim(f->address);
    o->nature = f->nature.n ? f->nature : S("help");
    o->m.urgency = report_urgency(f->urgency);
    struct str whole = title.n ? arena_join(r->arena, title, f->text) : f->text;
    o->danger = report_danger(r->tx, whole);
    if (o->danger && o->m.urgency < URGENCY_URGENT)
        o->m.urgency = URGENCY_URGENT;
    if (!f->category.n)
        o->suggested = suggest(r->tx, whole);
    o->m.category = f->category;
    rule_check(r->tx, "categories", f->category, "category", (struct label)L("分类", "Class"));
}

static void take_channel(struct req *r, struct opening *o)
{
    struct open_form *f = o->f;
    struct str own = str_of(r->who->channel ? r->who->channel : "web");
    struct str channel = f->channel.n         ? f->channel
                         : given(f, "mirror") ? f->mirror.upstream
                         : f->place.n         ? S("qr")
                         : given(f, "slip")   ? S("police")
                                              : own;
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(r->tx), "channels"), channel);
    if (str_is(channel, "other"))
        channel = S("api");
    else if (f->channel.n && !f->quick && (!entry || !str_is(rule_prop(entry, "in"), "true")))
        bad(r->tx, "channel", BAD_RULE, (struct label)L("没有这个来源", "is no channel that may be named"));
    o->m.channel = channel;
    if (f->at > r->tx->now + MINUTES(10))
        bad(r->tx, "at", BAD_RULE, (struct label)L("不能晚于现在", "must not be in the future"));
    o->at = f->at < r->tx->now ? f->at : 0;
}

/* --- prepare: where ----------------------------------------------------------------------------- */

struct place report_home(struct tx *tx, const struct who *who)
{
    struct place home = { 0 }, place;
    int64_t area = 0, first = 0, second = 0;
    enum level finest = LEVEL_DISTRICT;
    for (int i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        if (g->area && g->level >= finest && g->level <= LEVEL_GRID) {
            finest = g->level;
            area = g->area;
        }
    }
    if (!area) {
        struct rows rows = db_get(tx, select_level, IN(LEVEL_STREET));
        if (db_row(&rows, OUT(&first)))
            db_row(&rows, OUT(&second));
        rows_end(&rows);
        area = first && !second ? first : 0;
        if (!area)
            db_one(tx, select_level, IN(LEVEL_DISTRICT), OUT(&area));
    }
    if (area && area_place(tx, area, &place))
        home = place;
    return home;
}

static void take_place(struct req *r, struct opening *o)
{
    struct open_form *f = o->f;
    struct area *area = &o->area;
    int64_t door = 0;
    o->m.lat = f->lat;
    o->m.lon = f->lon;
    if (!f->quick && given(f, "lat") != given(f, "lon"))
        bad(r->tx, given(f, "lat") ? "lon" : "lat", BAD_MISSING, (struct label){ 0 });
    if (f->place.n && !area_from_door_code(r->tx, f->place, &door))
        bad(r->tx, "place", BAD_RULE, (struct label)L("门牌码不对，请重新扫码", "is no code of a door; scan again"));
    if (tx_failed(r->tx))
        return;
    bool found = door || f->area
                     ? area_get(r->tx, door ? door : f->area, area)
                     : (f->lat || f->lon) && !f->quick && area_at(r->tx, f->lat, f->lon, area, &o->disputed);
    found = found || (f->address.n && area_in_text(r->tx, f->address, area));
    found = found || area_in_text(r->tx, str_head_chars(f->text, 300), area);
    if (!found && (area->id = report_home(r->tx, r->who).area))
        area_get(r->tx, area->id, area);
    o->m.place = area->place;
    o->m.place.area = area->id;
}

/* A tip-off is the street's own, and never the accused unit's or its parent's below the district. */
static bool touches(struct tx *tx, int64_t org, int64_t accused)
{
    for (int depth = 0; org && depth < 8; depth++) {
        if (org == accused)
            return true;
        int64_t parent = 0;
        db_one(tx, select_org_of, IN(org), OUT(&parent));
        org = parent;
    }
    return false;
}

static void take_owner(struct req *r, struct opening *o)
{
    struct place street = { o->m.place.street, o->m.place.street, 0, 0 };
    struct org org;
    bool sealed = str_is(o->nature, "tipoff");
    o->m.secrecy = sealed ? SECRECY_SEALED : o->m.secrecy;
    o->m.owner_org = org_of_place(r->tx, sealed && o->m.place.street ? street : o->m.place);
    if (sealed && o->f->accused_org && touches(r->tx, o->m.owner_org, o->f->accused_org))
        o->m.owner_org = org_of_place(r->tx, (struct place){ 0 });
    if (o->m.owner_org && org_get(r->tx, o->m.owner_org, &org))
        o->org_name = org.name;
}

/* --- prepare: who and from where ---------------------------------------------------------------- */

static void take_reporters(struct req *r, struct opening *o)
{
    const struct open_form *f = o->f;
    int64_t more = f->reporters.count;
    o->reporters = arena_array(r->arena, struct reporter, (size_t)more + 1);
    const struct reporter_form *listed = f->reporters.items;
    for (int64_t i = -1; i < more; i++) {
        const struct reporter_form *one = i < 0 ? &f->reporter : &listed[i];
        if (!one->name.n && !one->phone.n && !one->confidential)
            continue;
        if (one->confidential)
            o->m.secrecy = SECRECY_REPORTER;
        o->reporters[o->reporter_count++] = (struct reporter){ .name = str_trim(one->name),
                                                               .phone = one->phone,
                                                               .confidential = one->confidential,
                                                               .channel = o->m.channel };
    }
    if (given(f, "slip") && f->reporter.name.n)
        fault_field(
            &r->tx->fault,
            (struct bad_field){ .field = S("reporter.name"),
                                .bad = BAD_RULE,
                                .label = L("姓名", "Name"),
                                .rule = L("移交单只移交编号、地点、请求和联系电话",
                                          "a slip carries number, place, request and telephone only") });
}

static void take_mirror(struct req *r, struct opening *o)
{
    struct open_form *f = o->f;
    const struct rule_entry *platform = rule_entry(rule_set(rules_of(r->tx), "upstreams"),
                                                   f->mirror.upstream);
    if (!given(f, "mirror"))
        return;
    if (!platform || !str_is(rule_prop(platform, "kind"), "platform"))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("mirror.upstream"),
                                                       .bad = BAD_RULE,
                                                       .label = L("上级平台", "Upstream platform"),
                                                       .rule = L("没有这个平台", "is no known platform") });
    if (!f->mirror.number.n)
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("mirror.number"),
                                                       .bad = BAD_MISSING,
                                                       .label = L("上级工单号", "Order number") });
    o->mirror = (struct mirror){ .upstream = f->mirror.upstream,
                                 .number = str_trim(f->mirror.number),
                                 .state = f->mirror.state,
                                 .limits = f->mirror.limits,
                                 .due_at = f->mirror.due_at };
}

static void take_clocks(struct req *r, struct opening *o)
{
    struct limit total = rule_limit(r->tx, "report.total", o->m.category, o->m.urgency);
    o->due_close = total.entry ? limit_end(r->tx, total, o->at ? o->at : r->tx->now, NULL) : 0;
}

struct opening *report_opening(struct req *r, struct open_form *f)
{
    struct opening *o = arena_new(r->arena, struct opening);
    o->f = f;
    o->m.kind = &report_kind;
    take_pasted(r, o);
    take_words(r, o);
    take_channel(r, o);
    take_mirror(r, o);
    take_reporters(r, o);
    if (tx_failed(r->tx))
        return NULL;
    take_place(r, o);
    take_owner(r, o);
    take_clocks(r, o);
    o->client_key = f->client_key;
    if (f->client_id.n)
        o->client_key = arena_format(r->arena, "%lld:" STR_FMT, (long long)r->who->account,
                                     STR_ARG(f->client_id));
    struct similar_query q = { .title = o->m.title,
                               .text = f->text,
                               .category = o->m.category,
                               .place = o->m.place,
                               .lat = f->lat,
                               .lon = f->lon };
    bool person = o->m.secrecy != SECRECY_SEALED && !o->mirror.number.n && o->reporter_count &&
                  o->reporters[0].phone.n;
    if (o->m.place.area && (person || (r->who->account && !f->quick)))
        q.where = o->area.level > LEVEL_COURTYARD ? area_full_name(r->tx, o->area.id)
                                                  : o->area.name; /* 1单元 alone says nothing */
    if (o->m.secrecy != SECRECY_SEALED && r->who->account && !f->quick)
        report_similar(r->tx, r->who, &q, &o->similar);
    if (person)
        o->bundle = report_bundle_of(r->tx, o->reporters[0].phone, &q, &o->left);
    return tx_failed(r->tx) ? NULL : o;
}

void report_open_prepare(struct req *r)
{
    r->state = report_opening(r, r->form ? r->form : arena_new(r->arena, struct open_form));
}

/* --- apply -------------------------------------------------------------------------------------- */

static int64_t existing(struct tx *tx, const struct opening *o)
{
    int64_t id = 0;
    if (o->client_key.n && db_one(tx, select_client, IN(o->client_key), OUT(&id)))
        return id;
    if (o->f->slip.number.n && db_one(tx, select_slip, IN(o->f->slip.number), OUT(&id)))
        return id;
    return o->mirror.number.n && mirror_find(tx, o->mirror.upstream, o->mirror.number, &id) ? id : 0;
}

static void put_in_bundle(struct tx *tx, struct opening *o)
{
    struct into_form into = { .into = o->bundle };
    struct moving mv = { .who = &who_system, .form = &into, .note = S("同一诉求人反映同一问题，自动并案") };
    struct matter lead;
    if (!matter_get(tx, o->bundle, &lead) || !phase_unfinished(lead.phase) || lead.lead)
        return;                                 /* it ended meanwhile: this one goes its own way */
    if (matter_move(tx, o->opened.id, "bundle", &mv))
        o->opened = mv.m;
}

static struct in text_or_nil(struct str s)
{
    return s.n ? in_str(s) : (struct in){ 0 };
}

int64_t report_open(struct tx *tx, const struct who *who, struct opening *o)
{
    int64_t id = existing(tx, o);
    o->existed = id != 0;
    if (id) {
        matter_get(tx, id, &o->opened);
        return id;
    }
    o->opened = o->m;
    if (!matter_open(tx, who, &o->opened, o->at, o->note))
        return 0;
    id = o->opened.id;
    db_run(tx, insert_report,
           IN(id, o->nature, text_or_nil(o->client_key), text_or_nil(o->f->slip.number),
              REF0(o->f->accused_org), o->danger ? in_str(o->danger->key) : (struct in){ 0 }, o->disputed,
              REF0(o->due_close)));
    for (int i = 0; i < o->reporter_count; i++)
        reporter_add(tx, id, &o->reporters[i]);
    if (o->mirror.number.n) {
        o->mirror.matter = id;
        mirror_put(tx, &o->mirror);
    }
    if (o->bundle)
        put_in_bundle(tx, o);
    return tx_failed(tx) ? 0 : id;
}

bool report_opening_existed(const struct opening *o)
{
    return o->existed;
}

void report_open_apply(struct req *r)
{
    r->id = report_open(r->tx, r->who, r->state);
}

/* --- show --------------------------------------------------------------------------------------- */

/* One line to paste back. In a group everybody reads it: the number, never the code, a name or an address. */
static struct str reply_line(struct req *r, const struct opening *o, struct str number, struct str code)
{
    struct civil c = civil_of(o->opened.due_at);
    bool group = str_is(o->opened.channel, "wechat"), zh = r->lang == ZH;
    struct buf b = buf_in(r->arena);
    buf_format(&b, zh ? "您反映的问题已登记，编号 " STR_FMT : "Your report is registered as " STR_FMT, STR_ARG(number));
    if (o->org_name.n)
        buf_format(&b, zh ? "，由" STR_FMT "承办" : ", handled by " STR_FMT, STR_ARG(o->org_name));
    if (o->opened.due_at)
        buf_format(&b, zh ? "，%d月%d日 %02d:%02d 前受理" : ", looked at by %d/%d %02d:%02d", c.month, c.day,
                   c.hour, c.minute);
    if (!group)
        buf_format(&b, zh ? "，查询码 " STR_FMT : "; tracking code " STR_FMT, STR_ARG(code));
    buf_put(&b, zh ? S("。") : S("."));
    return buf_str(&b);
}

static void clock_write(struct req *r, const struct opening *o, struct str name, ms due_at)
{
    const struct rule_entry *limit = rule_entry(rule_set(rules_of(r->tx), "limits"), name);
    bool total = str_is(name, report_kind.total_clock);
    json_obj(&r->out);
    json_key_str(&r->out, "name", name);
    json_key_str(&r->out, "label", limit ? label_in(limit->label, r->lang) : name);
    json_key_str(&r->out, "seat", total ? S("coordinate") : S("owner"));
    json_key_str(&r->out, "seat_name", total ? S("") : o->org_name);
    json_key_time(&r->out, "due_at", due_at);
    json_end(&r->out);
}

/* The doing seat has the state's clock, the coordinating one the clock that never stops; who sits there is
 * looked up on the matter's page. The clocks of a report that was just opened are known from the rules,
 * without reading them back. */
static void clocks_write(struct req *r, const struct opening *o)
{
    const struct matter *m = &o->opened;
    struct deadline d = { .matter = 0 };
    json_key_list(&r->out, "deadlines");
    if (!o->existed && m->state == REPORT_NEW) {
        const char *const names[] = { report_kind.states[REPORT_NEW].clock, report_kind.total_clock };
        for (size_t i = 0; i < COUNT(names); i++)
            clock_write(
                r, o, str_of(names[i]),
                limit_end(r->tx, rule_limit(r->tx, names[i], m->category, m->urgency), m->opened_at, NULL));
    } else {
        struct rows rows = deadline_get(r->tx, m->id);
        while (deadline_row(&rows, &d))
            if (!d.done_at)
                clock_write(r, o, d.name, d.due_at);
    }
    json_end(&r->out);
}

static void hints_write(struct req *r, const struct opening *o)
{
    if (o->danger)
        json_key_str(&r->out, "advice", rule_prop(o->danger, r->lang == ZH ? "advice_zh" : "advice_en"));
    if (o->suggested) {
        json_key_str(&r->out, "suggested_category", o->suggested->key);
        json_key_str(&r->out, "suggested_category_label", label_in(o->suggested->label, r->lang));
    }
    if (o->disputed)
        json_key_bool(&r->out, "disputed", true);
    if (o->left)
        json_key_bool(&r->out, "left_bundle", true);
    if (o->opened.lead)
        json_key_int(&r->out, "bundled_into", o->opened.lead);
    if (o->existed)
        json_key_bool(&r->out, "existing", true);
}

void report_open_show(struct req *r)
{
    const struct opening *o = r->state;
    const struct matter *m = &o->opened;
    struct str number = matter_number(r->arena, &report_kind, m->opened_at, m->id),
               code = matter_track_code(r->tx, m->id);
    static const char *const urgencies[] = { "normal", "urgent", "alarm" };
    r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)m->id);
    r->status = o->existed ? 200 : 201;
    json_obj(&r->out);
    json_key_int(&r->out, "id", m->id);
    json_key_str(&r->out, "number", number);
    json_key_str(&r->out, "kind", S("report"));
    json_key_str(&r->out, "state", str_of(report_kind.states[m->state].name));
    json_key_str(&r->out, "state_label", label_in(report_kind.states[m->state].label, r->lang));
    json_key_str(&r->out, "phase", str_of(phase_wire(m->phase)));
    json_key_str(&r->out, "title", m->title);
    json_key_str(&r->out, "channel", m->channel);
    json_key_str(&r->out, "urgency", str_of(urgencies[m->urgency]));
    json_key_id(&r->out, "area", m->place.area);
    json_key_str(&r->out, "area_name", o->area.name);
    json_key_obj(&r->out, "owner");
    json_key_str(&r->out, "type", S("org"));
    json_key_int(&r->out, "id", m->owner_org);
    json_key_str(&r->out, "name", o->org_name);
    json_end(&r->out);
    json_key_time(&r->out, "opened_at", m->opened_at);
    json_key_time(&r->out, "due_at", m->due_at);
    clocks_write(r, o);
    json_key_list(&r->out, "similar");
    report_similar_write(r->tx, &r->out, &o->similar, r->lang, false);
    json_end(&r->out);
    json_key_str(&r->out, "track_code", code);
    json_key_str(&r->out, "reply_line", reply_line(r, o, number, code));
    hints_write(r, o);
    json_end(&r->out);
}
