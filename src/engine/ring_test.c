/* ring_test.c -- an alarm that nobody takes rings on: over hours, restarts and clocks that jump, with nobody on shift and with
 * no telephone at all; and stops when a human has it. */
#include "engine/ring_port.h"
#include "test/world.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

enum { RINGING, TAKEN, DONE };
static const struct state states[] = {
    [RINGING] = { "ringing", L("呼叫中", "Ringing"), PHASE_OPEN, "alarm.answer", LATE_RING, NULL },
    [TAKEN] = { "taken", L("已接", "Taken"), PHASE_ACTIVE, "report.handle", LATE_SUPERVISE, NULL },
    [DONE] = { "done", L("办结", "Done"), PHASE_DONE, NULL, LATE_NONE, NULL }, { 0 } };
static const struct move moves[] = {
    { "take", RINGING, TAKEN, R(DUTY), L("接警", "Take"), NULL, 0, NULL, NULL, MOVE_CLAIMS },
    { "let_go", TAKEN, RINGING, R(DUTY), L("放手", "Let go"), NULL, 0, NULL, NULL, 0 },
    { "finish", TAKEN, DONE, R(DUTY), L("办结", "Finish"), NULL, 0, NULL, NULL, 0 }, { 0 } };
static const struct kind siren_kind = { .name = "siren", .prefix = "JD", .label = L("警笛", "Siren"), .total_clock = "report.total",
                                 .states = states, .moves = moves };
static const struct kind *const kinds[] = { &siren_kind, NULL };
static const struct module siren = { .name = "siren", .label = L("警笛", "Siren"), .kinds = kinds };
static const struct module *const siren_modules[] = { &siren, NULL };

#define OFFICER "13800000101"
#define OFFICER2 "13800000102"
#define LEADER "13800000103"
#define SLEEPER "13800000104"
#define DIRECT "13800000003"
#define COORDINATE "13800000001"
#define STREET_LEADER "13800000002"

struct scene {
    struct world *w;
    struct ring_twin *twin;
    struct ring_port *ports[3];
    struct ringer *ringer;
    int64_t alarm;
    bool with_roster;
    const char *phone;                 /* of the street office */
    enum ring_result answers;
};

static void put_shift(struct tx *tx, int64_t org, const char *kind, const char *name, const char *phone, ms from, ms to)
{
    struct seat seat = { .org = org, .kind = str_of(kind), .name = str_of(name), .phone = str_of(phone) };
    struct shift shift = { .seat = seat_put(tx, &seat), .kind = S("night"), .from = from, .to = to };
    if (to)
        shift_put(tx, &shift);
}

static void fill(struct tx *tx, void *arg)
{
    struct scene *s = arg;
    struct world *w = s->w;
    struct org o = { 0 };
    if (s->with_roster) {
        put_shift(tx, w->org_street, "duty_officer", "值班员甲", OFFICER, tx->now - HOURS(1), tx->now + DAYS(3));
        put_shift(tx, w->org_street, "duty_officer", "值班员乙", OFFICER2, tx->now - HOURS(1), tx->now + DAYS(3));
        put_shift(tx, w->org_street, "duty_leader", "带班领导", LEADER, tx->now - HOURS(1), tx->now + DAYS(3));
        put_shift(tx, w->org_street, "duty_officer", "下班的人", SLEEPER, 0, 0);
    }
    if (s->phone && org_get(tx, w->org_street, &o)) {
        o.phone = str_of(s->phone);
        org_put(tx, &o);
    }
}

static enum ring_result answer(void *arg, const struct ring_call *call)
{
    (void)call;
    return ((struct scene *)arg)->answers;
}

static void do_open(struct tx *tx, void *arg)
{
    struct scene *s = arg;
    struct world *w = s->w;
    struct matter m = {
        .kind = &siren_kind, .title = S("按键"), .urgency = URGENCY_ALARM,
        .place = { .area = w->grid1, .street = w->street, .community = w->community1, .grid = w->grid1 },
    };
    s->alarm = matter_open(tx, &who_system, &m, 0, S(""));
}

static struct scene scene_open(struct test_db *db, bool with_roster, const char *phone)
{
    struct scene s = { .with_roster = with_roster, .phone = phone, .answers = RING_RANG };
    s.w = world_open_with(db, siren_modules);
    world_write(s.w, fill, &s, NULL);
    world_turn(s.w);
    return s;
}

static void scene_ring(struct scene *s)
{
    s->twin = ring_twin_new(answer, s);
    s->ports[0] = ring_twin_port(s->twin);
    s->ringer = ringer_new(s->w->engine, s->ports, "https://wx.example/m/");
    world_write(s->w, do_open, s, NULL);
    ringer_turn(s->ringer);
}

static void scene_close(struct scene *s)
{
    ringer_free(s->ringer);
    ring_twin_free(s->twin);
    world_close(s->w);
}

static void pass(struct scene *s, ms by)
{
    s->w->clock.at += by;
    world_turn(s->w);
    ringer_turn(s->ringer);
}

static int times(struct scene *s, const char *number)
{
    int count = 0;
    for (int i = 0; i < ring_twin_count(s->twin); i++)
        count += !strcmp(ring_twin_number(s->twin, i), number);
    return count;
}

static void do_move(struct tx *tx, void *arg)
{
    struct { struct scene *s; const char *verb; } *a = arg;
    struct moving mv = { .who = &a->s->w->duty };
    matter_move(tx, a->s->alarm, a->verb, &mv);
}

static void move(struct scene *s, const char *verb)
{
    struct { struct scene *s; const char *verb; } a = { s, verb };
    world_write(s->w, do_move, &a, NULL);
}

TEST_STORES(the_climb_rings_the_next_seat_at_30_s_60_s_and_then_each_minute)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    CHECK_INT(ring_twin_count(s.twin), 2);                    /* both officers at once, nobody else */
    CHECK_INT(times(&s, OFFICER) + times(&s, OFFICER2), 2);
    pass(&s, SECONDS(29));
    CHECK_INT(ring_twin_count(s.twin), 2);
    pass(&s, SECONDS(1));
    CHECK_INT(times(&s, LEADER), 1);
    CHECK_INT(times(&s, OFFICER), 2);                         /* a wider circle: the first ones ring again */
    pass(&s, SECONDS(29));
    CHECK_INT(times(&s, LEADER), 1);
    pass(&s, SECONDS(1));
    CHECK_INT(times(&s, LEADER), 2);
    CHECK_INT(times(&s, SLEEPER), 1);                         /* the office has no telephone: off duty comes next */
    CHECK_INT(times(&s, DIRECT), 0);
    pass(&s, SECONDS(60));
    CHECK_INT(times(&s, DIRECT), 1);
    pass(&s, SECONDS(60));
    pass(&s, SECONDS(60));
    CHECK_INT(times(&s, COORDINATE) + times(&s, STREET_LEADER), 3);   /* one, then both */
    int before = times(&s, OFFICER);
    for (int i = 0; i < 8 * 60; i++)
        pass(&s, SECONDS(60));                                /* eight hours: nobody, and it never ends */
    CHECK_INT(times(&s, OFFICER), before + 8 * 60);
    scene_close(&s);
}

TEST_STORES(a_human_who_takes_it_stops_the_ringing_and_letting_go_starts_it_again)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    move(&s, "take");
    int before = ring_twin_count(s.twin);
    for (int i = 0; i < 10; i++)
        pass(&s, SECONDS(60));
    CHECK_INT(ring_twin_count(s.twin), before);
    move(&s, "let_go");
    ringer_turn(s.ringer);
    CHECK_INT(ring_twin_count(s.twin), before + 2);
    pass(&s, SECONDS(30));
    CHECK_INT(times(&s, LEADER), 1);
    scene_close(&s);
}

TEST_STORES(overdue_steps_ring_at_once_after_a_restart_or_a_clock_that_jumps)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    s.w->clock.at += HOURS(3);                                /* the server was off */
    ringer_free(s.ringer);
    s.ringer = ringer_new(s.w->engine, s.ports, NULL);
    ringer_turn(s.ringer);
    CHECK_INT(times(&s, LEADER), 1);
    CHECK_INT(times(&s, OFFICER), 2);                         /* once, not three hours' worth */
    pass(&s, -HOURS(2));                                      /* set back by two hours: rings at once, then by its pace */
    CHECK_INT(times(&s, OFFICER), 3);
    pass(&s, SECONDS(60));
    CHECK_INT(times(&s, OFFICER), 4);
    scene_close(&s);
}

TEST_STORES(with_nobody_on_shift_the_office_rings_and_then_everybody)
{
    struct scene s = scene_open(db, false, "0371-60000001");
    scene_ring(&s);
    CHECK_INT(ring_twin_count(s.twin), 1);
    CHECK_STR(str_of(ring_twin_number(s.twin, 0)), "037160000001");
    for (int i = 0; i < 4; i++)
        pass(&s, SECONDS(60));
    CHECK(times(&s, DIRECT) > 0);
    CHECK(times(&s, STREET_LEADER) > 0);
    scene_close(&s);
}

TEST_STORES(when_all_of_a_step_fail_the_next_seat_rings_at_once_and_then_it_keeps_its_pace)
{
    struct scene s = scene_open(db, true, NULL);
    s.answers = RING_BUSY;
    scene_ring(&s);                                           /* within this instant all seats are tried, each once or a few times */
    CHECK(times(&s, STREET_LEADER) > 0);
    int before = ring_twin_count(s.twin);
    pass(&s, SECONDS(20));
    CHECK_INT(ring_twin_count(s.twin), before);               /* no storm: everybody was tried */
    pass(&s, SECONDS(40));
    CHECK(ring_twin_count(s.twin) > before);
    scene_close(&s);
}

struct seen { int64_t matter; int rings, nobody, rows, no_port, rang, said; struct str last_note; };
SQL(test_events, "select verb from outbox where matter = $1 and verb in ('ring', 'ring_nobody') order by id");
static void look(struct tx *tx, void *arg)
{
    struct seen *seen = arg;
    struct str verb;
    struct attempt a;
    seen->rings = seen->nobody = seen->rows = seen->no_port = seen->rang = seen->said = 0;
    struct rows rows = db_get(tx, test_events, IN(seen->matter));
    while (db_row(&rows, OUT(&verb)))
        *(str_is(verb, "ring") ? &seen->rings : &seen->nobody) += 1;
    rows = ring_list(tx, seen->matter, 0, 10000);
    while (ring_row(&rows, &a)) {
        seen->rows++;
        seen->no_port += a.result == RING_NO_PORT;
        seen->rang += a.result == RING_RANG && a.rang_at && a.asked_at && a.ended_at;
        seen->said += a.result == RING_LOGGED;
        seen->last_note = arena_copy(tx->arena, a.note);
    }
}

TEST_STORES(without_any_port_it_counts_nothing_and_every_screen_is_told)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    ringer_free(s.ringer);
    s.ringer = ringer_new(s.w->engine, NULL, NULL);           /* the null port */
    world_write(s.w, do_open, &s, NULL);
    pass(&s, 0);
    pass(&s, SECONDS(60));
    pass(&s, SECONDS(60));
    struct seen seen = { .matter = s.alarm };
    world_read(s.w, look, &seen);
    CHECK(seen.rows > 6);
    CHECK_INT(seen.no_port, seen.rows);
    CHECK(seen.nobody >= 2);
    scene_close(&s);
}

static void empty_phones(struct tx *tx, void *arg)
{
    struct world *w = arg;
    struct seat seats[8], s;
    int count = 0;
    struct rows rows = seat_list(tx, 0, 0);
    while (count < 8 && seat_row(&rows, &s))
        seats[count++] = s;
    for (int i = 0; i < count; i++) {
        seats[i].phone = S("");
        seat_put(tx, &seats[i]);
    }
    (void)w;
}

TEST_STORES(with_no_number_at_all_the_screens_are_told_each_minute_without_end)
{
    struct scene s = scene_open(db, false, NULL);
    world_write(s.w, empty_phones, s.w, NULL);
    scene_ring(&s);
    for (int i = 0; i < 60; i++)
        pass(&s, SECONDS(60));
    struct seen seen = { .matter = s.alarm };
    world_read(s.w, look, &seen);
    CHECK_INT(seen.rows, 0);
    CHECK(seen.nobody >= 60);
    scene_close(&s);
}

static void do_people(struct tx *tx, void *arg)
{
    struct scene *s = arg;
    ring_person(tx, s->alarm, 0, S("女儿某"), S("138 0000 0777"), "family");
    ring_said(tx, &s->w->duty, s->alarm, S("楼下邻居"), S(""), S("已敲门，有人应声"));
}

TEST_STORES(family_rings_in_parallel_and_a_call_by_hand_counts)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    world_write(s.w, do_people, &s, NULL);
    move(&s, "take");                                         /* taking it stops the seats, not the family */
    ringer_turn(s.ringer);
    CHECK_INT(times(&s, "13800000777"), 1);
    struct seen seen = { .matter = s.alarm };
    world_read(s.w, look, &seen);
    CHECK_INT(seen.said, 1);
    CHECK_INT(seen.rang, 3);
    for (int i = 0; i < ring_twin_count(s.twin); i++) {       /* number and link, nothing else */
        struct str text = str_of(ring_twin_text(s.twin, i));
        CHECK(str_has(text, S("JD-261123-")) && str_has(text, S("https://wx.example/m/")));
        CHECK(!str_has(text, S("按键")) && !str_has(text, S("桂花")));
    }
    scene_close(&s);
}

TEST_STORES(nobody_is_rung_for_a_matter_that_has_ended)
{
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    move(&s, "take");
    world_write(s.w, do_people, &s, NULL);
    move(&s, "finish");
    ringer_turn(s.ringer);
    CHECK_INT(times(&s, "13800000777"), 0);
    scene_close(&s);
}

static void fails(struct ring_port *port, const struct ring_call *call, struct ring_outcome *outcome)
{
    (void)port;
    (void)call;
    outcome->result = RING_FAILED;
}

TEST_STORES(what_one_port_cannot_do_the_next_one_is_asked)
{
    static struct ring_port dead = { .name = "dead", .lines = 2, .ring = fails };
    struct scene s = scene_open(db, true, NULL);
    s.twin = ring_twin_new(answer, &s);
    s.ports[0] = &dead;
    s.ports[1] = ring_twin_port(s.twin);
    s.ringer = ringer_new(s.w->engine, s.ports, NULL);
    world_write(s.w, do_open, &s, NULL);
    ringer_turn(s.ringer);
    CHECK_INT(ring_twin_count(s.twin), 2);
    pass(&s, SECONDS(29));
    CHECK_INT(ring_twin_count(s.twin), 2);                    /* it rang: the climb keeps its pace */
    scene_close(&s);
}

static void file_bytes_max(rlim_t bytes)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

TEST_STORES(a_full_disk_silences_nobody)
{
    if (db->url)
        return;                                               /* its disk is the server's */
    struct scene s = scene_open(db, true, NULL);
    scene_ring(&s);
    signal(SIGXFSZ, SIG_IGN);
    file_bytes_max(1);
    int before = ring_twin_count(s.twin);
    s.w->clock.at += SECONDS(30);
    ringer_turn(s.ringer);
    CHECK_INT(ring_twin_count(s.twin), before + 2);           /* step 1 once more, from what can be read */
    ringer_turn(s.ringer);
    CHECK_INT(ring_twin_count(s.twin), before + 2);           /* no storm */
    s.w->clock.at += SECONDS(60);
    ringer_turn(s.ringer);
    CHECK_INT(times(&s, LEADER), 1);                          /* and wider */
    file_bytes_max(RLIM_INFINITY);
    pass(&s, SECONDS(60));
    struct seen seen = { .matter = s.alarm };
    world_read(s.w, look, &seen);
    CHECK_INT(seen.rows * 100 + seen.rang, 505);              /* rows again */
    scene_close(&s);
}

TEST_STORES(lines_of_their_own_ring_within_a_moment_and_end_with_the_server)
{
    struct scene s = scene_open(db, true, NULL);
    s.twin = ring_twin_new(answer, &s);
    s.ports[0] = ring_twin_port(s.twin);
    s.ringer = ringer_start(s.w->engine, s.ports, NULL);
    world_write(s.w, do_open, &s, NULL);
    struct seen seen = { .matter = s.alarm };
    while (ring_twin_count(s.twin) < 2 || seen.rang < 2)      /* waits on the event, never on time */
        world_read(s.w, look, &seen);
    ringer_stop(s.ringer);
    s.ringer = NULL;
    scene_close(&s);
}
