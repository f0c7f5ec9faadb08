/* person_test.c -- residents and reporters: sealed, masked, unmasked with a reason that stays, on both stores. */
#include "engine/person.h"
#include "test/errand.h"
#include "test/office.h"

#include <string.h>

/* The constructed number of STANDARDS.md 10.4: 1950-01-01, serial 001. */
#define NUMBER "410102195001010014"

static struct grant here_grant, far_grant;
static struct who worker(struct office *o)
{
    here_grant = (struct grant){ ROLE_GRID, o->grid, LEVEL_GRID, 0 };
    return (struct who){ .account = 41, .grants = &here_grant, .grant_count = 1, .roles = R(GRID), .channel = "web" };
}

static struct who stranger(void)
{
    far_grant = (struct grant){ ROLE_GRID, 424242, LEVEL_GRID, 0 };
    return (struct who){ .account = 42, .grants = &far_grant, .grant_count = 1, .roles = R(GRID), .channel = "web" };
}

struct act { struct office *o; struct who who; struct person p; struct str reason; int64_t id, id2; };

static void put(struct tx *tx, void *arg)
{
    struct act *a = arg;
    a->id = person_put(tx, &a->who, &a->p, "入户走访");
}

static struct act somebody(struct office *o)
{
    struct act a = { .o = o, .who = worker(o), .p = { .area = o->courtyard, .name = S("示范乙"), .id_number = S(NUMBER),
        .phone = S("138-0000-0007"), .address = S("示范区桂花路1号院1单元101"), .note = S("独居") } };
    office_write(o, put, &a);
    return a;
}

SQL(raw_person, "select name_sealed, phone_sealed, id_sealed from person where id = $1");
SQL(count_sources, "select count(*), max(confirmed_at) from person_source where person = $1");
SQL(count_access, "select count(*), max(reason) from access_log where noun_id = $1 and noun = $2");

TEST_STORES(a_resident_is_sealed_in_the_store_and_masked_on_the_page)
{
    struct office o;
    struct person p = { 0 };
    struct blob name = { S("") }, phone = name, number = name;
    office_open(&o, db);
    struct act a = somebody(&o);
    struct tx *tx = office_read(&o);
    CHECK(person_masked(tx, a.id, &p));
    CHECK_STR(p.phone, "138****0007");
    CHECK(!str_has(p.name, S("乙")) && !str_has(p.id_number, S("19500101")) && !str_has(p.note, S("独")));
    CHECK_INT(p.born, 19500101);
    CHECK(db_one(tx, raw_person, IN(a.id), OUT(&name, &phone, &number)));
    CHECK(name.bytes.n > 40 && !str_has(name.bytes, S("示范")) && !str_has(phone.bytes, S("0007")) && !str_has(number.bytes, S("1950")));
    int64_t id = 0;
    struct rows rows = person_by_phone(tx, S("13800000007"));
    CHECK(db_row(&rows, OUT(&id)) && id == a.id && !db_row(&rows, OUT(&id)));
    rows = person_by_phone_tail(tx, S("0007"), 5);
    CHECK(db_row(&rows, OUT(&id)) && id == a.id);
    rows_end(&rows);
    rows = person_by_phone(tx, S("13800000008"));
    CHECK(!db_row(&rows, OUT(&id)));
    read_end(tx);
    office_close(&o);
}

TEST_STORES(every_field_knows_its_source_and_the_same_value_only_confirms)
{
    struct office o;
    int64_t count = 0, confirmed = 0;
    office_open(&o, db);
    struct act a = somebody(&o);
    o.clock.at += DAYS(30);
    struct act again = { .o = &o, .who = a.who, .p = { .area = o.courtyard, .id_number = S(NUMBER), .phone = S("13800000008") } };
    office_write(&o, put, &again);
    CHECK_INT(again.id, a.id);                                       /* the number finds him */
    struct tx *tx = office_read(&o);
    CHECK(db_one(tx, count_sources, IN(a.id), OUT(&count, &confirmed)));
    CHECK_INT(count, 6);                                             /* five fields, one of them twice */
    CHECK_INT(confirmed, o.clock.at);
    struct person p = { 0 };
    CHECK(person_clear(tx, a.id, &p));
    CHECK_STR(p.phone, "13800000008");
    CHECK_STR(p.name, "示范乙");
    read_end(tx);
    office_close(&o);
}

TEST_STORES(wrong_numbers_and_foreign_areas_are_refused)
{
    struct office o;
    office_open(&o, db);
    struct act a = { .o = &o, .who = worker(&o), .p = { .area = o.courtyard, .id_number = S("410102195001010015") } };
    CHECK_INT(office_try(&o, put, &a, NULL), ERR_INVALID);
    a.p = (struct person){ .area = o.courtyard, .phone = S("12") };
    CHECK_INT(office_try(&o, put, &a, NULL), ERR_INVALID);
    a = (struct act){ .o = &o, .who = stranger(), .p = { .area = o.courtyard, .name = S("示范丙") } };
    CHECK_INT(office_try(&o, put, &a, NULL), ERR_DENIED);
    struct act known = somebody(&o);
    a = (struct act){ .o = &o, .who = stranger(), .p = { .id = known.id, .name = S("改名") } };
    CHECK(office_try(&o, put, &a, NULL) != ERR_OK);
    office_close(&o);
}

static void unmask(struct tx *tx, void *arg)
{
    struct act *a = arg;
    person_unmask(tx, &a->who, a->id, a->reason, &a->p);
}

static int64_t looks(struct office *o, int64_t id, const char *noun, struct str *ret_reason)
{
    int64_t count = 0;
    struct tx *tx = office_read(o);
    db_one(tx, count_access, IN(id, noun), OUT(&count, ret_reason));
    read_end(tx);
    return count;
}

TEST_STORES(unmasking_needs_a_reason_and_each_try_is_logged_once)
{
    struct office o;
    struct str reason = S("");
    office_open(&o, db);
    struct act a = somebody(&o);
    a.p = (struct person){ 0 };
    a.reason = S(" ");
    CHECK_INT(office_try(&o, unmask, &a, NULL), ERR_INVALID);
    CHECK_INT(a.p.phone.n, 0);
    CHECK_INT(looks(&o, a.id, "person", &reason), 1);                /* refused, and logged */
    a.reason = S("核实住址");
    office_write(&o, unmask, &a);
    CHECK_STR(a.p.phone, "13800000007");
    CHECK_STR(a.p.id_number, NUMBER);
    CHECK_INT(looks(&o, a.id, "person", &reason), 2);                /* allowed, and logged once */
    CHECK_STR(reason, "核实住址");
    struct act far = { .o = &o, .who = stranger(), .id = a.id, .reason = S("随便看看") };
    CHECK_INT(office_try(&o, unmask, &far, NULL), ERR_NOT_FOUND);
    CHECK_INT(far.p.phone.n, 0);
    CHECK_INT(looks(&o, a.id, "person", &reason), 3);
    struct access_item item = { 0 };
    struct tx *tx = office_read(&o);
    struct rows rows = access_list(tx, "person", a.id, 10);
    CHECK(access_row(&rows, &item));
    CHECK_INT(item.account, 42);                                     /* the resident can be told who looked */
    rows_end(&rows);
    read_end(tx);
    office_close(&o);
}

/* --- reporters ------------------------------------------------------------------------------------------------------ */

static void report(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct place place = { 0 };
    CHECK(area_place(tx, a->o->courtyard, &place));
    a->id = errand_open(tx, &who_system, place, "墙歪了");
    struct reporter open = { .name = S("示范丁"), .phone = S("138 0000 0009"), .channel = S("phone") };
    struct reporter hidden = { .name = S("示范戊"), .phone = S("13800000010"), .confidential = true, .channel = S("web") };
    a->id2 = reporter_add(tx, a->id, &hidden);
    reporter_add(tx, a->id, &open);
}

struct unmasking { struct who who; int64_t matter, reporter; struct str reason; struct reporter clear; };
static void unmask_reporter(struct tx *tx, void *arg)
{
    struct unmasking *u = arg;
    reporter_unmask(tx, &u->who, u->matter, u->reporter, u->reason, &u->clear);
}

TEST_STORES(reporters_are_masked_and_a_hidden_one_is_for_the_desk_only)
{
    struct office o;
    struct reporter r = { 0 };
    office_open_with(&o, db, errand_modules);
    struct act a = { .o = &o };
    office_write(&o, report, &a);
    struct tx *tx = office_read(&o);
    struct rows rows = reporter_get(tx, a.id);
    int64_t open_id = 0;
    for (int i = 0; i < 2; i++) {
        CHECK(reporter_row(tx, &rows, &r));
        CHECK(!str_has(r.phone, S("0000")) && !str_has(r.name, S("丁")) && !str_has(r.name, S("戊")));
        if (r.confidential)
            CHECK(!str_has(r.phone, S("0010")) && !str_has(r.name, S("示")));      /* not even the family name */
        else
            open_id = r.id;
    }
    CHECK(!reporter_row(tx, &rows, &r));
    int64_t id = 0;
    rows = reporter_matters(tx, S("13800000009"), 10);
    CHECK(db_row(&rows, OUT(&id)) && id == a.id && !db_row(&rows, OUT(&id)));
    read_end(tx);
    struct unmasking u = { .who = worker(&o), .matter = a.id, .reporter = open_id, .reason = S("上门联系") };
    office_write(&o, unmask_reporter, &u);
    CHECK_STR(u.clear.phone, "13800000009");
    struct unmasking hidden = { .who = worker(&o), .matter = a.id, .reporter = a.id2, .reason = S("上门联系") };
    CHECK_INT(office_try(&o, unmask_reporter, &hidden, NULL), ERR_DENIED);
    CHECK_INT(hidden.clear.phone.n, 0);
    struct str reason = S("");
    CHECK_INT(looks(&o, a.id2, "reporter", &reason), 1);
    struct grant desk = { ROLE_CLERK, o.street, LEVEL_STREET, 0 };
    hidden.who = (struct who){ .account = 43, .grants = &desk, .grant_count = 1, .roles = R(CLERK), .channel = "web" };
    office_write(&o, unmask_reporter, &hidden);
    CHECK_STR(hidden.clear.name, "示范戊");
    struct unmasking far = { .who = stranger(), .matter = a.id, .reporter = open_id, .reason = S("随便看看") };
    CHECK_INT(office_try(&o, unmask_reporter, &far, NULL), ERR_NOT_FOUND);
    office_close(&o);
}
