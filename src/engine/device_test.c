/* device_test.c -- devices, signals told once, and the local file that stands in for a store that is away. */
#include "engine/intake.h"
#include "test/office.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int told_help, told_refused;
static bool refuse_help;

static int64_t help(struct tx *tx, const struct device *d, const struct signal *s)
{
    if (refuse_help) {
        told_refused++;
        tx_refuse(tx, ERR_CONFLICT, 0);
        return 0;
    }
    told_help += str_is(d->kind, "button") && s->raw.n > 0;
    return 4711;
}
static const struct signal_told on_help = { "rescue", help };

struct act { struct office *o; struct device d; struct who who; int64_t id; };
static void put_device(struct tx *tx, void *arg)
{
    struct act *a = arg;
    int64_t id = device_put(tx, &a->who, &a->d);
    if (id)
        a->id = id;
}

static struct act with_button(struct office *o)
{
    struct act a = { .o = o, .who = who_system, .d = { .kind = S("button"), .protocol = S("test"), .account = S("B1"),
        .area = o->courtyard, .interval_s = 3600, .key = S("0123456789abcdef") } };
    office_write(o, put_device, &a);
    return a;
}

static struct intake *opened(struct office *o)
{
    struct fault fault = { 0 };
    struct intake *in = intake_open(o->engine, &fault);
    CHECK(in);
    return in;
}

static bool press(struct intake *in, const char *account, const char *sequence, enum err *ret_code)
{
    struct fault fault = { 0 };
    struct signal_in s = { .protocol = S("test"), .account = str_of(account), .sequence = str_of(sequence), .kind = S("rescue"),
                           .raw = S("\x01\x00\xff") };
    bool ok = intake_take(in, &s, &fault);
    if (ret_code)
        *ret_code = fault.code;
    return ok;
}

SQL(count_signals, "select count(*), coalesce(sum(case when applied_at is not null then 1 else 0 end), 0), max(matter),"
    " coalesce(max(tries), 0) from signal");
struct counts { int64_t all, applied, matter, tries; };
static struct counts counted(struct office *o)
{
    struct counts c = { 0 };
    struct tx *tx = office_read(o);
    CHECK(db_one(tx, count_signals, IN(), OUT(&c.all, &c.applied, &c.matter, &c.tries)));
    read_end(tx);
    return c;
}

TEST_STORES(a_signal_is_told_once_however_often_it_is_sent)
{
    struct office o;
    enum err code;
    signal_register(&on_help);
    office_open(&o, db);
    struct act a = with_button(&o);
    struct intake *in = opened(&o);
    for (int i = 0; i < 3; i++)
        CHECK(press(in, "B1", "s1", NULL));                          /* the repeats are acknowledged too */
    CHECK(press(in, "B1", "s2", NULL));
    struct counts c = counted(&o);
    CHECK_INT(c.all, 2);
    CHECK_INT(c.applied, 2);
    CHECK_INT(c.matter, 4711);
    CHECK_INT(told_help, 2);
    CHECK(!press(in, "B9", "s1", &code));
    CHECK_INT(code, ERR_NOT_FOUND);
    struct device d = { 0 };
    struct tx *tx = office_read(&o);
    CHECK(device_get(tx, a.id, &d));
    CHECK_INT(d.seen_at, o.clock.at);
    CHECK_STR(device_key(tx, a.id), "0123456789abcdef");
    read_end(tx);
    intake_close(in);
    office_close(&o);
}

TEST_STORES(a_signal_that_a_module_refuses_is_kept_tried_again_and_shown)
{
    struct office o;
    signal_register(&on_help);
    office_open(&o, db);
    with_button(&o);
    struct intake *in = opened(&o);
    refuse_help = true;
    CHECK(press(in, "B1", "s1", NULL));                              /* on disk, so the device may rest */
    CHECK_INT(counted(&o).applied, 0);
    CHECK_INT(signals_turn(o.engine), 0);
    refuse_help = false;
    CHECK_INT(signals_turn(o.engine), 1);
    CHECK_INT(counted(&o).applied, 1);
    CHECK_INT(told_help, 1);
    refuse_help = true;
    CHECK(press(in, "B1", "s2", NULL));
    for (int i = 0; i < 8; i++)
        signals_turn(o.engine);
    CHECK_INT(counted(&o).tries, SIGNAL_TRIES_MAX);
    CHECK(told_refused >= 2 + SIGNAL_TRIES_MAX);                     /* an apply may be run again */
    struct tx *tx = office_read(&o);
    CHECK_INT(signal_stuck(tx), 1);
    read_end(tx);
    intake_close(in);
    office_close(&o);
}

SQL(select_data, "select data from signal where sequence = 's2'");

struct putting { struct signal_in in; bool fresh; };
static void put_signal(struct tx *tx, void *arg)
{
    struct putting *p = arg;
    signal_put(tx, &p->in, &p->fresh);
}

TEST_STORES(kinds_are_a_closed_list_data_is_kept_and_a_heartbeat_is_no_row)
{
    struct office o;
    struct device d = { 0 };
    struct str data = { 0 };
    office_open(&o, db);
    with_button(&o);
    CHECK_INT(signal_class(o.engine, S("rescue")), SIGNAL_ALARM);
    CHECK_INT(signal_class(o.engine, S("battery_ok")), SIGNAL_END);
    CHECK_INT(signal_class(o.engine, S("dance")), SIGNAL_UNKNOWN);
    struct putting p = { .in = { .protocol = S("test"), .account = S("B1"), .kind = S("heartbeat") } };
    o.clock.at += MINUTES(5);
    office_write(&o, put_signal, &p);
    CHECK(!p.fresh);
    CHECK_INT(counted(&o).all, 0);
    p.in = (struct signal_in){ .protocol = S("test"), .account = S("B1"), .sequence = S("s1"), .kind = S("dance") };
    CHECK_INT(office_try(&o, put_signal, &p, NULL), ERR_INVALID);
    p.in = (struct signal_in){ .protocol = S("test"), .account = S("B1"), .kind = S("rescue") };
    CHECK_INT(office_try(&o, put_signal, &p, NULL), ERR_INVALID);
    p.in = (struct signal_in){ .protocol = S("test"), .account = S("B1"), .sequence = S("s2"), .kind = S("rescue"), .data = S("17") };
    CHECK_INT(office_try(&o, put_signal, &p, NULL), ERR_INVALID);
    p.in.data = S("{\"zone\":3}");
    office_write(&o, put_signal, &p);
    CHECK(p.fresh);
    struct tx *tx = office_read(&o);
    CHECK(device_by_account(tx, S("test"), S("B1"), &d));
    CHECK_INT(d.seen_at, o.clock.at);
    CHECK(db_one(tx, select_data, IN(), OUT(&data)));
    CHECK_STR(data, "{\"zone\":3}");
    read_end(tx);
    office_close(&o);
}

/* --- a store that is away --------------------------------------------------------------------------------------------- */

static bool away;
static bool maybe_away(struct engine *e, const struct signal_in *s, struct fault *fault)
{
    if (!away)
        return intake_store_put(e, s, fault);
    fault_set(fault, ERR_UNAVAILABLE, 0);
    return false;
}

static int64_t file_bytes(struct office *o, const char *name)
{
    struct stat st = { 0 };
    stat(arena_format(&o->arena, "%s/%s", o->engine->dir, name).p, &st);
    return st.st_size;
}

TEST_STORES(without_a_store_a_signal_waits_in_the_file_and_comes_in_once)
{
    struct office o;
    enum err code;
    signal_register(&on_help);
    office_open(&o, db);
    with_button(&o);
    struct intake *in = opened(&o);
    intake_set_put(in, maybe_away);
    away = true;
    CHECK(press(in, "B1", "s1", NULL) && press(in, "B1", "s1", NULL) && press(in, "B1", "s2", NULL));
    CHECK(!press(in, "B9", "s1", &code) && code == ERR_UNAVAILABLE);         /* nobody's: it must not fill the file */
    CHECK(intake_waiting_bytes(in) > 0 && file_bytes(&o, "intake") == intake_waiting_bytes(in));
    CHECK_INT(intake_drain(in), 0);
    CHECK_INT(counted(&o).all, 0);
    ms pressed_at = o.clock.at;
    o.clock.at += MINUTES(7);
    intake_close(in);                                                /* a restart in between */
    in = opened(&o);
    intake_set_put(in, maybe_away);
    away = false;
    CHECK_INT(intake_drain(in), 3);
    CHECK_INT(intake_drain(in), 0);
    CHECK_INT(file_bytes(&o, "intake"), 0);
    struct counts c = counted(&o);
    CHECK_INT(c.all, 2);
    CHECK_INT(told_help, 2);
    struct device d = { 0 };
    struct tx *tx = office_read(&o);
    CHECK(device_by_account(tx, S("test"), S("B1"), &d));
    CHECK_INT(d.seen_at, pressed_at);                                /* its own time, not the drain's */
    read_end(tx);
    intake_close(in);
    office_close(&o);
}

TEST_STORES(a_torn_tail_and_a_damaged_record_cost_nothing_but_themselves)
{
    struct office o;
    signal_register(&on_help);
    office_open(&o, db);
    with_button(&o);
    struct intake *in = opened(&o);
    intake_set_put(in, maybe_away);
    away = true;
    CHECK(press(in, "B1", "s1", NULL));
    int64_t one = intake_waiting_bytes(in);
    CHECK(press(in, "B1", "s2", NULL) && press(in, "B1", "s3", NULL));
    intake_close(in);
    const char *path = arena_format(&o.arena, "%s/intake", o.engine->dir).p;
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, "X", 1, one + 40) == 1);              /* inside the second record */
    CHECK(pwrite(fd, "\x50\x00\x00\x00torn", 8, file_bytes(&o, "intake")) == 8);
    close(fd);
    in = opened(&o);
    intake_set_put(in, maybe_away);
    CHECK(press(in, "B1", "s4", NULL));                              /* behind the torn one */
    away = false;
    CHECK_INT(intake_drain(in), 3);
    CHECK_INT(counted(&o).all, 3);
    CHECK(file_bytes(&o, "intake.refused") > 0);
    intake_close(in);
    office_close(&o);
}

struct presser { struct intake *in; pthread_t thread; int from; };
static void *press_many(void *arg)
{
    struct presser *p = arg;
    char sequence[16];
    for (int i = 0; i < 20; i++) {
        snprintf(sequence, sizeof sequence, "s%d", p->from + i);
        CHECK(press(p->in, "B1", sequence, NULL));
    }
    return NULL;
}

TEST_STORES(two_gateways_with_the_same_signals_tell_each_once)
{
    struct office o;
    signal_register(&on_help);
    office_open(&o, db);
    with_button(&o);
    struct intake *in = opened(&o);
    struct presser two[2] = { { .in = in, .from = 0 }, { .in = in, .from = 10 } };
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&two[i].thread, NULL, press_many, &two[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(two[i].thread, NULL);
    struct counts c = counted(&o);
    CHECK_INT(c.all, 30);
    signals_turn(o.engine);
    CHECK_INT(counted(&o).applied, 30);
    intake_close(in);
    office_close(&o);
}

TEST_STORES(silent_devices_are_known_and_wrong_ones_refused)
{
    struct office o;
    struct device d = { 0 };
    office_open(&o, db);
    struct act a = with_button(&o);
    struct tx *tx = office_read(&o);
    struct rows rows = device_silent(tx, 10);
    CHECK(!device_row(&rows, &d));
    read_end(tx);
    o.clock.at += HOURS(4);
    tx = office_read(&o);
    rows = device_silent(tx, 10);
    CHECK(device_row(&rows, &d) && d.id == a.id);
    rows_end(&rows);
    rows = device_list(tx, o.community, 0, 10);
    CHECK(device_row(&rows, &d) && !device_row(&rows, &d));
    read_end(tx);
    struct act wrong[] = {
        { .o = &o, .who = who_system, .d = { .kind = S("toaster"), .protocol = S("test"), .account = S("B2"), .area = o.courtyard } },
        { .o = &o, .who = who_system, .d = { .kind = S("button"), .protocol = S("test"), .area = o.courtyard } },
        { .o = &o, .who = who_system, .d = { .kind = S("button"), .protocol = S("test"), .account = S("B2") } },
        { .o = &o, .who = who_system, .d = { .kind = S("button"), .protocol = S("test"), .account = S("B2"), .area = o.courtyard,
                                             .state = S("lost") } },
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(office_try(&o, put_device, &wrong[i], NULL), ERR_INVALID);
    struct who stranger = { .account = 9, .roles = R(GRID), .channel = "web" };
    wrong[0].who = stranger;
    wrong[0].d = (struct device){ .kind = S("button"), .protocol = S("test"), .account = S("B3"), .area = o.courtyard };
    CHECK_INT(office_try(&o, put_device, &wrong[0], NULL), ERR_DENIED);
    office_close(&o);
}
