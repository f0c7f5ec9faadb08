/* routes_list.c -- lists of matters: by filters, by words, and the views people save. */
#include "http/http.h"

#include "engine/matter_view.h"
#include "engine/search.h"

SQL(select_views, "select id, name, query, at from saved_view where account = $1 order by id");
SQL(count_views, "select count(*) from saved_view where account = $1");
SQL(insert_view, "insert into saved_view(id, account, name, query, at) values ($1, $2, $3, $4, $5)");
SQL(delete_view, "delete from saved_view where id = $1 and account = $2");

enum { SEES = R_ANY | R(KIOSK), FOUND_STEP = 64, FOUND_STEPS = 8, VIEWS_MAX = 50 };

/* --- filters ------------------------------------------------------------------------------------------------------------- */

static const struct choice phases[] = {
    { "open", L("待受理", "Open") }, { "active", L("办理中", "Active") }, { "waiting", L("等待中", "Waiting") },
    { "done", L("已办结", "Done") }, { "void", L("已作废", "Void") }, { "unfinished", L("未办结", "Unfinished") }, {0} };
static const struct choice urgencies[] = {
    { "normal", L("一般", "Normal") }, { "urgent", L("紧急", "Urgent") }, { "alarm", L("报警", "Alarm") }, {0} };
static const struct choice sorts[] = { { "newest", L("最新在前", "Newest first") }, { "due", L("最先到期在前",
        "Due first") }, {0} };

const struct field matter_list_query[] = {
    FIELD(struct list_query, kind, TEXT, .label = L("类型", "Kind"), .max = 40),
    FIELD(struct list_query, phase, CHOICE, .label = L("阶段", "Phase"), .choices = phases),
    FIELD(struct list_query, state, TEXT, .label = L("状态", "State"), .max = 40),
    FIELD(struct list_query, area, ID, .label = L("辖区", "Area"), .ref = "area"),
    FIELD(struct list_query, owner, TEXT, .label = L("承办人：me 或账号", "Owner: me or an account"), .max = 20),
    FIELD(struct list_query, category, TEXT, .label = L("类别", "Category"), .max = 40),
    FIELD(struct list_query, q, TEXT, .label = L("关键词或编号", "Words or a number"), .max = 100),
    FIELD(struct list_query, from, TEXT, .label = L("从", "From"), .max = 40, .help = L("日期或带时区的时间",
          "A day, or a time with offset")),
    FIELD(struct list_query, to, TEXT, .label = L("到", "Until"), .max = 40, .help = L("日期或带时区的时间",
          "A day, or a time with offset")),
    FIELD(struct list_query, overdue, BOOL, .label = L("已超时", "Overdue")),
    FIELD(struct list_query, unclaimed, BOOL, .label = L("无人签收", "Unclaimed")),
    FIELD(struct list_query, channel, TEXT, .label = L("渠道", "Channel"), .max = 40),
    FIELD(struct list_query, urgency, CHOICE, .label = L("紧急程度", "Urgency"), .choices = urgencies),
    FIELD(struct list_query, sort, CHOICE, .label = L("排序", "Order"), .choices = sorts),
    FIELD(struct list_query, after, TEXT, .label = L("起点", "After"), .max = 60),
    FIELD(struct list_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

static int choice_at(const struct choice *choices, struct str name)
{
    for (int i = 0; choices[i].name; i++)
        if (str_is(name, choices[i].name))
            return i;
    return -1;
}

void matter_query_of(struct req *r, struct matter_query *q)
{
    const struct list_query *in = r->query;
    *q = (struct matter_query){ .kind = in->kind, .state = in->state, .category = in->category, .channel = in->channel, .area = in->area,
        .from = when_of(r->tx, "from", in->from, false), .to = when_of(r->tx, "to", in->to, true),
            .overdue = in->overdue, .unclaimed = in->unclaimed, .by_due = str_is(in->sort, "due"),
        .after = in->after, .limit = in->limit ? in->limit : 50 };
    if (str_is(in->phase, "unfinished"))
        q->unfinished = true;
    else if (in->phase.n)
        q->phase = (enum phase)(choice_at(phases, in->phase) + 1);
    if (in->urgency.n)
        q->urgency = choice_at(urgencies, in->urgency) + 1;
    if (str_is(in->owner, "me"))
        q->owner_account = r->who->account ? r->who->account : -1;
    else if (in->owner.n && (!str_to_i64(in->owner, &q->owner_account) || q->owner_account <= 0))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("owner"), .bad = BAD_RULE, .label = L("承办人", "Owner"),
            .rule = L("应为 me 或账号编号", "must be me or the id of an account") });
}

static void put_item(void *arg, struct matter_item *item)
{
    struct req *r = arg;
    item_write(r->tx, &r->out, item, r->lang);
}

static void end_items(struct req *r)
{
    json_end(&r->out);
    json_key(&r->out, "next");
    if (r->next.n)
        json_str(&r->out, r->next);
    else
        json_nil(&r->out);
    json_end(&r->out);
}

/* --- by words: ids from the search, each asked with the same filters ------------------------------------------------------------ */

struct found_ids { int64_t ids[FOUND_STEP], next; int count; };

/* A page is rarely more than one step: each found id is read to see that it really holds the words. */
static void find_step(struct req *r, struct search *search, struct found_ids *found, struct str words, int64_t before)
{
    struct search_query q = { r->who, words, before };
    found->next = 0;
    found->count = search ? search_find(search, r->arena, &q, FOUND_STEP, found->ids, &found->next) : 0;
}

static void find(struct req *r, struct str words, struct str after)
{
    struct found_ids *found = arena_new(r->arena, struct found_ids);
    int64_t before = 0, id;
    r->state = found;
    if (matter_from_number(words, &id)) {
        found->ids[found->count++] = id;
        return;
    }
    if (after.n && !str_to_i64(after, &before))
        before = 0;
    struct search *search = engine_of(r->tx)->search;
    work_rest(work_of(r));                                   /* the search reads over a snapshot of its own */
    find_step(r, search, found, words, before);
}

struct picking { struct req *r; struct str words; int64_t shown; };

static void pick(void *arg, struct matter_item *item)
{
    struct picking *p = arg;
    struct matter m;
    if (p->words.n && matter_get(p->r->tx, item->m.id, &m)) {
        size_t at = str_find(m.text, str_head(p->words, str_find(p->words, S(" "))));
        size_t start = at < m.text.n && at > 60 ? at - 60 : 0;
        while (start < m.text.n && (m.text.p[start] & 0xc0) == 0x80)
            start++;
        item->snippet = str_head_chars(str_from(m.text, start), 60);
    }
    put_item(p->r, item);
    p->shown++;
}

static void show_found(struct req *r, struct matter_query *q, struct str words)
{
    struct found_ids *found = r->state;
    struct picking p = { r, words, 0 };
    int64_t limit = q->limit, last = 0;
    int i = 0, steps = 1;
    q->after = (struct str){ 0 };
    q->by_due = false;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    while (p.shown < limit && !tx_failed(r->tx)) {
        if (i == found->count && found->next && steps++ < FOUND_STEPS) {
            find_step(r, engine_of(r->tx)->search, found, words, found->next);
            i = 0;
            continue;
        }
        if (i == found->count)
            break;
        q->only = last = found->ids[i++];
        q->limit = 1;
        matter_list(r->tx, r->who, q, pick, &p);
    }
    if (i < found->count || found->next)
        r->next = arena_format(r->arena, "%lld", (long long)(i < found->count ? last : found->next));
    end_items(r);
}

static void list_prepare(struct req *r)
{
    const struct list_query *in = r->query;
    if (in->q.n)
        find(r, in->q, in->after);
}

static void list_show(struct req *r)
{
    const struct list_query *in = r->query;
    struct matter_query q;
    matter_query_of(r, &q);
    if (tx_failed(r->tx))
        return;
    if (in->q.n) {
        show_found(r, &q, in->q);
        return;
    }
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    r->next = matter_list(r->tx, r->who, &q, put_item, r);
    end_items(r);
}

struct words_query { struct has has; struct str q, kind, after; int64_t limit; };
static const struct field words_query[] = {
    FIELD(struct words_query, q, TEXT, .label = L("关键词", "Words"), .required = true, .min = 2, .max = 100),
    FIELD(struct words_query, kind, TEXT, .label = L("类型", "Kind"), .max = 40),
    FIELD(struct words_query, after, TEXT, .label = L("起点", "After"), .max = 60),
    FIELD(struct words_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

static void search_prepare(struct req *r)
{
    const struct words_query *in = r->query;
    find(r, in->q, in->after);
}

static void search_show(struct req *r)
{
    const struct words_query *in = r->query;
    struct matter_query q = { .kind = in->kind, .limit = in->limit ? in->limit : 50 };
    show_found(r, &q, in->q);
}

/* --- saved views ------------------------------------------------------------------------------------------------------------------ */

struct view_form { struct has has; struct str name, query; };
static const struct field view_form[] = {
    FIELD(struct view_form, name, TEXT, .label = L("名称", "Name"), .required = true, .min = 1, .max = 30),
    FIELD(struct view_form, query, TEXT, .label = L("查询条件", "Query"), .required = true, .max = 1000), {0} };

static void view_apply(struct req *r)
{
    const struct view_form *form = r->form;
    int64_t count = 0;
    db_one(r->tx, count_views, IN(r->who->account), OUT(&count));
    if (count >= VIEWS_MAX)
        tx_refuse(r->tx, ERR_TOO_MANY, "保存的视图太多，请先删除旧的", "Too many saved views; delete an old one first");
    r->id = db_id(r->tx, "saved_view");
    db_run(r->tx, insert_view, IN(r->id, r->who->account, form->name, form->query, r->tx->now));
    r->location = arena_format(r->arena, "/api/v1/views/%lld", (long long)r->id);
}

static void view_show(struct req *r)
{
    const struct view_form *form = r->form;
    json_obj(&r->out);
    json_key_int(&r->out, "id", r->id);
    json_key_str(&r->out, "name", form->name);
    json_key_str(&r->out, "query", form->query);
    json_end(&r->out);
}

static void views_show(struct req *r)
{
    int64_t id;
    struct str name, query;
    ms at;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = db_get(r->tx, select_views, IN(r->who->account));
    while (db_row(&rows, OUT(&id, &name, &query, &at))) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", id);
        json_key_str(&r->out, "name", name);
        json_key_str(&r->out, "query", query);
        json_key_time(&r->out, "at", at);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void view_delete_apply(struct req *r)
{
    if (db_run(r->tx, delete_view, IN(r->id, r->who->account)) == 0)
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
}

const struct route list_routes[] = {
    { GET, "/matters", SEES, .prepare = list_prepare, .show = list_show, .query = matter_list_query,
          .query_size = sizeof(struct list_query),
      .about = L("事项列表，最新在前", "Matters, newest first"), .answers = "matter_page" },
    { GET, "/search", SEES, .prepare = search_prepare, .show = search_show, .query = words_query,
      .query_size = sizeof(struct words_query), .about = L("全文检索", "Full text search"), .answers = "matter_page" },
    { GET, "/views", SEES, .show = views_show, .about = L("我保存的视图", "My saved views") },
    { POST, "/views", SEES, .apply = view_apply, .show = view_show, .form = view_form,
          .form_size = sizeof(struct view_form),
      .about = L("保存视图", "Save a view") },
    { DELETE, "/views/{id}", SEES, .apply = view_delete_apply, .about = L("删除视图", "Delete a saved view") },
    {0} };
