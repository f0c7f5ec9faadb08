/* open311.c -- the calls of Open311 GeoReport v2; what a request looks like is open311_write.c.
 *
 * A new request goes through POST /api/v1/reports inside this process, as the account of its api_key (a bearer token), so
 * that rights, validation, clocks and similar reports are the same on every road. Services and discovery are open;
 * requests need the key for reading too, because nothing of a resident's words is public before somebody releases it.
 * Extensions: page, page_size, updated_after, updated_before; extensions=true adds notes[] (the history); attribute
 * `urgency`. service_request_id is the matter's number, a token its tracking code. */
#include "http/open311_write.h"

#include "engine/area.h"
#include "engine/matter_view.h"
#include "engine/rule.h"

#include <jansson.h>
#include <string.h>

enum { SPAN_DAYS_MAX = 90, PAGE_SIZE = 1000, PAGE_SIZE_MAX = 1000, BATCH = 200, IDS_MAX = 200 };

static bool is_json(struct str path)
{
    return str_ends(path, S(".json"));
}

/* --- errors -------------------------------------------------------------------------------------------------------------------- */

static int open311_status(enum err code)
{
    int status = err_status(code);
    if (code == ERR_NO_SESSION || code == ERR_DENIED || code == ERR_BAD_LOGIN)
        return 403;
    return status == 404 || status == 413 || status == 429 || status >= 500 ? status : 400;
}

static void one_error(struct writer *o, int status, struct str text)
{
    writer_object(o, "error");
    writer_int(o, "code", status);
    writer_text(o, "description", text);
    writer_end(o);
}

void open311_fault(struct work *w)
{
    struct writer o = writer_new(&w->arena, is_json(w->path));
    int status = open311_status(w->fault.code);
    struct str what = label_in(w->fault.what, w->lang);
    writer_list(&o, "errors");
    for (int i = 0; i < w->fault.field_count; i++)
        one_error(&o, status, arena_format(&w->arena, STR_FMT ": " STR_FMT, STR_ARG(w->fault.fields[i].field),
                                           STR_ARG(bad_message(&w->arena, &w->fault.fields[i], w->lang))));
    if (w->fault.field_count == 0)
        one_error(&o, status, what.n ? what : label_in(err_label(w->fault.code), w->lang));
    writer_end(&o);
    w->answer.status = status;
    w->answer.type = writer_type(&o);
    w->answer.body = writer_done(&o);
}

static void answer_with(struct req *r, struct writer *o)
{
    r->type = writer_type(o);
    r->bytes = writer_done(o);
}

static struct writer begin(struct req *r)
{
    return writer_new(r->arena, is_json(work_of(r)->path));
}

static void refuse_field(struct tx *tx, const char *field, enum bad bad, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = bad, .label = L("", ""), .rule = rule });
}

/* --- what is asked ----------------------------------------------------------------------------------------------------------- */

struct ask {
    struct has has;
    struct str service_request_id, service_code, start_date, end_date, status, extensions, jurisdiction_id,
            api_key, updated_after,
        updated_before;
    int64_t page, page_size;
};
static const struct field ask_table[] = {
    FIELD(struct ask, service_request_id, TEXT, .label = L("编号", "Ids"), .max = 4000),
    FIELD(struct ask, service_code, TEXT, .label = L("类别", "Service"), .max = 400),
    FIELD(struct ask, start_date, TEXT, .label = L("从", "From"), .max = 40),
    FIELD(struct ask, end_date, TEXT, .label = L("到", "Until"), .max = 40),
    FIELD(struct ask, status, TEXT, .label = L("状态", "Status"), .max = 20),
    FIELD(struct ask, extensions, TEXT, .label = L("扩展", "Extensions"), .max = 10),
    FIELD(struct ask, jurisdiction_id, TEXT, .label = L("辖区", "Jurisdiction"), .max = 100),
    FIELD(struct ask, api_key, TEXT, .label = L("密钥", "Key"), .max = 200),
    FIELD(struct ask, updated_after, TEXT, .label = L("更新晚于", "Updated after"), .max = 40),
    FIELD(struct ask, updated_before, TEXT, .label = L("更新早于", "Updated before"), .max = 40),
    FIELD(struct ask, page, INT, .label = L("页", "Page"), .min = 1, .max = 100000),
    FIELD(struct ask, page_size, INT, .label = L("每页", "Page size"), .min = 1, .max = PAGE_SIZE_MAX), {0} };

/* --- who ------------------------------------------------------------------------------------------------------------------------ */

static bool take_key(struct req *r, struct str key)
{
    struct work *w = work_of(r);
    if (w->given)
        return true;
    w->bearer = key.n ? key : w->bearer;
    w->cookie = (struct str){ 0 };                           /* a key in the address, never a browser's log-in */
    if (!w->bearer.n || !work_who(w)) {
        tx_refuse(r->tx, ERR_DENIED, "缺少 api_key 或 api_key 无效", "The api_key is missing or not valid");
        return false;
    }
    if (!who_has(&w->who, R_ANY))
        tx_refuse(r->tx, ERR_DENIED);
    return !tx_failed(r->tx);
}

/* --- services and discovery --------------------------------------------------------------------------------------------------------- */

static bool has_children(const struct rule_set *set, struct str key)
{
    for (int i = 0; i < set->count; i++)
        if (str_eq(set->entries[i].parent, key))
            return true;
    return false;
}

static void service_write(struct req *r, struct writer *o, const struct rule_set *set, const struct rule_entry *e)
{
    const struct rule_entry *group = e->parent.n ? rule_entry(set, e->parent) : NULL;
    writer_object(o, "service");
    writer_text(o, "service_code", e->key);
    writer_text(o, "service_name", label_in(e->label, r->lang));
    writer_text(o, "description", label_in(e->label, r->lang));
    writer_bool(o, "metadata", true);
    writer_text(o, "type", S("realtime"));
    writer_text(o, "keywords", rule_prop(e, "words"));
    writer_text(o, "group", group ? label_in(group->label, r->lang) : S(""));
    writer_end(o);
}

static void services_show(struct req *r)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), "categories");
    struct writer o = begin(r);
    writer_list(&o, "services");
    for (int i = 0; set && i < set->count; i++)
        if (!has_children(set, set->entries[i].key))
            service_write(r, &o, set, &set->entries[i]);
    writer_end(&o);
    answer_with(r, &o);
}

/* "P0105.json" -> "P0105" */
static struct str without_format(struct req *r, struct str text)
{
    if (str_ends(text, S(".json")))
        return str_head(text, text.n - 5);
    if (str_ends(text, S(".xml")))
        return str_head(text, text.n - 4);
    tx_refuse(r->tx, ERR_NOT_FOUND, "地址应以 .xml 或 .json 结尾", "The address must end in .xml or .json");
    return (struct str){ 0 };
}

static void definition_show(struct req *r)
{
    static const struct choice urgencies[] = { { "normal", L("一般", "Normal") }, { "urgent", L("紧急", "Urgent") }, {0} };
    struct str code = without_format(r, r->part[0]);
    const struct rule_set *set = rule_set(rules_of(r->tx), "categories");
    if (tx_failed(r->tx))
        return;
    if (!set || !rule_entry(set, code)) {
        tx_refuse(r->tx, ERR_NOT_FOUND, "没有这个 service_code", "There is no such service_code");
        return;
    }
    struct writer o = begin(r);
    writer_root(&o, "service_definition");
    writer_text(&o, "service_code", code);
    writer_list(&o, "attributes");
    writer_object(&o, "attribute");
    writer_bool(&o, "variable", true);
    writer_text(&o, "code", S("urgency"));
    writer_text(&o, "datatype", S("singlevaluelist"));
    writer_bool(&o, "required", false);
    writer_text(&o, "datatype_description", S(""));
    writer_int(&o, "order", 1);
    writer_text(&o, "description", r->lang == EN ? S("Urgency") : S("紧急程度"));
    writer_list(&o, "values");
    for (const struct choice *c = urgencies; c->name; c++) {
        writer_object(&o, "value");
        writer_text(&o, "key", str_of(c->name));
        writer_text(&o, "name", label_in(c->label, r->lang));
        writer_end(&o);
    }
    writer_end(&o);
    writer_end(&o);
    writer_end(&o);
    writer_end(&o);
    answer_with(r, &o);
}

static void discovery_show(struct req *r)
{
    struct str base = arena_format(r->arena, "%s://" STR_FMT "/open311/v2", r->secure ? "https" : "http",
            STR_ARG(r->host.n ? r->host : S("localhost")));
    struct writer o = begin(r);
    writer_root(&o, "discovery");
    writer_text(&o, "changeset", S("2026-11-23T00:00:00+08:00"));
    writer_text(&o, "contact", r->lang == EN ? S("The street office") : S("街道办事处"));
    writer_text(&o, "key_service", r->lang == EN ? S("Ask the office's administrator for a token") : S("向街道管理员申请接口令牌"));
    writer_list(&o, "endpoints");
    writer_object(&o, "endpoint");
    writer_text(&o, "specification", S("http://wiki.open311.org/GeoReport_v2"));
    writer_text(&o, "url", base);
    writer_text(&o, "changeset", S("2026-11-23T00:00:00+08:00"));
    writer_text(&o, "type", engine_of(r->tx)->demo ? S("test") : S("production"));
    writer_texts(&o, "formats", "format", (const char *const[]){ "text/xml", "application/json", NULL });
    writer_end(&o);
    writer_end(&o);
    writer_end(&o);
    answer_with(r, &o);
}

/* --- a new request --------------------------------------------------------------------------------------------------------------------- */

struct sent {
    struct str service_code, lat, lon, address, address_id, description, phone, first_name, last_name,
            media_url, api_key, urgency, email;
    int64_t id;
    struct str number;
};

static struct str *sent_member(struct sent *s, struct str name)
{
    const struct { const char *name; struct str *to; } members[] = {
        { "service_code", &s->service_code }, { "lat", &s->lat }, { "long", &s->lon }, { "address_string",
              &s->address },
        { "address_id", &s->address_id }, { "description", &s->description }, { "phone", &s->phone },
              { "first_name", &s->first_name },
        { "last_name", &s->last_name }, { "media_url", &s->media_url }, { "api_key", &s->api_key }, { "email",
              &s->email },
        { "attribute[urgency]", &s->urgency }, { "attribute[urgency][]", &s->urgency } };
    for (size_t i = 0; i < COUNT(members); i++)
        if (str_is(name, members[i].name))
            return members[i].to;
    return NULL;
}

static bool is_ignored(struct str name)
{
    return str_is(name, "jurisdiction_id") || str_is(name, "device_id") || str_is(name, "account_id");
}

bool open311_form(struct str text, struct arena *arena, struct fault *fault, void *to)
{
    struct sent *s = to;
    struct str name, value;
    bool ok;
    while (pair_next(&text, arena, &name, &value, &ok)) {
        struct str *member = ok && str_utf8_ok(value) ? sent_member(s, name) : NULL;
        if (!ok || !str_utf8_ok(value))
            fault_set(fault, ERR_MALFORMED, "表单中有无法解码的字符", "The form holds characters that cannot be decoded");
        else if (member)
            *member = str_trim(value);
        else if (!is_ignored(name))
            fault_field(fault, (struct bad_field){ .field = name, .bad = BAD_UNKNOWN });
    }
    return fault->code == ERR_OK;
}

size_t open311_form_bytes(void)
{
    return sizeof(struct sent);
}

static void check_sent(struct tx *tx, const struct sent *s)
{
    const struct rule_set *set = rule_set(rules_of(tx), "categories");
    int64_t e7;
    bool point = s->lat.n || s->lon.n;
    if (s->service_code.n == 0)
        refuse_field(tx, "service_code", BAD_MISSING, (struct label)L("", ""));
    else if (!set || !rule_entry(set, s->service_code))
        refuse_field(tx, "service_code", BAD_RULE, (struct label)L("没有这个 service_code",
            "there is no such service_code"));
    if (!point && !s->address.n && !s->address_id.n)
        refuse_field(tx, "lat", BAD_RULE, (struct label)L("须给出 lat 和 long、address_string 或 address_id",
            "lat and long, address_string or address_id is needed"));
    if (point && (!str_to_degree(s->lat, &e7) || e7 > 900000000 || e7 < -900000000))
        refuse_field(tx, "lat", BAD_TYPE, (struct label)L("", ""));
    if (point && !str_to_degree(s->lon, &e7))
        refuse_field(tx, "long", BAD_TYPE, (struct label)L("", ""));
    if (s->description.n == 0)
        refuse_field(tx, "description", BAD_MISSING, (struct label)L("", ""));
    if (s->urgency.n && !str_is(s->urgency, "normal") && !str_is(s->urgency, "urgent"))
        refuse_field(tx, "attribute[urgency]", BAD_RULE, (struct label)L("应为 normal 或 urgent",
            "must be normal or urgent"));
}

static int64_t area_of(struct tx *tx, struct str address_id)
{
    struct area area;
    int64_t id = 0;
    if (address_id.n == 0)
        return 0;
    if (area_by_code(tx, address_id, &area))
        return area.id;
    if (area_from_door_code(tx, address_id, &id))
        return id;
    refuse_field(tx, "address_id", BAD_RULE, (struct label)L("没有这个地址", "there is no such address"));
    return 0;
}

static struct str report_body(struct req *r, const struct sent *s, int64_t area)
{
    struct json j = json_in(r->arena);
    int64_t lat, lon;
    struct str text = s->description;
    if (s->media_url.n)
        text = arena_format(r->arena, STR_FMT "\n%s" STR_FMT, STR_ARG(text),
            r->lang == EN ? "Picture: " : "图片：", STR_ARG(s->media_url));
    json_obj(&j);
    json_key_str(&j, "text", text);
    json_key_str(&j, "category", s->service_code);
    json_key_str(&j, "channel", S("open311"));
    if (s->urgency.n)
        json_key_str(&j, "urgency", s->urgency);
    if (area)
        json_key_int(&j, "area", area);
    if (s->lat.n && str_to_degree(s->lat, &lat) && str_to_degree(s->lon, &lon)) {
        json_key(&j, "lat");
        json_degree(&j, lat);
        json_key(&j, "lon");
        json_degree(&j, lon);
    }
    if (s->address.n)
        json_key_str(&j, "address", s->address);
    if (s->first_name.n || s->last_name.n || s->phone.n) {
        json_key_obj(&j, "reporter");
        if (s->first_name.n || s->last_name.n)
            json_key_str(&j, "name", arena_join(r->arena, s->last_name, s->first_name));
        if (s->phone.n)
            json_key_str(&j, "phone", s->phone);
        json_end(&j);
    }
    json_end(&j);
    return json_done(&j);
}

/* What the inner call refused, in Open311's words: each of its entries becomes an error. */
static void take_refusal(struct work *w, const struct answer *a)
{
    json_t *root = json_loadb(a->body.p ? a->body.p : "", a->body.n, 0, NULL), *errors = json_object_get(root,
        "errors"), *one;
    const char *detail = json_string_value(json_object_get(root, "detail"));
    size_t at;
    json_array_foreach(errors, at, one) {
        const char *message = arena_copy(&w->arena, str_of(json_string_value(json_object_get(one, "message")))).p;
        fault_field(&w->fault, (struct bad_field){ .bad = BAD_RULE, .rule = { message, message },
            .field = arena_copy(&w->arena, str_of(json_string_value(json_object_get(one, "field")))) });
    }
    detail = arena_copy(&w->arena, str_of(detail)).p;
    fault_set(&w->fault, a->status == 403 ? ERR_DENIED : a->status == 429 ? ERR_TOO_MANY : a->status >= 500 ? ERR_UNAVAILABLE : ERR_MALFORMED,
              detail, detail);
    json_decref(root);
}

static bool read_answer(struct sent *s, const struct answer *a)
{
    size_t slash = a->location.n;
    while (slash && a->location.p[slash - 1] != '/')
        slash--;
    return str_to_i64(str_from(a->location, slash), &s->id);
}

static void request_prepare(struct req *r)
{
    struct work *w = work_of(r);
    struct sent *s = arena_new(r->arena, struct sent);
    struct answer answer;
    r->state = s;
    if (!open311_form(r->body, r->arena, &r->tx->fault, s) || !take_key(r,
            s->api_key.n ? s->api_key : ((const struct ask *)r->query)->api_key))
        return;
    check_sent(r->tx, s);
    int64_t area = area_of(r->tx, s->address_id);
    if (tx_failed(r->tx))
        return;
    struct str body = report_body(r, s, area);
    w->who.channel = "open311";
    struct call call = { .method = POST, .path = S("/api/v1/reports"), .body = body,
            .content_type = S("application/json"), .who = &w->who,
        .idempotency_key = r->idempotency_key, .accept_language = w->accept_language };
    work_rest(w);                                            /* the inner call reads and writes for itself, */
    read_release(w->api->engine->store);                     /* and what is shown must come after its write */
    api_call(w->api, r->arena, &call, &answer);
    if (answer.status / 100 != 2 || !read_answer(s, &answer))
        take_refusal(w, &answer);
}

static void request_show(struct req *r)
{
    const struct sent *s = r->state;
    struct matter m;
    if (!matter_get(r->tx, s->id, &m))
        return;
    struct writer o = begin(r);
    writer_list(&o, "service_requests");
    writer_object(&o, "request");
    writer_text(&o, "service_request_id", matter_number(r->arena, m.kind, m.opened_at, m.id));
    writer_text(&o, "service_notice", arena_format(r->arena, "%s" STR_FMT, r->lang == EN ? "Tracking code: " : "查询码：",
                                                   STR_ARG(matter_track_code(r->tx, m.id))));
    writer_null(&o, "account_id");
    writer_end(&o);
    writer_end(&o);
    answer_with(r, &o);
    r->status = 201;
}

/* --- reading ----------------------------------------------------------------------------------------------------------------------------- */

struct reading {
    struct req *r;
    struct writer *o;
    struct str codes;
    ms changed_from, changed_to;
    bool open, closed, notes;
    int64_t skip, left;
};

static bool one_of(struct str list, struct str value)
{
    struct str one;
    if (list.n == 0)
        return true;
    while (str_cut(&list, ',', &one))
        if (str_eq(str_trim(one), value))
            return true;
    return false;
}

static void take_item(void *arg, struct matter_item *item)
{
    struct reading *g = arg;
    const struct matter *m = &item->m;
    bool unfinished = phase_unfinished(m->phase);
    if (g->left == 0 || (unfinished ? !g->open : !g->closed) || !one_of(g->codes, m->category) ||
            m->changed_at < g->changed_from ||
        (g->changed_to && m->changed_at >= g->changed_to))
        return;
    if (g->skip > 0) {
        g->skip--;
        return;
    }
    g->left--;
    open311_write_request(g->r, g->o, item, g->notes);
}

static void read_by_ids(struct req *r, struct reading *g, struct str ids)
{
    struct str one;
    for (int i = 0; i < IDS_MAX && str_cut(&ids, ',', &one); i++) {
        int64_t id = 0;
        struct matter_item item;
        one = str_trim(one);
        if (!matter_from_number(one, &id) && !str_to_i64(one, &id))
            continue;
        if (item_get(r->tx, id, &item) && matter_visible(r->tx, r->who, &item.m) &&
                str_is(str_of(item.m.kind->name), "report"))
            open311_write_request(r, g->o, &item, g->notes);
        else if (r->tx->fault.code == ERR_NOT_FOUND)
            fault_clear(&r->tx->fault);
    }
}

static bool take_span(struct req *r, const struct ask *q, struct matter_query *m)
{
    m->from = when_of(r->tx, "start_date", q->start_date, false);
    m->to = when_of(r->tx, "end_date", q->end_date, false);
    if (!tx_failed(r->tx) && m->from && m->to && m->to - m->from > DAYS(SPAN_DAYS_MAX))
        refuse_field(r->tx, "end_date", BAD_RULE, (struct label)L("时间跨度不能超过 90 天", "the span is at most 90 days"));
    if (!m->from)
        m->from = (m->to ? m->to : r->tx->now) - DAYS(SPAN_DAYS_MAX);
    if (!m->to && q->start_date.n && m->from + DAYS(SPAN_DAYS_MAX) < r->tx->now)
        m->to = m->from + DAYS(SPAN_DAYS_MAX);
    return !tx_failed(r->tx);
}

static void requests_show(struct req *r)
{
    const struct ask *q = r->query;
    struct matter_query m = { .kind = S("report"), .limit = BATCH };
    struct writer o = begin(r);
    struct reading g = { .r = r, .o = &o, .codes = q->service_code, .open = one_of(q->status, S("open")),
            .closed = one_of(q->status, S("closed")),
        .notes = str_is(q->extensions, "true") || str_is(q->extensions, "1"),
            .left = q->page_size ? q->page_size : PAGE_SIZE };
    if (!take_key(r, q->api_key) || !take_span(r, q, &m))
        return;
    g.changed_from = when_of(r->tx, "updated_after", q->updated_after, false);
    g.changed_to = when_of(r->tx, "updated_before", q->updated_before, false);
    g.skip = q->page ? (q->page - 1) * g.left : 0;
    if (tx_failed(r->tx))
        return;
    writer_list(&o, "service_requests");
    if (q->service_request_id.n) {
        read_by_ids(r, &g, q->service_request_id);
    } else {
        do
            m.after = matter_list(r->tx, r->who, &m, take_item, &g);
        while (m.after.n && g.left > 0 && !tx_failed(r->tx));
    }
    writer_end(&o);
    answer_with(r, &o);
}

static void one_request_show(struct req *r)
{
    const struct ask *q = r->query;
    struct str number = without_format(r, r->part[0]);
    struct matter_item item;
    int64_t id = 0;
    if (tx_failed(r->tx) || !take_key(r, q->api_key))
        return;
    bool found = (matter_from_number(number, &id) || str_to_i64(number, &id)) && item_get(r->tx, id, &item) &&
                 matter_visible(r->tx, r->who, &item.m) && str_is(str_of(item.m.kind->name), "report");
    if (!found) {
        tx_refuse(r->tx, ERR_NOT_FOUND, "没有这个 service_request_id", "There is no such service_request_id");
        return;
    }
    struct writer o = begin(r);
    writer_list(&o, "service_requests");
    open311_write_request(r, &o, &item, str_is(q->extensions, "true") || str_is(q->extensions, "1"));
    writer_end(&o);
    answer_with(r, &o);
}

static void token_show(struct req *r)
{
    struct str token = without_format(r, r->part[0]);
    struct matter m;
    int64_t id = 0;
    if (tx_failed(r->tx))
        return;
    if (!matter_from_track_code(r->tx, token, &id) || !matter_get(r->tx, id, &m)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND, "没有这个 token", "There is no such token");
        return;
    }
    struct writer o = begin(r);
    writer_list(&o, "service_requests");
    writer_object(&o, "request");
    writer_text(&o, "service_request_id", matter_number(r->arena, m.kind, m.opened_at, m.id));
    writer_text(&o, "token", token);
    writer_end(&o);
    writer_end(&o);
    answer_with(r, &o);
}

enum { FLAGS = ROUTE_ROOT | ROUTE_OPEN311 | ROUTE_NO_CSRF, SLOW = FLAGS | ROUTE_SLOW_DOWN };
#define ASK .query = ask_table, .query_size = sizeof(struct ask)
#define BOTH(base, fn, ...) \
    { GET, base ".json", R_PUBLIC, .show = fn, ASK, .flags = FLAGS, .about = __VA_ARGS__ }, \
    { GET, base ".xml", R_PUBLIC, .show = fn, ASK, .flags = FLAGS, .about = __VA_ARGS__ }
const struct route open311_routes[] = {
    BOTH("/open311/discovery", discovery_show, L("Open311 发现", "Open311 discovery")),
    BOTH("/open311/v2/discovery", discovery_show, L("Open311 发现", "Open311 discovery")),
    BOTH("/open311/v2/services", services_show, L("Open311 服务列表", "Open311 services")),
    { GET, "/open311/v2/services/{code}", R_PUBLIC, .show = definition_show, ASK, .flags = FLAGS,
          .about = L("Open311 服务定义", "Open311 service definition") },
    BOTH("/open311/v2/requests", requests_show, L("Open311 诉求列表", "Open311 requests")),
    { GET, "/open311/v2/requests/{number}", R_PUBLIC, .show = one_request_show, ASK, .flags = FLAGS,
          .about = L("Open311 一个诉求", "One Open311 request") },
    { POST, "/open311/v2/requests.json", R_PUBLIC, request_prepare, NULL, request_show, ASK, .flags = SLOW | ROUTE_RAW,
      .about = L("Open311 新诉求", "A new Open311 request") },
    { POST, "/open311/v2/requests.xml", R_PUBLIC, request_prepare, NULL, request_show, ASK, .flags = SLOW | ROUTE_RAW,
      .about = L("Open311 新诉求", "A new Open311 request") },
    { GET, "/open311/v2/tokens/{token}", R_PUBLIC, .show = token_show, ASK, .flags = SLOW,
          .about = L("Open311 查询码", "Open311 token") },
    {0} };
