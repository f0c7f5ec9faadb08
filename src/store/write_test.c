/* write_test.c -- writes: groups and their savepoints, keep rows, two clients at once, re-runs, ids, the queue's lanes. */
#include "test/stores.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

static const struct migration seat_migrations[] = {
    { "seat", 1, "create table seat(id ID, meal bigint not null);"
                 "create table note(id ID, text TEXT_C not null);"
                 "create table idem(key TEXT_C not null primary key, answer bigint not null) KEYED" },
    { 0 },
};
static const struct migration *const migrations[] = { seat_migrations, NULL };

TEST_SQL(count_seats, "select count(*) from seat where meal = $1");
TEST_SQL(insert_seat, "insert into seat(id, meal) values ($1, $2)");
TEST_SQL(insert_note, "insert into note(id, text) values ($1, $2)");
TEST_SQL(count_notes, "select count(*) from note where text = $1");
TEST_SQL(select_answer, "select answer from idem where key = $1");
TEST_SQL(insert_answer, "insert into idem(key, answer) values ($1, $2)");
TEST_SQL(update_answer, "update idem set answer = $1 where key = $2");
TEST_SQL(newest_seat, "select coalesce(max(id), 0), count(*) from seat");

static struct store *open_store(const struct test_db *db)
{
    return test_store_open(db, (struct store_config){ .migrations = migrations });
}

static struct write run(struct store *s, void (*apply)(struct tx *, void *), void *arg)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
    return w;
}

static int64_t seats(struct store *s, int64_t meal)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    int64_t count = -1;
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, count_seats, IN(meal), OUT(&count)));
    read_end(tx);
    return count;
}

static int64_t notes(struct store *s, const char *text)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    int64_t count = -1;
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, count_notes, IN(text), OUT(&count)));
    read_end(tx);
    return count;
}

/* --- a group: the gate's apply stands in the writer until everything else waits ----------------------------------------------- */

struct gate {
    sem_t inside, open;
};

static void stand_in_gate(struct tx *tx, void *arg)
{
    struct gate *g = arg;
    (void)tx;
    sem_post(&g->inside);
    sem_wait(&g->open);
}

static sem_t landed;

static void land(struct write *w)
{
    (void)w;
    sem_post(&landed);
}

struct line {
    int number;
    bool refuse, crash;
};

static _Atomic int order[64], order_count;

static void take_seat(struct tx *tx, void *arg)
{
    struct line *l = arg;
    order[atomic_fetch_add(&order_count, 1) % 64] = l->number;
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), l->number));
    if (l->refuse)
        tx_refuse(tx, ERR_DENIED, 0);
}

enum { CROWD = 20 };

static void submit_crowd(struct store *s, struct line *lines, struct write *writes, struct arena *arenas,
                         void (*apply)(struct tx *, void *))
{
    struct gate gate;
    struct write first = { .apply = stand_in_gate, .arg = &gate, .arena = &arenas[CROWD], .done = land };
    sem_init(&gate.inside, 0, 0);
    sem_init(&gate.open, 0, 0);
    sem_init(&landed, 0, 0);
    store_submit(s, &first);
    sem_wait(&gate.inside);
    for (int i = 0; i < CROWD; i++) {
        writes[i].apply = apply;
        writes[i].arg = &lines[i];
        writes[i].arena = &arenas[i];
        writes[i].done = land;
        store_submit(s, &writes[i]);
    }
    sem_post(&gate.open);
    for (int i = 0; i <= CROWD; i++)
        sem_wait(&landed);
}

TEST_STORES(a_refused_apply_leaves_its_group_alone)
{
    struct store *s = open_store(db);
    struct line lines[CROWD] = { 0 };
    struct write writes[CROWD] = { 0 };
    struct arena arenas[CROWD + 1] = { 0 };
    for (int i = 0; i < CROWD; i++)
        lines[i] = (struct line){ .number = i + 1, .refuse = i % 3 == 0 };
    submit_crowd(s, lines, writes, arenas, take_seat);
    for (int i = 0; i < CROWD; i++) {
        CHECK_INT(writes[i].fault.code, i % 3 == 0 ? ERR_DENIED : ERR_OK);
        CHECK_INT(seats(s, i + 1), i % 3 != 0);
        CHECK(writes[i].sql_count == 1 && writes[i].at == day_number_ms(20261123));
    }
    struct store_health health;
    store_health(s, &health);
    if (!db->url)
        CHECK_INT(health.commits, 2);         /* the gate alone, then all the others at once */
    store_close(s);
    for (int i = 0; i <= CROWD; i++)
        arena_free(&arenas[i]);
}

/* A statement that rolls the whole transaction back stands for every error that makes SQLite do that. */
static const struct sql roll_all_back = { "roll_all_back", "rollback", __FILE__, __LINE__ };

static void take_seat_or_ruin(struct tx *tx, void *arg)
{
    struct line *l = arg;
    take_seat(tx, arg);
    if (l->crash)
        (db_run)(tx, &roll_all_back, IN());
}

TEST_STORES(an_apply_that_ruins_the_group_is_found_by_running_each_alone)
{
    if (db->url)
        return;                               /* PostgreSQL has no groups */
    struct store *s = open_store(db);
    struct line lines[CROWD] = { 0 };
    struct write writes[CROWD] = { 0 };
    struct arena arenas[CROWD + 1] = { 0 };
    for (int i = 0; i < CROWD; i++)
        lines[i] = (struct line){ .number = i + 1, .crash = i == 7 };
    submit_crowd(s, lines, writes, arenas, take_seat_or_ruin);
    for (int i = 0; i < CROWD; i++) {
        CHECK_INT(writes[i].fault.code, i == 7 ? ERR_INTERNAL : ERR_OK);
        CHECK_INT(seats(s, i + 1), i != 7);
    }
    struct store_health health;
    store_health(s, &health);
    CHECK_INT(health.reruns, CROWD);
    CHECK(health.writable);
    store_close(s);
    for (int i = 0; i <= CROWD; i++)
        arena_free(&arenas[i]);
}

TEST_STORES(alarms_go_first_and_bulk_work_is_one_per_group)
{
    if (db->url)
        return;
    struct store *s = open_store(db);
    struct line lines[CROWD] = { 0 };
    struct write writes[CROWD] = { 0 };
    struct arena arenas[CROWD + 1] = { 0 };
    static const enum lane lanes[] = { LANE_BULK, LANE_NORMAL, LANE_URGENT };
    for (int i = 0; i < CROWD; i++) {
        lines[i].number = lanes[i % 3];
        writes[i].lane = lanes[i % 3];
    }
    submit_crowd(s, lines, writes, arenas, take_seat);
    for (int i = 0; i < CROWD; i++)
        CHECK_INT(order[i], i < 6 ? LANE_URGENT : i < 13 ? LANE_NORMAL : LANE_BULK);
    struct store_health health;
    store_health(s, &health);
    CHECK_INT(health.commits, 1 + 7);         /* seven bulk writes: seven groups */
    store_close(s);
    for (int i = 0; i <= CROWD; i++)
        arena_free(&arenas[i]);
}

/* --- keep rows -------------------------------------------------------------------------------------------------------------- */

static void note(struct tx *tx, void *arg)
{
    db_run(tx, insert_note, IN(db_id(tx, "note"), (const char *)arg));
}

static void refuse_login(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), 1));
    tx_keep(tx, note, "first");
    tx_keep(tx, note, "second");
    tx_refuse(tx, ERR_BAD_LOGIN, 0);
}

static void allow_login(struct tx *tx, void *arg)
{
    (void)arg;
    tx_keep(tx, note, "unused");
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), 2));
}

static void broken_keep(struct tx *tx, void *arg)
{
    (void)arg;
    tx_refuse(tx, ERR_INTERNAL, 0);
}

static void refuse_with_broken_keep(struct tx *tx, void *arg)
{
    (void)arg;
    tx_keep(tx, broken_keep, NULL);
    tx_refuse(tx, ERR_DENIED, 0);
}

TEST_STORES(keep_rows_outlive_a_refusal)
{
    struct store *s = open_store(db);
    CHECK_INT(run(s, refuse_login, NULL).fault.code, ERR_BAD_LOGIN);
    CHECK_INT(seats(s, 1), 0);
    CHECK_INT(notes(s, "first"), 1);
    CHECK_INT(notes(s, "second"), 1);
    CHECK_INT(run(s, allow_login, NULL).fault.code, ERR_OK);
    CHECK_INT(notes(s, "unused"), 0);
    CHECK_INT(run(s, refuse_with_broken_keep, NULL).fault.code, ERR_INTERNAL);
    store_close(s);
}

/* --- a part of an apply ----------------------------------------------------------------------------------------------------- */

static void refused_part(struct tx *tx, void *arg)
{
    struct rows rows = db_get(tx, newest_seat, IN());
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), 9));
    db_run(tx, insert_note, IN(500000 + db_id(tx, "part_note"), "a refused part"));
    tx_keep(tx, note, arg);
    CHECK(db_row(&rows, OUT(&(int64_t){ 0 }, &(int64_t){ 0 })));
    tx_refuse(tx, ERR_STATE, 0);
}

static void good_part(struct tx *tx, void *arg)
{
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), *(int64_t *)arg));
}

static void list_of_three(struct tx *tx, void *arg)
{
    struct fault why = { 0 }, none = { 0 };
    CHECK(tx_try(tx, good_part, &(int64_t){ 7 }, &none));
    CHECK(!tx_try(tx, refused_part, "who asked", &why));
    CHECK_INT(why.code, ERR_STATE);
    CHECK(tx_try(tx, good_part, &(int64_t){ 8 }, &none));
    CHECK_INT(none.code, ERR_OK);
    CHECK(!tx_failed(tx));
    db_run(tx, insert_note, IN(500000 + db_id(tx, "part_note"), "after the parts"));   /* its block of ids was claimed by the part */
    if (arg)
        tx_refuse(tx, ERR_DENIED, 0);
}

TEST_STORES(a_refused_part_leaves_the_rest_and_nothing_of_itself)
{
    struct store *s = open_store(db);
    CHECK_INT(run(s, list_of_three, NULL).fault.code, ERR_OK);
    CHECK_INT(seats(s, 7) + seats(s, 8), 2);
    CHECK_INT(seats(s, 9), 0);
    CHECK_INT(notes(s, "a refused part"), 0);
    CHECK_INT(notes(s, "after the parts"), 1);
    CHECK_INT(notes(s, "who asked"), 1);
    CHECK_INT(run(s, list_of_three, "refuse it all").fault.code, ERR_DENIED);
    CHECK_INT(seats(s, 7) + seats(s, 8), 2);
    CHECK_INT(notes(s, "after the parts"), 1);
    CHECK_INT(notes(s, "who asked"), 2);
    store_close(s);
}

/* --- two clients at once ------------------------------------------------------------------------------------------------------ */

struct race {
    struct store *store;
    pthread_barrier_t *both_have_read;        /* PostgreSQL only: SQLite's applies never run side by side */
    void (*apply)(struct tx *, void *);
    int64_t answer;
    int runs;
    enum err code;
};

static void wait_for_the_other(struct race *r)
{
    if (r->both_have_read && r->runs++ == 0)
        pthread_barrier_wait(r->both_have_read);
}

static void claim_last_meal(struct tx *tx, void *arg)
{
    struct race *r = arg;
    int64_t taken = 0;
    db_one(tx, count_seats, IN(1), OUT(&taken));
    wait_for_the_other(r);
    if (taken > 0)
        tx_refuse(tx, ERR_CONFLICT, 0);
    db_run(tx, insert_seat, IN(db_id(tx, "seat"), 1));
}

static void answer_once(struct tx *tx, void *arg)
{
    struct race *r = arg;
    bool known = db_one(tx, select_answer, IN("key"), OUT(&r->answer));
    wait_for_the_other(r);
    if (known)
        return;
    r->answer = db_id(tx, "seat");
    db_run(tx, insert_seat, IN(r->answer, 2));
    db_run(tx, insert_answer, IN("key", r->answer));
}

static void *racer(void *arg)
{
    struct race *r = arg;
    r->code = run(r->store, r->apply, r).fault.code;
    return NULL;
}

static void race(struct store *s, bool postgres, void (*apply)(struct tx *, void *), struct race both[2])
{
    pthread_barrier_t barrier;
    pthread_t threads[2];
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++) {
        both[i] = (struct race){ .store = s, .both_have_read = postgres ? &barrier : NULL, .apply = apply };
        CHECK(pthread_create(&threads[i], NULL, racer, &both[i]) == 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}

TEST_STORES(the_last_meal_has_one_winner)
{
    struct store *s = open_store(db);
    struct race both[2];
    race(s, db->url != NULL, claim_last_meal, both);
    CHECK_INT(both[0].code == ERR_OK, both[1].code != ERR_OK);
    CHECK_INT(both[0].code + both[1].code, ERR_CONFLICT);
    CHECK_INT(seats(s, 1), 1);
    struct store_health health;
    store_health(s, &health);
    CHECK_INT(health.reruns, db->url ? 1 : 0);
    store_close(s);
}

TEST_STORES(a_lost_race_for_a_key_gets_the_first_answer)
{
    struct store *s = open_store(db);
    struct race both[2];
    race(s, db->url != NULL, answer_once, both);
    CHECK_INT(both[0].code, ERR_OK);
    CHECK_INT(both[1].code, ERR_OK);
    CHECK(both[0].answer == both[1].answer && both[0].answer > 0);
    CHECK_INT(seats(s, 2), 1);
    store_close(s);
}

enum { CLIENTS = 8, PER_CLIENT = 10 };

static void read_then_raise(struct tx *tx, void *arg)
{
    int64_t seen = 0;
    (void)arg;
    db_one(tx, select_answer, IN("hot"), OUT(&seen));
    db_run(tx, update_answer, IN(seen + 1, "hot"));
}

static void make_hot(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, insert_answer, IN("hot", 0));
}

static void *raise_often(void *arg)
{
    struct race *r = arg;
    for (int i = 0; i < PER_CLIENT; i++)
        r->answer += run(r->store, read_then_raise, NULL).fault.code == ERR_OK;
    return NULL;
}

TEST_STORES(no_increment_is_lost_among_eight_clients)
{
    struct store *s = open_store(db);
    struct race clients[CLIENTS];
    pthread_t threads[CLIENTS];
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    int64_t acknowledged = 0, stored = -1;
    CHECK_INT(run(s, make_hot, NULL).fault.code, ERR_OK);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct race){ .store = s };
        CHECK(pthread_create(&threads[i], NULL, raise_often, &clients[i]) == 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        acknowledged += clients[i].answer;
    }
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, select_answer, IN("hot"), OUT(&stored)));
    read_end(tx);
    CHECK_INT(stored, acknowledged);
    CHECK(acknowledged > CLIENTS * PER_CLIENT / 2);   /* re-runs are bounded: on PostgreSQL a few may give up */
    store_close(s);
}

/* --- ids ---------------------------------------------------------------------------------------------------------------------- */

static void take_many(struct tx *tx, void *arg)
{
    int count = *(int *)arg;
    for (int i = 0; i < (count < 0 ? -count : count); i++)
        db_run(tx, insert_seat, IN(db_id(tx, "seat"), 3));
    if (count < 0)
        tx_refuse(tx, ERR_DENIED, 0);
}

static int64_t newest(struct store *s, int64_t *ret_count)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    int64_t id = 0;
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, newest_seat, IN(), OUT(&id, ret_count)));
    read_end(tx);
    return id;
}

TEST_STORES(ids_are_unique_over_blocks_refusals_and_restarts)
{
    int64_t last = 0, id, count = 0, expected = 0;
    static const int steps[] = { -1, 1, 998, -5, 3, -1500, 1500, 1 };
    for (int start = 0; start < 3; start++) {
        struct store *s = open_store(db);
        for (size_t i = 0; i < COUNT(steps); i++) {
            int step = steps[i];
            CHECK_INT(run(s, take_many, &step).fault.code, step < 0 ? ERR_DENIED : ERR_OK);
            expected += step > 0 ? step : 0;
            id = newest(s, &count);
            CHECK(step > 0 ? id > last : id == last);
            CHECK_INT(count, expected);
            last = id;
        }
        store_close(s);
    }
}

/* --- the queue ------------------------------------------------------------------------------------------------------------------ */

static _Atomic int refused;

static void count_refusal(struct write *w)
{
    if (w->fault.code == ERR_UNAVAILABLE)
        atomic_fetch_add(&refused, 1);
    sem_post(&landed);
}

static void do_nothing(struct tx *tx, void *arg)
{
    (void)tx;
    (void)arg;
}

TEST_STORES(a_group_grows_while_full_steps_wait)
{
    if (db->url)
        return;
    enum { MANY = 300 };
    static struct write writes[MANY];
    struct arena arena = { 0 };
    struct gate gate;
    struct store_health health;
    struct store *s = open_store(db);
    struct write first = { .apply = stand_in_gate, .arg = &gate, .arena = &arena, .lane = LANE_URGENT, .done = land };
    sem_init(&gate.inside, 0, 0);
    sem_init(&gate.open, 0, 0);
    sem_init(&landed, 0, 0);
    store_submit(s, &first);
    sem_wait(&gate.inside);
    for (int i = 0; i < MANY; i++) {
        writes[i] = (struct write){ .apply = do_nothing, .arena = &arena, .lane = LANE_NORMAL, .done = land };
        store_submit(s, &writes[i]);
    }
    sem_post(&gate.open);
    for (int i = 0; i <= MANY; i++)
        sem_wait(&landed);
    store_health(s, &health);
    CHECK_INT(health.commits, 4);             /* the alarm alone, twice 2 x 64, and the 44 that were no full step */
    CHECK_INT(health.writes, MANY + 1);
    store_close(s);
}

TEST_STORES(the_ten_thousand_and_first_write_is_refused_at_once)
{
    enum { TOO_MANY = 10003 };
    static struct write writes[TOO_MANY];
    struct arena arena = { 0 };
    struct gate gate;
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations, .connections = 1 });
    struct write first = { .apply = stand_in_gate, .arg = &gate, .arena = &arena, .done = land };
    sem_init(&gate.inside, 0, 0);
    sem_init(&gate.open, 0, 0);
    sem_init(&landed, 0, 0);
    store_submit(s, &first);
    sem_wait(&gate.inside);
    for (int i = 0; i < TOO_MANY; i++) {
        writes[i] = (struct write){ .apply = do_nothing, .arena = &arena, .lane = LANE_NORMAL, .done = count_refusal };
        store_submit(s, &writes[i]);
    }
    CHECK_INT(refused, 3);
    struct store_health health;
    store_health(s, &health);
    CHECK_INT(health.waiting, 10000);
    sem_post(&gate.open);
    store_close(s);                           /* finishes what was accepted */
    CHECK_INT(refused, 3);
    for (int i = 0; i < TOO_MANY + 1; i++)
        sem_wait(&landed);
}
