/* account_test.c -- logging in, being locked out, ending, second factors, tokens and the set-up link, on both stores. */
#include "engine/keys.h"
#include "test/office.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define GOOD S("wutong-lamp-42")
static const struct str secret = { "12345678901234567890", 20 };       /* the key of RFC 6238's own vectors */

struct made { struct office *o; struct str login, hash; int64_t id; bool must_change; };

static void make(struct tx *tx, void *arg)
{
    struct made *m = arg;
    struct account a = { .login = m->login, .name = S("示范甲"), .must_change = m->must_change };
    m->id = account_put(tx, &who_system, &a, m->hash);
    grant_add(tx, &who_system, m->id, ROLE_CLERK, m->o->street, 0, 0, 0);
}

static int64_t account_made(struct office *o, const char *login)
{
    struct made m = { .o = o, .login = str_of(login), .hash = password_hash(&o->arena, GOOD) };
    office_write(o, make, &m);
    return m.id;
}

static void log_in_apply(struct tx *tx, void *arg)
{
    login_apply(tx, arg);
}

static enum err log_in(struct office *o, struct login *login)
{
    struct tx *tx = office_read(o);
    login_prepare(tx, login);
    read_end(tx);
    return office_try(o, log_in_apply, login, NULL);
}

static enum err log_in_with(struct office *o, const char *name, struct str password, struct str otp)
{
    return log_in(o, &(struct login){ .login = str_of(name), .password = password, .otp = otp });
}

static bool is_somebody(struct office *o, struct str cookie, struct who *ret_who)
{
    struct tx *tx = office_read(o);
    bool found = session_who(tx, cookie, ret_who);
    read_end(tx);
    return found;
}

static void end_session(struct tx *tx, void *arg)
{
    const struct who *who = arg;
    session_end(tx, who, who->session);
}

TEST_STORES(a_session_begins_with_the_password_and_ends_when_told)
{
    struct office o;
    struct who who = { 0 };
    office_open(&o, db);
    int64_t id = account_made(&o, "Clerk");
    struct login login = { .login = S(" CLERK "), .password = GOOD, .agent = S("test") };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    CHECK(is_somebody(&o, login.session_token, &who));
    CHECK_INT(who.account, id);
    CHECK_INT(who.grant_count, 1);
    CHECK_INT(who.grants[0].level, LEVEL_STREET);
    CHECK(who_has(&who, R(CLERK)) && !who_has(&who, R(ADMIN)));
    CHECK(!is_somebody(&o, S("nonsense-nonsense-nonsense"), &who));
    struct login second = { .login = S("clerk"), .password = GOOD, .cookie = login.session_token };
    CHECK_INT(log_in(&o, &second), ERR_OK);
    CHECK(!str_eq(second.session_token, login.session_token));
    CHECK(!is_somebody(&o, login.session_token, &who));               /* rotated: the old one is dead */
    CHECK(is_somebody(&o, second.session_token, &who));
    office_write(&o, end_session, &who);
    CHECK(!is_somebody(&o, second.session_token, &who));
    office_close(&o);
}

static void disable(struct tx *tx, void *arg)
{
    account_disable(tx, &who_system, *(int64_t *)arg, true);
}

struct change { int64_t id; struct str hash; };
static void change_password(struct tx *tx, void *arg)
{
    const struct change *c = arg;
    account_set_password(tx, c->id, c->hash, true);
}

TEST_STORES(a_new_password_and_disabling_end_every_session)
{
    struct office o;
    struct who who = { 0 };
    office_open(&o, db);
    int64_t id = account_made(&o, "clerk");
    struct login login = { .login = S("clerk"), .password = GOOD };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    office_write(&o, change_password, &(struct change){ id, password_hash(&o.arena, S("another-tree-77")) });
    CHECK(!is_somebody(&o, login.session_token, &who));
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_BAD_LOGIN);
    login = (struct login){ .login = S("clerk"), .password = S("another-tree-77") };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    CHECK(is_somebody(&o, login.session_token, &who) && who.must_change);
    office_write(&o, disable, &id);
    CHECK(!is_somebody(&o, login.session_token, &who));
    CHECK_INT(log_in_with(&o, "clerk", S("another-tree-77"), S("")), ERR_BAD_LOGIN);
    office_close(&o);
}

TEST_STORES(a_session_ends_by_idleness_and_by_age_but_use_keeps_it)
{
    struct office o;
    struct who who = { 0 };
    office_open(&o, db);
    account_made(&o, "clerk");
    struct login login = { .login = S("clerk"), .password = GOOD };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    for (int hour = 0; hour < 166; hour += 11) {
        CHECK(is_somebody(&o, login.session_token, &who));
        o.clock.at += HOURS(11);
    }
    o.clock.at += HOURS(168);
    CHECK(!is_somebody(&o, login.session_token, &who));
    login = (struct login){ .login = S("clerk"), .password = GOOD };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    o.clock.at += HOURS(12);
    CHECK(!is_somebody(&o, login.session_token, &who));
    office_close(&o);
}

static void fold(struct tx *tx, void *arg)
{
    (void)arg;
    sessions_fold(tx);
}

TEST_STORES(use_of_a_session_reaches_its_row_at_the_next_turn)
{
    struct office o;
    struct who who = { 0 };
    struct session_item item = { 0 };
    office_open(&o, db);
    int64_t id = account_made(&o, "clerk");
    struct login login = { .login = S("clerk"), .password = GOOD };
    CHECK_INT(log_in(&o, &login), ERR_OK);
    o.clock.at += HOURS(2);
    CHECK(is_somebody(&o, login.session_token, &who));
    office_write(&o, fold, NULL);
    struct tx *tx = office_read(&o);
    struct rows rows = session_list(tx, id);
    CHECK(session_row(&rows, &item) && !session_row(&rows, &item));
    CHECK_INT(item.seen_at, o.clock.at);
    read_end(tx);
    office_close(&o);
}

TEST_STORES(the_lock_survives_the_refusals_that_made_it)
{
    struct office o;
    office_open(&o, db);
    account_made(&o, "clerk");
    for (int i = 0; i < 5; i++) {
        CHECK_INT(log_in_with(&o, "clerk", S("wrong"), S("")), ERR_BAD_LOGIN);
        o.clock.at += MINUTES(1);
    }
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_LOCKED);     /* each refusal wrote its row all the same */
    o.clock.at += MINUTES(13);
    CHECK_INT(log_in_with(&o, "clerk", S("wrong"), S("")), ERR_LOCKED);   /* and does not prolong it */
    o.clock.at += MINUTES(1);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);
    CHECK_INT(log_in_with(&o, "clerk", S("wrong"), S("")), ERR_BAD_LOGIN);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);         /* success began a new count */
    office_close(&o);
}

TEST_STORES(slow_guesses_do_not_lock_and_unknown_logins_lock_alike)
{
    struct office o;
    office_open(&o, db);
    account_made(&o, "clerk");
    for (int i = 0; i < 8; i++) {
        CHECK_INT(log_in_with(&o, "clerk", S("wrong"), S("")), ERR_BAD_LOGIN);
        o.clock.at += MINUTES(4);
    }
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);
    for (int i = 0; i < 5; i++)
        CHECK_INT(log_in_with(&o, "ghost", S("wrong"), S("")), ERR_BAD_LOGIN);
    CHECK_INT(log_in_with(&o, "ghost", S("wrong"), S("")), ERR_LOCKED);   /* nothing says which logins exist */
    office_close(&o);
}

TEST_STORES(guesses_prepared_together_do_not_slip_past_the_lock_together)
{
    struct office o;
    office_open(&o, db);
    account_made(&o, "clerk");
    struct login wrong[6], right = { .login = S("clerk"), .password = GOOD };
    struct tx *tx = office_read(&o);
    for (int i = 0; i < 6; i++) {
        wrong[i] = (struct login){ .login = S("clerk"), .password = S("wrong") };
        login_prepare(tx, &wrong[i]);
    }
    login_prepare(tx, &right);                                        /* all of them before any was judged */
    read_end(tx);
    for (int i = 0; i < 5; i++)
        CHECK_INT(office_try(&o, log_in_apply, &wrong[i], NULL), ERR_BAD_LOGIN);
    CHECK_INT(office_try(&o, log_in_apply, &wrong[5], NULL), ERR_LOCKED);
    CHECK_INT(office_try(&o, log_in_apply, &right, NULL), ERR_LOCKED);
    office_close(&o);
}

/* --- second factor -------------------------------------------------------------------------------------------------- */

static struct str code_at(struct arena *a, ms at)
{
    char code[7];
    CHECK(oath_totp_generate(secret.p, secret.n, (time_t)(at / 1000), 30, 0, 6, code) == OATH_OK);
    return arena_copy(a, str_of(code));
}

struct second { struct who who; struct str text; };
static void offer(struct tx *tx, void *arg)
{
    otp_offer(tx, &((struct second *)arg)->who, ((struct second *)arg)->text);
}

static void confirm(struct tx *tx, void *arg)
{
    otp_confirm(tx, &((struct second *)arg)->who, ((struct second *)arg)->text);
}

static void remove_otp(struct tx *tx, void *arg)
{
    struct second *s = arg;
    otp_remove(tx, &s->who, s->who.account);
}

static struct second with_second_factor(struct office *o, int64_t id)
{
    struct second s = { .who = { .account = id }, .text = secret };
    office_write(o, offer, &s);
    s.text = code_at(&o->arena, o->clock.at);
    office_write(o, confirm, &s);
    o->clock.at += SECONDS(60);
    return s;
}

TEST_STORES(a_code_is_asked_for_works_once_and_only_in_its_time)
{
    struct office o;
    office_open(&o, db);
    struct second s = with_second_factor(&o, account_made(&o, "clerk"));
    struct str now = code_at(&o.arena, o.clock.at);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OTP_NEEDED);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, code_at(&o.arena, o.clock.at - 90000)), ERR_BAD_LOGIN);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, code_at(&o.arena, o.clock.at + 90000)), ERR_BAD_LOGIN);
    CHECK_INT(log_in_with(&o, "clerk", S("wrong"), now), ERR_BAD_LOGIN);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, now), ERR_OK);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, now), ERR_BAD_LOGIN);    /* replayed */
    o.clock.at += SECONDS(30);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, code_at(&o.arena, o.clock.at)), ERR_OK);
    CHECK_INT(office_try(&o, offer, &s, NULL), ERR_EXISTS);           /* an active factor is never replaced in passing */
    office_write(&o, remove_otp, &s);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);
    office_close(&o);
}

TEST_STORES(an_offered_factor_is_not_asked_for_until_it_is_confirmed)
{
    struct office o;
    office_open(&o, db);
    struct second s = { .who = { .account = account_made(&o, "clerk") }, .text = secret };
    office_write(&o, offer, &s);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);
    s.text = S("000000");
    CHECK_INT(office_try(&o, confirm, &s, NULL), ERR_INVALID);
    CHECK_INT(log_in_with(&o, "clerk", GOOD, S("")), ERR_OK);
    office_close(&o);
}

/* Two threads begin one write each at the same moment; how many were let through. */
struct race { struct office *o; void (*apply)(struct tx *, void *); void *arg; enum err err; pthread_barrier_t *line; };

static void *run_race(void *arg)
{
    struct race *r = arg;
    struct arena arena_scoped a;
    struct write w = { .apply = r->apply, .arg = r->arg, .arena = &a, .lane = LANE_NORMAL };
    arena_init(&a, 0);
    pthread_barrier_wait(r->line);
    store_write(r->o->engine->store, &w);
    r->err = w.fault.code;
    return NULL;
}

static int winners(struct office *o, void (*apply)(struct tx *, void *), void *first, void *second)
{
    pthread_barrier_t line;
    pthread_t threads[2];
    struct race r[2] = { { o, apply, first, ERR_OK, &line }, { o, apply, second, ERR_OK, &line } };
    pthread_barrier_init(&line, NULL, 2);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, run_race, &r[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&line);
    return (r[0].err == ERR_OK) + (r[1].err == ERR_OK);
}

TEST_STORES(one_code_sent_by_two_clients_at_once_lets_one_in)
{
    struct office o;
    office_open(&o, db);
    with_second_factor(&o, account_made(&o, "clerk"));
    for (int i = 0; i < 3; i++) {
        struct login two[2];
        struct tx *tx = office_read(&o);
        for (int k = 0; k < 2; k++) {
            two[k] = (struct login){ .login = S("clerk"), .password = GOOD, .otp = code_at(&o.arena, o.clock.at) };
            login_prepare(tx, &two[k]);
            CHECK(two[k].otp_ok);
        }
        read_end(tx);
        CHECK_INT(winners(&o, log_in_apply, &two[0], &two[1]), 1);
        o.clock.at += SECONDS(30);
    }
    office_close(&o);
}

TEST_STORES(one_code_confirmed_by_two_clients_at_once_confirms_once)
{
    struct office o;
    office_open(&o, db);
    struct second s = { .who = { .account = account_made(&o, "clerk") }, .text = secret };
    office_write(&o, offer, &s);
    s.text = code_at(&o.arena, o.clock.at);
    CHECK_INT(winners(&o, confirm, &s, &s), 1);
    office_close(&o);
}

/* --- links and tokens ----------------------------------------------------------------------------------------------- */

struct setup { struct str link, hash, login; };
static void make_link(struct tx *tx, void *arg)
{
    setup_token_make(tx, ((struct setup *)arg)->link);
}

static void set_up(struct tx *tx, void *arg)
{
    struct setup *s = arg;
    struct account a = { .login = s->login, .name = S("管理员") };
    if (setup_token_take(tx, s->link))
        account_put(tx, &who_system, &a, s->hash);
}

static bool link_ok(struct office *o, struct str link)
{
    struct tx *tx = office_read(o);
    bool ok = setup_token_ok(tx, link);
    read_end(tx);
    return ok;
}

TEST_STORES(the_set_up_link_used_twice_at_once_makes_one_account)
{
    struct office o;
    office_open(&o, db);
    struct str link = random_token(&o.arena, 32), hash = password_hash(&o.arena, GOOD);
    struct setup first = { link, hash, S("first") }, second = { link, hash, S("second") };
    office_write(&o, make_link, &first);
    CHECK(link_ok(&o, link) && !link_ok(&o, S("guess")) && !link_ok(&o, S("")));
    CHECK_INT(winners(&o, set_up, &first, &second), 1);
    CHECK(!link_ok(&o, link));
    struct account found = { 0 };
    struct tx *tx = office_read(&o);
    CHECK_INT(account_by_login(tx, S("first"), &found) + account_by_login(tx, S("second"), &found), 1);
    read_end(tx);
    office_close(&o);
}

TEST_STORES(a_set_up_link_ends_with_its_week)
{
    struct office o;
    office_open(&o, db);
    struct setup s = { random_token(&o.arena, 32), password_hash(&o.arena, GOOD), S("first") };
    office_write(&o, make_link, &s);
    o.clock.at += DAYS(7);
    CHECK(!link_ok(&o, s.link));
    CHECK_INT(office_try(&o, set_up, &s, NULL), ERR_GONE);
    office_close(&o);
}

struct token_made { int64_t account, id; struct str clear, whole; };
static void make_token(struct tx *tx, void *arg)
{
    struct token_made *t = arg;
    t->whole = arena_copy(tx->arena, token_add(tx, &who_system, t->account, S("接口"), t->clear));
}

static void end_token(struct tx *tx, void *arg)
{
    token_end(tx, &who_system, ((struct token_made *)arg)->id);
}

static bool bears(struct office *o, struct str token, struct who *ret_who)
{
    struct tx *tx = office_read(o);
    bool ok = token_who(tx, token, ret_who);
    read_end(tx);
    return ok;
}

TEST_STORES(a_bearer_token_is_its_account_until_it_is_ended)
{
    struct office o;
    struct who who = { 0 };
    struct token_item item = { 0 };
    office_open(&o, db);
    struct token_made t = { .account = account_made(&o, "api"), .clear = random_token(&o.arena, 32) };
    office_write(&o, make_token, &t);
    CHECK(str_starts(t.whole, S("wxt_")));
    CHECK(bears(&o, t.whole, &who) && who.account == t.account && who.token && str_eq(str_of(who.channel), S("api")));
    CHECK(!bears(&o, t.clear, &who) && !bears(&o, S("wxt_"), &who));
    struct tx *tx = office_read(&o);
    struct rows rows = token_list(tx, 0);
    CHECK(token_row(&rows, &item));
    t.id = item.id;
    rows_end(&rows);
    read_end(tx);
    office_write(&o, end_token, &t);
    CHECK(!bears(&o, t.whole, &who));
    office_close(&o);
}

/* --- grants --------------------------------------------------------------------------------------------------------- */

struct granting { int64_t account, area; ms from, to; };
static void grant(struct tx *tx, void *arg)
{
    const struct granting *g = arg;
    grant_add(tx, &who_system, g->account, ROLE_LEADER, g->area, 0, g->from, g->to);
}

static bool leads(struct office *o, int64_t account)
{
    struct who who = { 0 };
    struct tx *tx = office_read(o);
    bool leads_now = account_who(tx, account, &who) && who_has(&who, R(LEADER));
    read_end(tx);
    return leads_now;
}

TEST_STORES(a_grant_counts_from_its_day_to_its_day)
{
    struct office o;
    office_open(&o, db);
    int64_t id = account_made(&o, "clerk");
    struct granting g = { id, o.street, o.clock.at + DAYS(1), o.clock.at + DAYS(3) };
    office_write(&o, grant, &g);
    CHECK(!leads(&o, id));
    o.clock.at += DAYS(1);
    CHECK(leads(&o, id));
    o.clock.at += DAYS(2);
    CHECK(!leads(&o, id));
    g.to = g.from;
    CHECK_INT(office_try(&o, grant, &g, NULL), ERR_INVALID);
    g = (struct granting){ id, 999999, 0, 0 };
    CHECK_INT(office_try(&o, grant, &g, NULL), ERR_NOT_FOUND);
    office_close(&o);
}

/* --- passwords ------------------------------------------------------------------------------------------------------ */

TEST(weak_passwords_are_named_and_good_ones_pass)
{
    static const char *const weak[] = { "short", "123456789012", "aaaaaaaaaaaa", "Password2026", "abababababab", "9876543210",
        "admin12345", "woaini1314520", "abcdefghijkl", "qwerty123456" };
    static const char *const good[] = { "wutong-lamp-42", "梧桐树下有七盏灯笼呀", "T7kq-Mz2p-Wd9x", "correct horse battery" };
    for (size_t i = 0; i < COUNT(weak); i++) {
        struct fault fault = { 0 };
        if (password_strong(str_of(weak[i]), &fault, "new"))
            check_failed(__FILE__, __LINE__, weak[i]);
        CHECK_INT(fault.code, ERR_INVALID);
        CHECK_STR(fault.fields[0].field, "new");
    }
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fault fault = { 0 };
        if (!password_strong(str_of(good[i]), &fault, "new"))
            check_failed(__FILE__, __LINE__, good[i]);
    }
}

TEST(a_factor_is_offered_as_base32_and_uri)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    CHECK_STR(otp_text(&a, S("12345678901234567890")), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    CHECK_STR(otp_text(&a, S("f")), "MY");
    CHECK_STR(otp_text(&a, S("fooba")), "MZXW6YTB");
    CHECK_STR(otp_uri(&a, S("梧桐"), S("clerk"), S("fooba")),
              "otpauth://totp/%E6%A2%A7%E6%A1%90:clerk?secret=MZXW6YTB&issuer=%E6%A2%A7%E6%A1%90");
}
