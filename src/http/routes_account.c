/* routes_account.c -- accounts, their grants, bearer tokens and the operation log, for administrators. An administrator
 * with a grant over a street manages what lies in it: the grants of an account must all be covered by his own. */
#include "http/http.h"
#include "engine/area.h"

/* --- whom an administrator may touch -------------------------------------------------------------------------------------- */

static bool covers(struct req *r, int64_t area, int64_t org)
{
    struct place place = { 0 };
    for (int i = 0; i < r->who->grant_count; i++) {
        const struct grant *g = &r->who->grants[i];
        if (g->role == ROLE_ADMIN && g->area == 0 && g->org == 0)
            return true;                                  /* the office's first administrator */
    }
    if (area && !area_place(r->tx, area, &place))
        return false;
    return (area || org) && who_may(r->who, R(ADMIN), place, org);
}

static bool may_manage(struct req *r, int64_t account)
{
    struct grant_item g;
    bool any = false, all = true;
    struct rows rows = grant_list(r->tx, account);
    while (grant_row(&rows, &g)) {
        any = true;
        all = all && covers(r, g.area, g.org);
    }
    return any ? all : true;                              /* no grant yet: anybody's to give one */
}

static void show_account(struct req *r, struct json *j, const struct account *a)
{
    struct grant_item g;
    json_obj(j);
    json_key_int(j, "id", a->id);
    json_key_str(j, "login", a->login);
    json_key_str(j, "name", a->name);
    json_key_id(j, "org", a->org);
    json_key_bool(j, "disabled", a->disabled);
    json_key_bool(j, "must_change_password", a->must_change);
    json_key_bool(j, "otp", a->has_otp);
    json_key_list(j, "grants");
    struct rows rows = grant_list(r->tx, a->id);
    while (grant_row(&rows, &g)) {
        json_obj(j);
        json_key_int(j, "id", g.id);
        json_key_str(j, "role", str_of(role_wire(g.role)));
        json_key_str(j, "role_label", label_in(role_label(g.role), r->lang));
        json_key_id(j, "area", g.area);
        json_key_str(j, "area_name", g.area_name);
        json_key_id(j, "org", g.org);
        json_key_str(j, "org_name", g.org_name);
        json_key_time(j, "from", g.from);
        json_key_time(j, "to", g.to);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

/* --- accounts ---------------------------------------------------------------------------------------------------------------- */

struct account_query { struct has has; struct str q, after; int64_t limit; };
static const struct field account_query[] = {
    FIELD(struct account_query, q, TEXT, .label = L("查找", "Search"), .max = 60),
    FIELD(struct account_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct account_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

static void accounts_show(struct req *r)
{
    const struct account_query *q = r->query;
    int64_t after = 0, limit = q->limit ? q->limit : 50, last = 0;
    struct account *list = arena_array(r->arena, struct account, (size_t)limit);
    int count = 0;
    if (q->after.n && !str_to_i64(q->after, &after))
        after = 0;
    struct rows rows = account_list(r->tx, q->q, after, (int)limit);
    while (count < limit && account_row(&rows, &list[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        last = list[i].id;
        if (may_manage(r, list[i].id))
            show_account(r, &r->out, &list[i]);
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

static const struct choice role_choices[] = {
#define X(NAME, wire, zh, en) { wire, L(zh, en) },
#include "engine/role.def"
#undef X
    {0} };
static const struct choice langs[] = { { "zh", L("中文", "Chinese") }, { "en", L("英文", "English") }, {0} };

struct grant_form { struct has has; struct str role; int64_t area, org; ms from, to; };
static const struct field grant_form[] = {
    FIELD(struct grant_form, role, CHOICE, .label = L("角色", "Role"), .required = true, .choices = role_choices),
    FIELD(struct grant_form, area, ID, .label = L("辖区", "Area"), .ref = "area"),
    FIELD(struct grant_form, org, ID, .label = L("单位", "Organisation"), .ref = "org"),
    FIELD(struct grant_form, from, TIME, .label = L("开始", "From")),
    FIELD(struct grant_form, to, TIME, .label = L("截止", "Until")), {0} };

struct account_form {
    struct has has;
    struct str login, name, password, lang;
    int64_t org;
    bool disabled;
    struct list grants;
    struct ids end_grants;
};
static const struct field account_form[] = {
    FIELD(struct account_form, login, TEXT, .label = L("账号", "Login"), .min = 2, .max = 60),
    FIELD(struct account_form, name, TEXT, .label = L("姓名", "Name"), .min = 1, .max = 60),
    FIELD(struct account_form, password, SECRET, .label = L("初始口令", "First password"),
          .help = L("留空则由系统生成，只显示一次", "Left empty, one is made and shown once")),
    FIELD(struct account_form, lang, CHOICE, .label = L("语言", "Language"), .choices = langs),
    FIELD(struct account_form, org, ID, .label = L("单位", "Organisation"), .ref = "org"),
    FIELD(struct account_form, disabled, BOOL, .label = L("停用", "Disabled")),
    FIELD(struct account_form, grants, LIST, .label = L("授权", "Grants"), .sub = grant_form,
          .sub_size = sizeof(struct grant_form), .max = 20),
    FIELD(struct account_form, end_grants, IDS, .label = L("收回的授权", "Grants to end"), .max = 50), {0} };

struct account_change { struct str clear, hash; bool made; int64_t id; };

static void refuse_missing(struct req *r, const char *name, struct label label)
{
    fault_field(&r->tx->fault, (struct bad_field){ .field = str_of(name), .bad = BAD_MISSING, .label = label });
}

static void account_prepare(struct req *r)
{
    const struct account_form *form = r->form;
    struct account_change *change = arena_new(r->arena, struct account_change);
    bool adds = r->route->method == POST;
    r->state = change;
    if (adds && form->login.n == 0)
        refuse_missing(r, "login", (struct label)L("账号", "Login"));
    if (adds && form->name.n == 0)
        refuse_missing(r, "name", (struct label)L("姓名", "Name"));
    if (form->password.n && !password_strong(form->password, &r->tx->fault, "password"))
        return;
    change->made = adds && form->password.n == 0;
    change->clear = change->made ? random_token(r->arena, 12) : form->password;
    if (change->clear.n && !tx_failed(r->tx))
        change->hash = password_hash(r->arena, change->clear);
}

static void change_grants(struct req *r, const struct account_form *form, int64_t account)
{
    const struct grant_form *added = form->grants.items;
    for (int64_t i = 0; i < form->end_grants.count; i++) {
        struct grant_item g;
        bool is_his = false;
        struct rows rows = grant_list(r->tx, account);
        while (grant_row(&rows, &g))
            is_his = is_his || g.id == form->end_grants.items[i];
        if (is_his)
            grant_end(r->tx, r->who, form->end_grants.items[i]);
        else
            tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    }
    for (int64_t i = 0; i < form->grants.count; i++) {
        enum role role;
        if (!role_from_wire(added[i].role, &role))
            continue;
        if (!covers(r, added[i].area, added[i].org)) {
            tx_refuse(r->tx, ERR_DENIED, "不能授予超出自己辖区的权限", "A grant cannot reach beyond your own");
            return;
        }
        grant_add(r->tx, r->who, account, role, added[i].area, added[i].org, added[i].from, added[i].to);
    }
}

static void account_add_apply(struct req *r)
{
    const struct account_form *form = r->form;
    struct account_change *change = r->state;
    struct account a = { .login = form->login, .name = form->name, .org = form->org, .must_change = true,
                         .lang = form->lang.n ? form->lang : S("zh") };
    change->id = account_put(r->tx, r->who, &a, change->hash);
    change_grants(r, form, change->id);
    r->id = change->id;
    r->location = arena_format(r->arena, "/api/v1/accounts/%lld", (long long)change->id);
}

static void account_change_apply(struct req *r)
{
    const struct account_form *form = r->form;
    struct account_change *change = r->state;
    struct account a;
    change->id = r->id;
    if (!account_get(r->tx, r->id, &a))
        return;
    if (!may_manage(r, r->id)) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    a.name = form->name.n ? form->name : a.name;
    a.lang = form->lang.n ? form->lang : a.lang;
    a.org = field_has(account_form, form, "org") ? form->org : a.org;
    if (form->name.n || form->lang.n || field_has(account_form, form, "org"))
        account_put(r->tx, r->who, &a, S(""));
    if (change->hash.n)
        account_set_password(r->tx, r->id, change->hash, true);
    if (field_has(account_form, form, "disabled"))
        account_disable(r->tx, r->who, r->id, form->disabled);
    change_grants(r, form, r->id);
}

static void account_show(struct req *r)
{
    const struct account_change *change = r->state;
    struct account a;
    if (!account_get(r->tx, change ? change->id : r->id, &a))
        return;
    if (!may_manage(r, a.id)) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    if (!change || !change->made) {
        show_account(r, &r->out, &a);
        return;
    }
    json_obj(&r->out);
    json_key_int(&r->out, "id", a.id);
    json_key_str(&r->out, "login", a.login);
    json_key_str(&r->out, "first_password", change->clear);
    json_end(&r->out);
}

/* --- tokens ------------------------------------------------------------------------------------------------------------------- */

struct new_token { struct str clear, whole; };
struct token_form { struct has has; struct str name; int64_t account; };
static const struct field token_form[] = {
    FIELD(struct token_form, name, TEXT, .label = L("用途", "What for"), .required = true, .min = 2, .max = 60),
    FIELD(struct token_form, account, ID, .label = L("账号", "Account"), .ref = "account"), {0} };

static bool is_admin(const struct req *r)
{
    return who_has(r->who, R(ADMIN));
}

static void token_prepare(struct req *r)
{
    struct new_token *token = arena_new(r->arena, struct new_token);
    token->clear = random_token(r->arena, 32);
    r->state = token;
}

static void token_apply(struct req *r)
{
    const struct token_form *form = r->form;
    struct new_token *token = r->state;
    int64_t account = form->account ? form->account : r->who->account;
    if (account != r->who->account && !(is_admin(r) && may_manage(r, account))) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    token->whole = token_add(r->tx, r->who, account, form->name, token->clear);
    r->status = 201;
}

static void token_show(struct req *r)
{
    json_obj(&r->out);
    json_key_str(&r->out, "token", ((const struct new_token *)r->state)->whole);
    json_key_str(&r->out, "name", ((const struct token_form *)r->form)->name);
    json_end(&r->out);
}

static void tokens_show(struct req *r)
{
    struct token_item t;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = token_list(r->tx, is_admin(r) ? 0 : r->who->account);
    while (token_row(&rows, &t)) {
        if (t.account != r->who->account && !may_manage(r, t.account))
            continue;
        json_obj(&r->out);
        json_key_int(&r->out, "id", t.id);
        json_key_int(&r->out, "account", t.account);
        json_key_str(&r->out, "name", t.name);
        json_key_time(&r->out, "created_at", t.made_at);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void token_end_apply(struct req *r)
{
    struct token_item t;
    bool may = false;
    struct rows rows = token_list(r->tx, is_admin(r) ? 0 : r->who->account);
    while (token_row(&rows, &t))
        may = may || (t.id == r->id && (t.account == r->who->account || may_manage(r, t.account)));
    if (may)
        token_end(r->tx, r->who, r->id);
    else
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
}

/* --- the operation log ---------------------------------------------------------------------------------------------------------- */

static void audit_show(struct req *r)
{
    const struct page *page = r->query;
    struct audit_item a;
    int64_t before = 0, limit = page_limit(page), last = 0;
    int count = 0;
    if (page->after.n && !str_to_i64(page->after, &before))
        before = 0;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = audit_list(r->tx, before, (int)limit);
    while (audit_row(&rows, &a)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", a.id);
        json_key_time(&r->out, "at", a.at);
        json_key_id(&r->out, "account", a.account);
        json_key_str(&r->out, "login", a.login);
        json_key_str(&r->out, "verb", a.verb);
        json_key_str(&r->out, "noun", a.noun);
        json_key_id(&r->out, "noun_id", a.noun_id);
        json_key_str(&r->out, "note", a.note);
        json_end(&r->out);
        last = a.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

const struct route account_routes[] = {
    { GET, "/accounts", R(ADMIN), .show = accounts_show, .query = account_query,
          .query_size = sizeof(struct account_query),
      .about = L("账号列表", "Accounts") },
    { GET, "/accounts/{id}", R(ADMIN), .show = account_show, .about = L("一个账号", "One account") },
    { POST, "/accounts", R(ADMIN), account_prepare, account_add_apply, account_show, account_form,
          sizeof(struct account_form),
      .flags = ROUTE_CHANGES_WHO, .about = L("新建账号", "Add an account") },
    { PATCH, "/accounts/{id}", R(ADMIN), account_prepare, account_change_apply, account_show, account_form,
          sizeof(struct account_form),
      .flags = ROUTE_CHANGES_WHO, .about = L("修改账号、授权", "Change an account and its grants") },
    { GET, "/tokens", R_ANY, .show = tokens_show, .about = L("接口令牌", "Bearer tokens") },
    { POST, "/tokens", R_ANY, token_prepare, token_apply, token_show, token_form, sizeof(struct token_form),
      .flags = ROUTE_CHANGES_WHO, .about = L("新建接口令牌，只显示一次", "Make a bearer token; shown once") },
    { DELETE, "/tokens/{id}", R_ANY, .apply = token_end_apply, .flags = ROUTE_CHANGES_WHO, .about = L("停用令牌",
          "End a token") },
    { GET, "/audit", R(ADMIN) | R(AUDITOR), .show = audit_show, .query = page_query, .query_size = sizeof(struct page),
      .about = L("操作日志", "Operation log") },
    {0} };
