/* accounts.c -- log-ins and tokens from the command line, by the system itself and therefore in the operation log.
 * A password is never an argument: arguments are seen by every user of the machine. */
#include "cli/own.h"
#include "cli/run.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/keys.h"
#include "engine/org.h"

/* --- what the options name ------------------------------------------------------------------------------------------------ */

static int64_t id_of_text(const char *text)
{
    int64_t id;
    return str_to_i64(str_of(text), &id) && id > 0 && id < 1000000000 ? id : 0;      /* area codes have 12 digits and more */
}

/* An area or org by its code, else by its id; 0 and a fault when there is none. */
static int64_t area_named(struct tx *tx, const char *text)
{
    struct area area = { 0 };
    if (area_by_code(tx, str_of(text), &area))
        return area.id;
    if (id_of_text(text) && area_get(tx, id_of_text(text), &area))
        return area.id;
    fault_clear(&tx->fault);
    tx_refuse(tx, ERR_NOT_FOUND, "没有这个区域", "there is no such area");
    return 0;
}

static int64_t org_named(struct tx *tx, const char *text)
{
    struct org org = { 0 };
    if (org_by_code(tx, str_of(text), &org))
        return org.id;
    if (id_of_text(text) && org_get(tx, id_of_text(text), &org))
        return org.id;
    fault_clear(&tx->fault);
    tx_refuse(tx, ERR_NOT_FOUND, "没有这个单位", "there is no such organisation");
    return 0;
}

static bool account_named(struct tx *tx, const char *login, struct account *ret_account)
{
    if (account_by_login(tx, str_of(login), ret_account))
        return true;
    if (!tx_failed(tx))
        tx_refuse(tx, ERR_NOT_FOUND, "没有这个账号", "there is no such account");
    return false;
}

struct grant_wish {
    const char *role, *area, *org;
};

static void give_grant(struct tx *tx, int64_t account, const struct grant_wish *wish)
{
    enum role role;
    if (!role_from_wire(str_of(wish->role), &role)) {
        tx_refuse(tx, ERR_INVALID, "没有这种角色", "there is no such role");
        return;
    }
    int64_t area = wish->area ? area_named(tx, wish->area) : 0, org = wish->org ? org_named(tx, wish->org) : 0;
    if (!tx_failed(tx))
        grant_add(tx, &who_system, account, role, area, org, 0, 0);
}

/* --- passwords ------------------------------------------------------------------------------------------------------------ */

struct password {
    struct str clear, hash;
    bool made;                         /* by us: it must be printed once and changed at the first log-in */
};

static bool take_password(struct cli *cli, struct password *p)
{
    struct fault fault = { 0 };
    struct str rest = cli->input;
    if (!cli_switch(cli, "stdin")) {
        p->clear = random_token(&cli->arena, 9);
        p->made = true;
    } else if (!str_cut(&rest, '\n', &p->clear) || !password_strong(p->clear, &fault, "password")) {
        if (fault.code == ERR_OK)
            cli_fail(cli, (struct label)L("标准输入中没有密码", "there is no password on standard input"));
        else
            cli_fault(cli, &fault);
        return false;
    }
    p->hash = password_hash(&cli->arena, p->clear);
    return true;
}

static void print_password(struct cli *cli, const char *login, const struct password *p)
{
    if (cli->json) {
        struct json j = json_in(&cli->arena);
        json_obj(&j);
        json_key_str(&j, "login", str_of(login));
        if (p->made)
            json_key_str(&j, "password", p->clear);
        json_end(&j);
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    } else if (p->made) {
        cli_print(cli, STR_FMT "\n", STR_ARG(p->clear));
    }
}

/* --- commands ------------------------------------------------------------------------------------------------------------- */

struct user_change {
    const char *login, *name;
    struct grant_wish wish;
    struct password password;
    bool disabled;
};

static void apply_user_add(struct tx *tx, void *arg)
{
    struct user_change *u = arg;
    bool nobody_logs_in = u->wish.role && str_is(str_of(u->wish.role), role_wire(ROLE_API));
    struct account account = { .login = str_of(u->login), .name = str_of(u->name), .lang = S("zh"),
                               .must_change = u->password.made && !nobody_logs_in };
    account.org = u->wish.org ? org_named(tx, u->wish.org) : 0;
    int64_t id = tx_failed(tx) ? 0 : account_put(tx, &who_system, &account, u->password.hash);
    if (id && u->wish.role)
        give_grant(tx, id, &u->wish);
}

int run_user_add(struct cli *cli)
{
    struct user_change u = { .login = cli_arg(cli, 1), .name = cli_value(cli, "name"),
                             .wish = { cli_value(cli, "role"), cli_value(cli, "area"), cli_value(cli, "org") } };
    if (!u.name)
        u.name = u.login;
    if (!take_password(cli, &u.password) || !own_write(cli, apply_user_add, &u))
        return 1;
    print_password(cli, u.login, &u.password);
    return 0;
}

static void apply_password(struct tx *tx, void *arg)
{
    struct user_change *u = arg;
    struct account account = { 0 };
    if (!account_named(tx, u->login, &account))
        return;
    account_set_password(tx, account.id, u->password.hash, u->password.made);
    sessions_end(tx, account.id);
    audit(tx, &who_system, "password", "account", account.id, S(""));
}

int run_user_password(struct cli *cli)
{
    struct user_change u = { .login = cli_arg(cli, 1) };
    if (!take_password(cli, &u.password) || !own_write(cli, apply_password, &u))
        return 1;
    print_password(cli, u.login, &u.password);
    return 0;
}

static void apply_disable(struct tx *tx, void *arg)
{
    struct user_change *u = arg;
    struct account account = { 0 };
    if (account_named(tx, u->login, &account))
        account_disable(tx, &who_system, account.id, u->disabled);
}

int run_user_disable(struct cli *cli)
{
    struct user_change u = { .login = cli_arg(cli, 1), .disabled = true };
    return own_write(cli, apply_disable, &u) ? 0 : 1;
}

int run_user_enable(struct cli *cli)
{
    struct user_change u = { .login = cli_arg(cli, 1) };
    return own_write(cli, apply_disable, &u) ? 0 : 1;
}

static void apply_grant(struct tx *tx, void *arg)
{
    struct user_change *u = arg;
    struct account account = { 0 };
    if (account_named(tx, u->login, &account))
        give_grant(tx, account.id, &u->wish);
}

int run_user_grant(struct cli *cli)
{
    struct user_change u = { .login = cli_arg(cli, 1),
                             .wish = { cli_value(cli, "role"), cli_value(cli, "area"), cli_value(cli, "org") } };
    return own_write(cli, apply_grant, &u) ? 0 : 1;
}

static void print_account(struct cli *cli, struct json *j, const struct account *a)
{
    if (cli->json) {
        json_obj(j);
        json_key_int(j, "id", a->id);
        json_key_str(j, "login", a->login);
        json_key_str(j, "name", a->name);
        json_key_bool(j, "disabled", a->disabled);
        json_key_bool(j, "must_change", a->must_change);
        json_key_bool(j, "otp", a->has_otp);
        json_end(j);
        return;
    }
    cli_print(cli, "%-8lld %-20.*s " STR_FMT "%s%s\n", (long long)a->id, STR_ARG(a->login), STR_ARG(a->name),
              a->disabled ? (cli->lang == ZH ? "  已停用" : "  disabled") : "",
              a->must_change ? (cli->lang == ZH ? "  须改密码" : "  must change its password") : "");
}

int run_user_list(struct cli *cli)
{
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    struct json j = json_in(&cli->arena);
    int64_t after = 0;
    int got;
    json_list(&j);
    do {
        struct account a = { 0 };
        struct rows rows = account_list(tx, S(""), after, 200);
        for (got = 0; account_row(&rows, &a); got++) {
            print_account(cli, &j, &a);
            after = a.id;
        }
    } while (got == 200);
    json_end(&j);
    struct fault fault = tx->fault;
    read_end(tx);
    if (fault.code != ERR_OK)
        return cli_fault(cli, &fault);
    if (cli->json) {
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    }
    return 0;
}

/* --- tokens ---------------------------------------------------------------------------------------------------------------- */

struct token_change {
    const char *login, *name;
    int64_t id;
    struct str clear, whole;
};

static void apply_token_add(struct tx *tx, void *arg)
{
    struct token_change *t = arg;
    struct account account = { 0 };
    if (account_named(tx, t->login, &account))
        t->whole = token_add(tx, &who_system, account.id, str_of(t->name), t->clear);
}

int run_token_add(struct cli *cli)
{
    struct token_change t = { .login = cli_value(cli, "login"), .name = cli_value(cli, "name"),
                              .clear = random_token(&cli->arena, 24) };
    if (!t.name)
        t.name = "cli";
    if (!own_write(cli, apply_token_add, &t))
        return 1;
    cli_print(cli, STR_FMT "\n", STR_ARG(t.whole));
    return 0;
}

int run_token_list(struct cli *cli)
{
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    struct json j = json_in(&cli->arena);
    struct token_item t = { 0 };
    struct rows rows = token_list(tx, 0);
    json_list(&j);
    while (token_row(&rows, &t)) {
        if (!cli->json) {
            cli_print(cli, "%-8lld account %-8lld " STR_FMT "  " STR_FMT "\n", (long long)t.id, (long long)t.account,
                      STR_ARG(ms_rfc3339(&cli->arena, t.made_at)), STR_ARG(t.name));
            continue;
        }
        json_obj(&j);
        json_key_int(&j, "id", t.id);
        json_key_int(&j, "account", t.account);
        json_key_str(&j, "name", t.name);
        json_key_time(&j, "made_at", t.made_at);
        json_end(&j);
    }
    json_end(&j);
    struct fault fault = tx->fault;
    read_end(tx);
    if (fault.code != ERR_OK)
        return cli_fault(cli, &fault);
    if (cli->json) {
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    }
    return 0;
}

static void apply_token_end(struct tx *tx, void *arg)
{
    token_end(tx, &who_system, ((struct token_change *)arg)->id);
}

int run_token_end(struct cli *cli)
{
    struct token_change t = { 0 };
    if (!str_to_i64(str_of(cli_arg(cli, 1)), &t.id))
        return cli_fail(cli, (struct label)L("令牌编号应为数字", "a token is named by its number"));
    return own_write(cli, apply_token_end, &t) ? 0 : 1;
}
