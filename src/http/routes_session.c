/* routes_session.c -- logging in and out, who I am, my sessions, password and second factor, and the set-up link.
 * Passwords are hashed in prepare (argon2id costs 63 ms); what a log-in changes is forgotten by the who cache. */
#include "http/http.h"

SQL(select_office, "select name from office limit 1");
SQL(update_office, "update office set name = $1");
SQL(insert_office, "insert into office(id, name, demo, made_at) values ($1, $2, 0, $3)");
SQL(count_accounts, "select count(*) from account");
SQL(count_news, "select count(*) from matter m where m.owner_account = $1 and m.phase < 4 and exists (select 1 from history h"
    " where h.matter = m.id and h.seq = (select max(l.seq) from history l where l.matter = m.id)"
    " and coalesce(h.account, 0) <> $2)");
SQL(select_demo_account, "select min(id) from account where disabled = 0 and password in (select password from account"
    " where password like '_argon2%' group by password having count(*) > 1)");
SQL(select_demo_logins, "select a.login, a.name, g.role, coalesce(ar.name, o.name) from account a join access_grant g on g.account = a.id"
    " left join area ar on ar.id = g.area left join org o on o.id = g.org where a.disabled = 0"
    " and a.password = (select password from account where id = $1) and (g.to_at is null or g.to_at > $2) order by a.id, g.id limit 40");
SQL(session_account, "select account from session where id = $1 and ended_at is null");

/* --- who I am ----------------------------------------------------------------------------------------------------------- */

static void write_grants(struct tx *tx, struct json *j, int64_t account, enum lang lang)
{
    struct grant_item g;
    json_key_list(j, "grants");
    struct rows rows = grant_list(tx, account);
    while (grant_row(&rows, &g)) {
        json_obj(j);
        json_key_int(j, "id", g.id);
        json_key_str(j, "role", str_of(role_wire(g.role)));
        json_key_str(j, "role_label", label_in(role_label(g.role), lang));
        json_key_id(j, "area", g.area);
        json_key_str(j, "area_name", g.area_name);
        json_key_id(j, "org", g.org);
        json_key_str(j, "org_name", g.org_name);
        json_key_time(j, "from", g.from);
        json_key_time(j, "to", g.to);
        json_end(j);
    }
    json_end(j);
}

static struct label first_role(const struct who *who)
{
    return who->grant_count ? role_label(who->grants[0].role) : (struct label)L("", "");
}

static void write_me(struct req *r, const struct who *who)
{
    struct json *j = &r->out;
    struct account account = { 0 };
    struct str office = { 0 };
    int64_t news = 0;
    account_get(r->tx, who->account, &account);
    db_one(r->tx, select_office, IN(), OUT(&office));
    db_one(r->tx, count_news, IN(who->account, who->account), OUT(&news));
    json_obj(j);
    json_key_obj(j, "account");
    json_key_int(j, "id", who->account);
    json_key_str(j, "login", account.login);
    json_key_str(j, "name", account.name);
    json_key_str(j, "role_label", label_in(first_role(who), r->lang));
    json_key_str(j, "lang", account.lang);
    json_key_id(j, "org", account.org);
    json_key_bool(j, "otp", account.has_otp);
    json_end(j);
    write_grants(r->tx, j, who->account, r->lang);
    json_key_bool(j, "must_change_password", account.must_change);
    json_key_obj(j, "office");
    json_key_str(j, "name", office);
    json_key_bool(j, "demo", engine_of(r->tx)->demo);
    json_key_str(j, "zone", S("+08:00"));
    json_end(j);
    json_key_int(j, "unseen", news);
    json_end(j);
}

static void me_show(struct req *r)
{
    write_me(r, r->who);
}

/* --- logging in and out ----------------------------------------------------------------------------------------------------- */

struct login_form { struct has has; struct str login, password, otp; };
static const struct field login_form[] = {
    FIELD(struct login_form, login, TEXT, .label = L("账号", "Login"), .required = true, .max = 60),
    FIELD(struct login_form, password, SECRET, .label = L("口令", "Password"), .required = true),
    FIELD(struct login_form, otp, TEXT, .label = L("动态口令", "One-time code"), .max = 10), {0} };

static void login_route_prepare(struct req *r)
{
    const struct login_form *form = r->form;
    struct login *login = arena_new(r->arena, struct login);
    *login = (struct login){ .login = form->login, .password = form->password, .otp = form->otp,
        .agent = str_head_chars(r->agent, 200), .address = r->address, .cookie = work_of(r)->cookie };
    if (!str_utf8_ok(r->agent))
        login->agent = S("");
    r->state = login;
    login_prepare(r->tx, login);
}

static void login_route_apply(struct req *r)
{
    login_apply(r->tx, r->state);
}

static void login_route_show(struct req *r)
{
    const struct login *login = r->state;
    struct who who;
    if (!account_who(r->tx, login->account, &who))
        return;
    r->set_cookie = login->session_token;
    write_me(r, &who);
}

static void logout_apply(struct req *r)
{
    if (r->who->session)
        session_end(r->tx, r->who, r->who->session);
    r->set_cookie = S("-");
}

/* --- my sessions ------------------------------------------------------------------------------------------------------------ */

static void sessions_show(struct req *r)
{
    struct session_item s;
    struct json *j = &r->out;
    json_obj(j);
    json_key_list(j, "items");
    struct rows rows = session_list(r->tx, r->who->account);
    while (session_row(&rows, &s)) {
        json_obj(j);
        json_key_int(j, "id", s.id);
        json_key_time(j, "created_at", s.made_at);
        json_key_time(j, "seen_at", s.seen_at);
        json_key_str(j, "agent", s.agent);
        json_key_str(j, "address", s.address);
        json_key_bool(j, "current", s.id == r->who->session);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void session_end_apply(struct req *r)
{
    int64_t account = 0;
    if (!db_one(r->tx, session_account, IN(r->id), OUT(&account)) || account != r->who->account)
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    else
        session_end(r->tx, r->who, r->id);
}

/* --- password --------------------------------------------------------------------------------------------------------------- */

struct password_form { struct has has; struct str old, new; };
static const struct field password_form[] = {
    FIELD(struct password_form, old, SECRET, .label = L("原口令", "Old password"), .required = true),
    FIELD(struct password_form, new, SECRET, .label = L("新口令", "New password"), .required = true), {0} };
struct password_change { struct str hash, cookie; };

static void refuse_password(struct tx *tx, const char *field)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = L("口令", "Password"),
        .rule = L("口令不对", "The password is wrong") });
}

static void password_prepare(struct req *r)
{
    const struct password_form *form = r->form;
    struct password_change *change = arena_new(r->arena, struct password_change);
    r->state = change;
    if (!password_ok(r->tx, r->who->account, form->old))
        refuse_password(r->tx, "old");
    if (tx_failed(r->tx) || !password_strong(form->new, &r->tx->fault, "new"))
        return;
    change->hash = password_hash(r->arena, form->new);
    change->cookie = random_token(r->arena, 32);
}

/* All sessions end with the old password; whoever changed it goes on in a new one. */
static void password_apply(struct req *r)
{
    const struct password_change *change = r->state;
    account_set_password(r->tx, r->who->account, change->hash, false);
    if (r->who->session) {
        session_add(r->tx, r->who->account, change->cookie, str_utf8_ok(r->agent) ? str_head_chars(r->agent,
            200) : S(""), r->address);
        r->set_cookie = change->cookie;
    }
}

/* --- second factor ------------------------------------------------------------------------------------------------------------ */

struct otp_code { struct has has; struct str code; };
static const struct field otp_code[] = {
    FIELD(struct otp_code, code, TEXT, .label = L("动态口令", "One-time code"), .required = true, .min = 6,
          .max = 8), {0} };
struct otp_password { struct has has; struct str password; };
static const struct field otp_password[] = {
    FIELD(struct otp_password, password, SECRET, .label = L("口令", "Password"), .required = true), {0} };

static void otp_prepare(struct req *r)
{
    struct str *secret = arena_new(r->arena, struct str);
    char *bytes = arena_alloc(r->arena, 20);
    random_bytes(bytes, 20);
    *secret = (struct str){ bytes, 20 };
    r->state = secret;
}

static void otp_apply(struct req *r)
{
    otp_offer(r->tx, r->who, *(struct str *)r->state);
}

static void otp_show(struct req *r)
{
    struct str secret = *(struct str *)r->state, office = S("Wuxing");
    db_one(r->tx, select_office, IN(), OUT(&office));
    json_obj(&r->out);
    json_key_str(&r->out, "secret", otp_text(r->arena, secret));
    json_key_str(&r->out, "uri", otp_uri(r->arena, office, r->who->login, secret));
    json_end(&r->out);
}

static void otp_confirm_apply(struct req *r)
{
    otp_confirm(r->tx, r->who, ((const struct otp_code *)r->form)->code);
}

static void otp_remove_prepare(struct req *r)
{
    if (!password_ok(r->tx, r->who->account, ((const struct otp_password *)r->form)->password))
        refuse_password(r->tx, "password");
}

static void otp_remove_apply(struct req *r)
{
    otp_remove(r->tx, r->who, r->who->account);
}

/* --- set-up and demo ------------------------------------------------------------------------------------------------------------ */

struct setup_form { struct has has; struct str token, office, login, password, name; };
static const struct field setup_form[] = {
    FIELD(struct setup_form, token, SECRET, .label = L("设置链接", "Set-up link"), .required = true),
    FIELD(struct setup_form, office, TEXT, .label = L("单位名称", "Name of the office"), .required = true,
          .min = 2, .max = 60),
    FIELD(struct setup_form, login, TEXT, .label = L("管理员账号", "Administrator's login"), .required = true,
          .min = 2, .max = 60),
    FIELD(struct setup_form, password, SECRET, .label = L("口令", "Password"), .required = true),
    FIELD(struct setup_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .min = 1, .max = 60), {0} };

static void setup_prepare(struct req *r)
{
    const struct setup_form *form = r->form;
    if (!setup_token_ok(r->tx, form->token))
        tx_refuse(r->tx, ERR_GONE, 0);
    if (tx_failed(r->tx) || !password_strong(form->password, &r->tx->fault, "password"))
        return;
    struct str *hash = arena_new(r->arena, struct str);
    *hash = password_hash(r->arena, form->password);
    r->state = hash;
}

static void setup_apply(struct req *r)
{
    const struct setup_form *form = r->form;
    struct account account = { .login = form->login, .name = form->name, .lang = r->lang == EN ? S("en") : S("zh") };
    if (!setup_token_take(r->tx, form->token)) {
        tx_refuse(r->tx, ERR_GONE, 0);
        return;
    }
    if (db_run(r->tx, update_office, IN(form->office)) == 0)
        db_run(r->tx, insert_office, IN(db_id(r->tx, "office"), form->office, r->tx->now));
    int64_t id = account_put(r->tx, &who_system, &account, *(struct str *)r->state);
    grant_add(r->tx, &who_system, id, ROLE_ADMIN, 0, 0, 0, 0);
    r->status = 201;
}

static void setup_show(struct req *r)
{
    int64_t accounts = 0;
    db_one(r->tx, count_accounts, IN(), OUT(&accounts));
    json_obj(&r->out);
    json_key_bool(&r->out, "needed", accounts == 0);
    json_end(&r->out);
}

/* The demo street's log-ins are no secret: its people share one password, until one of them changes his own. The hash is
 * asked once, so that what is printed here does open the door. */
#define DEMO_PASSWORD "wuxing-demo-2026"

static void demo_show(struct req *r)
{
    struct str login, name, role, area, last = { 0 };
    int64_t first = 0;
    enum role known;
    bool is_demo = engine_of(r->tx)->demo && db_one(r->tx, select_demo_account, IN(), OUT(&first));
    if (!is_demo || !password_ok(r->tx, first, S(DEMO_PASSWORD))) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = db_get(r->tx, select_demo_logins, IN(first, r->tx->now));
    while (db_row(&rows, OUT(&login, &name, &role, &area))) {
        if (str_eq(login, last) || !role_from_wire(role, &known))
            continue;
        last = login;
        json_obj(&r->out);
        json_key_str(&r->out, "login", login);
        json_key_str(&r->out, "password", S(DEMO_PASSWORD));
        json_key_str(&r->out, "name", name);
        json_key_str(&r->out, "role", role);
        json_key_str(&r->out, "role_label", label_in(role_label(known), r->lang));
        json_key_str(&r->out, "area_name", area);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

enum { EVERYONE = R_ANY | R(KIOSK) };
const struct route session_routes[] = {
    { POST, "/session", R_PUBLIC, login_route_prepare, login_route_apply, login_route_show, login_form,
          sizeof(struct login_form),
      .flags = ROUTE_SLOW_DOWN | ROUTE_CHANGES_WHO, .about = L("登录", "Log in"), .answers = "me" },
    { DELETE, "/session", EVERYONE, .apply = logout_apply, .flags = ROUTE_CHANGES_WHO | ROUTE_FIRST_PASSWORD,
      .about = L("退出登录", "Log out") },
    { GET, "/me", EVERYONE, .show = me_show, .flags = ROUTE_FIRST_PASSWORD, .about = L("我的账号和权限",
          "My account and grants"),
      .answers = "me" },
    { GET, "/sessions", EVERYONE, .show = sessions_show, .about = L("我的登录", "My sessions") },
    { DELETE, "/sessions/{id}", EVERYONE, .apply = session_end_apply, .flags = ROUTE_CHANGES_WHO,
      .about = L("结束一处登录", "End one of my sessions") },
    { POST, "/password", EVERYONE, password_prepare, password_apply, me_show, password_form,
          sizeof(struct password_form),
      .flags = ROUTE_SLOW_DOWN | ROUTE_CHANGES_WHO | ROUTE_FIRST_PASSWORD, .about = L("修改口令",
          "Change my password"), .answers = "me" },
    { POST, "/otp", EVERYONE, otp_prepare, otp_apply, otp_show, .flags = ROUTE_CHANGES_WHO,
      .about = L("开始设置动态口令", "Begin a second factor") },
    { POST, "/otp/confirm", EVERYONE, .apply = otp_confirm_apply, .form = otp_code,
          .form_size = sizeof(struct otp_code),
      .flags = ROUTE_SLOW_DOWN | ROUTE_CHANGES_WHO, .about = L("启用动态口令", "Switch the second factor on") },
    { DELETE, "/otp", EVERYONE, otp_remove_prepare, otp_remove_apply, NULL, otp_password, sizeof(struct otp_password),
      .flags = ROUTE_SLOW_DOWN | ROUTE_CHANGES_WHO, .about = L("停用动态口令", "Switch the second factor off") },
    { GET, "/setup", R_PUBLIC, .show = setup_show, .about = L("是否需要首次设置", "Is the first set-up still to be done") },
    { POST, "/setup", R_PUBLIC, setup_prepare, setup_apply, setup_show, setup_form, sizeof(struct setup_form),
      .flags = ROUTE_SLOW_DOWN | ROUTE_CHANGES_WHO, .about = L("首次设置", "First set-up") },
    { GET, "/demo-logins", R_PUBLIC, .show = demo_show, .flags = ROUTE_SLOW_DOWN, .about = L("演示账号",
          "Log-ins of the demo street") },
    {0} };
