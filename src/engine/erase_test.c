/* erase_test.c -- a resident leaves every place, and the chain of what happened still holds, on both stores. */
#include "engine/erase.h"
#include "engine/history.h"
#include "test/errand.h"
#include "test/office.h"

#include <stdio.h>

#define NUMBER "410102195001010014"
#define PHONE "13800000061"
#define NAME "示范赵"

struct act { struct office *o; struct who who; int64_t person, matter, other; struct str reason; };

SQL(put_job, "insert into job(id, kind, state, total, done, errors, at) values (1, 'people', 'done', 1, 1, 0, 0)");
SQL(put_item, "insert into job_item(job, item, state, payload) values (1, 1, 'done', $1)");
SQL(put_idem, "insert into idem(key, at, digest, status, noun_id, body) values ('k', 0, $1, 201, $2, $3)");

static void live(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct place place = { 0 };
    struct person p = { .area = a->o->courtyard, .name = S(NAME), .id_number = S(NUMBER), .phone = S(PHONE), .address = S("桂花路1号院") };
    struct reporter r = { .name = S(NAME), .phone = S(PHONE), .channel = S("phone") };
    CHECK(area_place(tx, a->o->courtyard, &place));
    a->person = person_put(tx, &who_system, &p, "test");
    a->matter = errand_open(tx, &who_system, place, NAME "家的墙歪了，电话" PHONE);
    a->other = errand_open(tx, &who_system, place, "别人的墙");
    reporter_add(tx, a->matter, &r);
    struct moving mv = { .who = &who_system, .note = S("已联系" NAME) };
    matter_move(tx, a->matter, "note", &mv);
    struct moving other = { .who = &who_system, .note = S("普通说明") };
    matter_move(tx, a->matter, "note", &other);
    db_run(tx, put_job, IN());
    db_run(tx, put_item, IN("{\"phone\":\"" PHONE "\"}"));
    db_run(tx, put_idem, IN((struct blob){ S("d") }, a->matter, "{\"title\":\"" NAME "\"}"));
}

static void erase(struct tx *tx, void *arg)
{
    struct act *a = arg;
    person_erase(tx, &a->who, a->person, a->reason);
}

/* Every text the store holds, as far as the engine's tables go. */
SQL(texts_matter, "select title, body, address from matter");
SQL(texts_history, "select note, form, who_name from history");
SQL(texts_outbox, "select title, verb, kind from outbox");
SQL(texts_item, "select payload, message, state from job_item");
SQL(texts_idem, "select body, location, key from idem");
SQL(count_left, "select (select count(*) from person where name_sealed is not null or phone_blind is not null or id4_blind is not null"
    " or address_sealed is not null), (select count(*) from person_source), (select count(*) from matter_reporter"
    " where name_sealed is not null or phone_sealed is not null or phone_blind is not null)");

static bool stands_in(struct tx *tx, const struct sql *sql)
{
    struct str a = S(""), b = a, c = a;
    bool found = false;
    struct rows rows = (db_get)(tx, sql, IN());
    while (db_row(&rows, OUT(&a, &b, &c))) {
        const struct str all[] = { a, b, c };
        for (size_t i = 0; i < COUNT(all); i++)
            found |= str_has(all[i], S(NAME)) || str_has(all[i], S(PHONE)) || str_has(all[i], S(NUMBER));
    }
    return found;
}

static bool is_anywhere(struct tx *tx)
{
    static const struct sql *const all[] = { &texts_matter, &texts_history, &texts_outbox, &texts_item, &texts_idem };
    bool found = false;
    for (size_t i = 0; i < COUNT(all); i++)
        found |= stands_in(tx, all[i]);
    return found;
}

static void broken(void *arg, struct str what)
{
    fprintf(stderr, "  " STR_FMT "\n", STR_ARG(what));
    ++*(int *)arg;
}

TEST_STORES(an_erased_resident_stands_nowhere_and_the_history_still_holds)
{
    struct office o;
    int64_t entries = 0, persons = 0, sources = 0, reporters = 0;
    int breaks = 0;
    struct matter m = { 0 };
    office_open_with(&o, db, errand_modules);
    struct act a = { .o = &o, .who = { .account = 1, .roles = R(ADMIN), .channel = "web" }, .reason = S("本人申请删除") };
    office_write(&o, live, &a);
    engine_turn(o.engine);
    struct tx *tx = office_read(&o);
    CHECK(is_anywhere(tx));
    read_end(tx);
    office_write(&o, erase, &a);
    engine_turn(o.engine);
    tx = office_read(&o);
    CHECK(!is_anywhere(tx));
    CHECK(db_one(tx, count_left, IN(), OUT(&persons, &sources, &reporters)));
    CHECK_INT(persons + sources + reporters, 0);
    CHECK(matter_get(tx, a.matter, &m));
    CHECK_STR(m.title, "〔已删除〕家的墙歪了，电话〔已删除〕");
    CHECK(matter_get(tx, a.other, &m));
    CHECK_STR(m.title, "别人的墙");
    struct history_entry e = { 0 };
    bool kept = false;
    struct rows rows = history_get(tx, a.matter);
    while (history_row(&rows, &e))
        kept |= str_is(e.note, "普通说明");
    CHECK(kept);                                                     /* what does not name him stays */
    int64_t id = 0;
    rows = person_by_phone(tx, S(PHONE));
    CHECK(!db_row(&rows, OUT(&id)));
    read_end(tx);
    CHECK(history_check(o.engine->store, broken, &breaks, &entries));
    CHECK_INT(breaks, 0);
    CHECK(entries >= 4);
    office_close(&o);
}

TEST_STORES(erasure_is_for_administrators_with_a_reason_and_is_logged)
{
    struct office o;
    struct person p = { 0 };
    struct access_item item = { 0 };
    office_open_with(&o, db, errand_modules);
    struct act a = { .o = &o, .who = { .account = 1, .roles = R(CLERK), .channel = "web" }, .reason = S("本人申请删除") };
    office_write(&o, live, &a);
    CHECK_INT(office_try(&o, erase, &a, NULL), ERR_DENIED);
    a.who.roles = R(ADMIN);
    a.reason = S("删");
    CHECK_INT(office_try(&o, erase, &a, NULL), ERR_INVALID);
    struct tx *tx = office_read(&o);
    CHECK(person_clear(tx, a.person, &p));
    CHECK_STR(p.name, NAME);
    int looks = 0;
    struct rows rows = access_list(tx, "person", a.person, 10);
    while (access_row(&rows, &item))
        looks++;
    CHECK_INT(looks, 2);
    read_end(tx);
    office_close(&o);
}

/* A table that holds sealed or free personal text must be on the list; whoever adds one is reminded here. */
TEST(every_place_is_declared_once_with_both_labels)
{
    const struct erase_place *all[128];
    int count = erase_places(all, 128);
    CHECK(count >= 15);
    for (int i = 0; i < count; i++) {
        CHECK(all[i]->what.zh && all[i]->what.en && all[i]->erase);
        for (int k = 0; k < i; k++)
            CHECK(!str_eq(str_of(all[i]->name), str_of(all[k]->name)));
    }
}
