/* sheet.c -- tables into reports. An upstream's own sheet (wuxing import orders) makes or updates mirrors:
 * its number is the key, its state, limit, answer and rates are recorded, its order stays its own. Any other
 * list (wuxing import reports) is keyed by a column of its own, so that a second run changes nothing; rows
 * that were closed long ago arrive closed. */
#include "modules/report/report.h"

#include "engine/import.h"

#include <string.h>

SQL(select_client, "select id from report where client_key = $1");
SQL(select_rates, "select up_responded, up_resolved, up_satisfied, up_at from report where id = $1");

/* Every platform prints its times in its own way: read as text. Empty is 0. */
static bool time_of(struct str text, ms *ret)
{
    *ret = 0;
    return str_trim(text).n == 0 || report_time_in_order(text, ret);
}

static ms time_or_0(struct str text)
{
    ms at;
    return time_of(text, &at) ? at : 0;
}

/* A bare day stands for its end; one that is still running ends now. */
static ms past_time(struct tx *tx, struct str text)
{
    ms at = time_or_0(text);
    return at > tx->now && day_number(at) == day_number(tx->now) ? tx->now : at;
}

static void wrong(struct tx *tx, const struct field *table, const char *name, struct label why)
{
    const struct field *row = field_find(table, str_of(name));
    fault_field(&tx->fault, (struct bad_field){
                                .field = str_of(name), .bad = BAD_RULE, .label = row->label, .rule = why });
}

static void check_time(struct tx *tx, const struct field *table, const char *name, struct str text, bool past)
{
    ms at;
    if (!time_of(text, &at))
        wrong(tx, table, name,
              (struct label)L("应为日期时间，例如 2026-03-15 08:30",
                              "must be a date and time such as 2026-03-15 08:30"));
    else if (past && past_time(tx, text) > tx->now)
        wrong(tx, table, name, (struct label)L("不能晚于现在", "must not be in the future"));
}

/* --- orders ------------------------------------------------------------------------------------- */

struct order {
    struct has has;
    struct str upstream, number, text, title, address, nature, name, phone, urgency, state, category,
        received_at, due_at;
    bool confidential, up_responded, up_resolved, up_satisfied;
};

static const struct field order_form[] = {
    FIELD(struct order, upstream, TEXT, .label = L("上级平台", "Upstream"), .max = 20,
          .help = L("12345、citygrid 或 other；不填为 12345", "12345, citygrid or other; empty means 12345")),
    FIELD(struct order, number, TEXT, .label = L("工单编号", "Order number"), .required = true, .max = 60),
    FIELD(struct order, text, LONG_TEXT, .label = L("诉求内容", "Text"), .max = 4000),
    FIELD(struct order, title, TEXT, .label = L("标题", "Title"), .max = 80),
    FIELD(struct order, address, TEXT, .label = L("事发地址", "Address"), .max = 200),
    FIELD(struct order, received_at, TEXT, .label = L("受理时间", "Received"), .max = 40),
    FIELD(struct order, due_at, TEXT, .label = L("办理时限", "Due"), .max = 40),
    FIELD(struct order, nature, TEXT, .label = L("诉求类型", "Kind of request"), .max = 20),
    FIELD(struct order, name, TEXT, .label = L("诉求人", "Name"), .max = 40, .mask = MASK_NAME,
          .purpose = "reporter"),
    FIELD(struct order, phone, PHONE, .label = L("联系电话", "Telephone"), .mask = MASK_PHONE,
          .purpose = "reporter"),
    FIELD(struct order, confidential, BOOL, .label = L("是否保密", "Confidential")),
    FIELD(struct order, urgency, TEXT, .label = L("紧急程度", "Urgency"), .max = 20),
    FIELD(struct order, state, TEXT, .label = L("工单状态", "State upstream"), .max = 40),
    FIELD(struct order, category, TEXT, .label = L("分类编码", "Class code"), .max = 20),
    FIELD(struct order, up_responded, BOOL, .label = L("是否响应", "Responded")),
    FIELD(struct order, up_resolved, BOOL, .label = L("是否解决", "Resolved")),
    FIELD(struct order, up_satisfied, BOOL, .label = L("是否满意", "Satisfied")), { 0 } };
static const struct import_alias order_aliases[] = {
    { "工单号", "number" }, { "受理编号", "number" }, { "案卷编号", "number" }, { "任务号", "number" }, { "编号", "number" },
    { "工单内容", "text" }, { "问题描述", "text" }, { "内容", "text" }, { "反映内容", "text" }, { "案卷描述", "text" },
    { "诉求标题", "title" }, { "工单标题", "title" }, { "地址", "address" }, { "诉求地址", "address" },
    { "问题地址", "address" },
    { "位置描述", "address" }, { "来电时间", "received_at" }, { "登记时间", "received_at" }, { "上报时间", "received_at" },
    { "截止时间", "due_at" }, { "办结时限", "due_at" }, { "要求办结时间", "due_at" }, { "来电人", "name" }, { "姓名", "name" },
    { "来电号码", "phone" }, { "联系方式", "phone" }, { "电话", "phone" }, { "状态", "state" }, { "办理状态", "state" },
    { "响应", "up_responded" }, { "解决", "up_resolved" }, { "满意", "up_satisfied" }, { 0 } };

static struct str order_upstream(const struct order *f)
{
    return f->upstream.n ? f->upstream : S("12345");
}

static bool order_given(const struct order *f, const char *name)
{
    return field_has(order_form, f, name);
}

static bool order_rates(const struct order *f)
{
    return order_given(f, "up_responded") || order_given(f, "up_resolved") || order_given(f, "up_satisfied");
}

/* What the sheet knows and we do not yet: an answer for the move mirror_answer. */
static bool order_news(struct tx *tx, const struct order *f, int64_t id, struct answer_form *ret)
{
    struct mirror m = { .matter = id };
    bool responded = false, resolved = false, satisfied = false, news = false;
    ms rated = 0;
    mirror_get(tx, id, &m);
    db_one(tx, select_rates, IN(id), OUT(&responded, &resolved, &satisfied, &rated));
    *ret = (struct answer_form){ .answer = S("") };
    if (f->state.n && !str_eq(f->state, m.state)) {
        ret->state = f->state;
        news = true;
    }
    ms due_at = time_or_0(f->due_at);
    if (due_at && due_at != m.due_at) {
        ret->until = due_at;
        news = true;
    }
    if (order_rates(f) && (!rated || responded != f->up_responded || resolved != f->up_resolved ||
                           satisfied != f->up_satisfied)) {
        const char *const names[] = { "up_responded", "up_resolved", "up_satisfied" };
        ret->up_responded = f->up_responded;
        ret->up_resolved = f->up_resolved;
        ret->up_satisfied = f->up_satisfied;
        for (size_t i = 0; i < COUNT(names); i++)
            field_mark(report_answer_form, ret, field_find(report_answer_form, str_of(names[i])));
        news = true;
    }
    return news;
}

static enum import_fate order_look(struct tx *tx, const struct who *who, const void *form)
{
    const struct order *f = form;
    struct answer_form news;
    int64_t id = 0;
    const struct rule_entry *platform = rule_entry(rule_set(rules_of(tx), "upstreams"), order_upstream(f));
    (void)who;
    if (!platform || !str_is(rule_prop(platform, "kind"), "platform"))
        wrong(tx, order_form, "upstream", (struct label)L("没有这个平台", "is no known platform"));
    if (f->category.n && !rule_entry(rule_set(rules_of(tx), "categories"), f->category))
        wrong(tx, order_form, "category", (struct label)L("没有这个分类编码", "is no code of a class"));
    check_time(tx, order_form, "received_at", f->received_at, true);
    check_time(tx, order_form, "due_at", f->due_at, false);
    if (mirror_find(tx, order_upstream(f), f->number, &id))
        return order_news(tx, f, id, &news) ? IMPORT_CHANGED : IMPORT_SAME;
    if (!f->text.n)
        wrong(tx, order_form, "text", (struct label)L("新工单须有内容", "is needed for a new order"));
    return IMPORT_NEW;
}

static struct str nature_of(struct str value)
{
    for (const struct choice *c = report_natures; value.n && c->name; c++)
        if (str_has(value, str_of(c->label.zh)) || str_is(value, c->name))
            return str_of(c->name);
    return S("");
}

static void mark(struct open_form *o, const char *name)
{
    field_mark(report_open_form, o, field_find(report_open_form, str_of(name)));
}

static int64_t open_row(struct tx *tx, const struct who *who, struct open_form *o)
{
    struct req r = { .tx = tx, .arena = tx->arena, .who = who };
    o->quick = true;
    struct opening *opening = report_opening(&r, o);
    return opening ? report_open(tx, who, opening) : 0;
}

static void order_apply(struct tx *tx, const struct who *who, const void *form)
{
    const struct order *f = form;
    struct answer_form news;
    int64_t id = 0;
    if (!mirror_find(tx, order_upstream(f), f->number, &id)) {
        struct open_form *o = arena_new(tx->arena, struct open_form);
        o->text = f->text;
        o->title = f->title;
        o->address = f->address;
        o->category = f->category;
        o->nature = nature_of(f->nature);
        o->urgency = str_has(f->urgency, S("紧急")) && !str_has(f->urgency, S("不")) ? S("urgent") : S("");
        o->at = past_time(tx, f->received_at);
        o->reporter = (struct reporter_form){ .name = f->name,
                                              .phone = f->phone,
                                              .confidential = f->confidential };
        o->mirror = (struct mirror_form){ .upstream = order_upstream(f),
                                          .number = f->number,
                                          .due_at = time_or_0(f->due_at),
                                          .state = f->state };
        mark(o, "mirror");
        id = open_row(tx, who, o);
    }
    if (id && order_news(tx, f, id, &news)) {
        struct moving mv = { .who = who, .form = &news, .note = S("导入上级平台数据") };
        matter_move(tx, id, "mirror_answer", &mv);
    }
}

const struct importer report_orders = {
    "orders", L("上级派单", "Upstream orders"), order_form, sizeof(struct order), R(CLERK) | R(LEADER) | R(DUTY),
    { "upstream", "number" }, order_aliases, order_look, order_apply, NULL };

/* --- any list of reports ------------------------------------------------------------------------ */

struct listed {
    struct has has;
    struct str code, text, title, category, address, area_code, name, phone, channel, nature, opened_at,
        closed_at;
    int64_t lat, lon;
};

static const struct field listed_form[] = {
    FIELD(struct listed, code, TEXT, .label = L("编号", "Code"), .required = true, .max = 60),
    FIELD(struct listed, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .max = 4000),
    FIELD(struct listed, title, TEXT, .label = L("标题", "Title"), .max = 80),
    FIELD(struct listed, category, TEXT, .label = L("分类编码", "Class code"), .max = 20),
    FIELD(struct listed, address, TEXT, .label = L("地址", "Address"), .max = 200),
    FIELD(struct listed, area_code, TEXT, .label = L("区划编码", "Area code"), .max = 40),
    FIELD(struct listed, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct listed, lon, DEGREE, .label = L("经度", "Longitude")),
    FIELD(struct listed, name, TEXT, .label = L("诉求人", "Name"), .max = 40, .mask = MASK_NAME,
          .purpose = "reporter"),
    FIELD(struct listed, phone, PHONE, .label = L("联系电话", "Telephone"), .mask = MASK_PHONE,
          .purpose = "reporter"),
    FIELD(struct listed, channel, TEXT, .label = L("来源", "Channel"), .max = 20),
    FIELD(struct listed, nature, TEXT, .label = L("诉求类型", "Kind of request"), .max = 20),
    FIELD(struct listed, opened_at, TEXT, .label = L("登记时间", "Opened"), .max = 40),
    FIELD(struct listed, closed_at, TEXT, .label = L("办结时间", "Closed"), .max = 40), { 0 } };
static const struct import_alias listed_aliases[] = {
    { "id", "code" }, { "SRRecordID", "code" }, { "序号", "code" }, { "time", "opened_at" },
    { "CreatedDate", "opened_at" },
    { "上报时间", "opened_at" }, { "CloseDate", "closed_at" }, { "reply_time", "closed_at" },
    { "SRType", "text" },
    { "诉求内容", "text" }, { "问题描述", "text" }, { "Address", "address" }, { "Latitude", "lat" },
    { "Longitude", "lon" },
    { "主题", "title" }, { "电话", "phone" }, { "姓名", "name" }, { 0 } };

static struct str listed_key(struct tx *tx, const struct listed *f)
{
    return arena_join(tx->arena, S("import:"), f->code);
}

static enum import_fate listed_look(struct tx *tx, const struct who *who, const void *form)
{
    const struct listed *f = form;
    struct area area;
    int64_t id = 0;
    (void)who;
    if (f->category.n && !rule_entry(rule_set(rules_of(tx), "categories"), f->category))
        wrong(tx, listed_form, "category", (struct label)L("没有这个分类编码", "is no code of a class"));
    if (f->area_code.n && !area_by_code(tx, f->area_code, &area))
        wrong(tx, listed_form, "area_code", (struct label)L("没有这个区划编码", "is no code of an area"));
    check_time(tx, listed_form, "opened_at", f->opened_at, true);
    check_time(tx, listed_form, "closed_at", f->closed_at, true);
    return db_one(tx, select_client, IN(listed_key(tx, f)), OUT(&id)) ? IMPORT_SAME : IMPORT_NEW;
}

/* What ended before it came here: the whole way in one go, with the list's own time and no noise on any
 * screen. */
static void close_row(struct tx *tx, int64_t id, ms at)
{
    struct accept_form accept = { .note = S("") };
    struct note_form take = { .note = S("") };
    struct resolve_form done = { .result = S("fixed"), .text = S("导入的历史诉求，已办结") };
    struct {
        const char *verb;
        void *form;
    } steps[] = { { "accept", &accept }, { "take", &take }, { "resolve", &done }, { "close", NULL } };
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct moving mv = {
            .who = &who_system, .form = steps[i].form, .at = at, .silent = true, .note = S("导入")
        };
        matter_move(tx, id, steps[i].verb, &mv);
    }
}

static void listed_apply(struct tx *tx, const struct who *who, const void *form)
{
    const struct listed *f = form;
    struct open_form *o = arena_new(tx->arena, struct open_form);
    struct area area;
    int64_t id = 0;
    ms opened_at = past_time(tx, f->opened_at), closed_at = past_time(tx, f->closed_at);
    if (db_one(tx, select_client, IN(listed_key(tx, f)), OUT(&id)))
        return;
    o->text = f->text;
    o->title = f->title;
    o->category = f->category;
    o->address = f->address;
    o->channel = rule_entry(rule_set(rules_of(tx), "channels"), f->channel) ? f->channel : S("import");
    o->nature = nature_of(f->nature);
    o->at = opened_at;
    o->lat = f->lat;
    o->lon = f->lon;
    o->client_key = listed_key(tx, f);
    o->reporter = (struct reporter_form){ .name = f->name, .phone = f->phone };
    if (f->area_code.n && area_by_code(tx, f->area_code, &area))
        o->area = area.id;
    id = open_row(tx, who, o);
    if (id && closed_at)
        close_row(tx, id, closed_at > opened_at ? closed_at : opened_at);
}

const struct importer report_sheet = {
    "reports", L("诉求", "Reports"), listed_form, sizeof(struct listed), R(CLERK) | R(LEADER) | R(ADMIN),
    { "code" }, listed_aliases, listed_look, listed_apply, NULL };
