/* device.c -- see device.h. A signal is written first and understood afterwards: what a module refuses stays as a row that
 * is tried again and then shown, never as a lost call for help. */
#include "engine/device.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/device_account.h"
#include "engine/device_meaning.h"
#include "engine/keys.h"
#include "engine/rule.h"

#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>

#define DEVICE_COLUMNS "d.id, d.person, d.area, d.kind, d.vendor, d.protocol, d.account, d.state, d.clock, d.interval_s, d.seen_at"
#define DEVICE_OUT(d) OUT(&(d)->id, &(d)->person, &(d)->area, &(d)->kind, &(d)->vendor, &(d)->protocol, &(d)->account, \
    &(d)->state, &(d)->clock, &(d)->interval_s, &(d)->seen_at)
SQL(select_device, "select " DEVICE_COLUMNS " from device d where d.id = $1");
SQL(select_account, "select " DEVICE_COLUMNS " from device d where d.protocol = $1 and d.account = $2");
SQL(select_key, "select key_sealed from device where id = $1");
SQL(insert_device, "insert into device(id, kind, vendor, protocol, account, person, area, interval_s, state, clock, made_at, changed_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
SQL(update_device, "update device set kind = $1, vendor = $2, person = $3, area = $4, interval_s = $5, state = $6, clock = $7,"
    " changed_at = $8 where id = $9");
SQL(update_key, "update device set key_sealed = $1 where id = $2");
/* Not for less than 5 s: the signals of one panel in distress would otherwise wait for each other's row. */
SQL(update_seen, "update device set seen_at = $1 where id = $2 and (seen_at is null or seen_at + 5000 <= $1)");
SQL(select_all, "select " DEVICE_COLUMNS " from device d where d.id > $1 order by d.id limit $2");
SQL(select_below, "with recursive down(id) as (select cast($1 as bigint) union all select a.id from area a join down x on a.parent = x.id)"
    " select " DEVICE_COLUMNS " from device d join down on down.id = d.area where d.id > $2 order by d.id limit $3");
SQL(select_silent, "select " DEVICE_COLUMNS " from device d where d.state = 'active' and d.interval_s > 0"
    " and coalesce(d.seen_at, d.made_at) + d.interval_s * 3000 < $1 order by coalesce(d.seen_at, d.made_at), d.id limit $2");
SQL(insert_signal, "insert into signal(id, device, sequence, kind, device_at, at, data, raw) values ($1, $2, $3, $4, $5, $6, $7, $8)"
    " on conflict do nothing");
SQL(select_repeated, "select id, at from signal where device = $1 and sequence >= $2 and sequence < $3 order by sequence desc limit 1");
SQL(select_known, "select id from signal where device = $1 and sequence = $2");
SQL(select_begins, "select s.sequence from device d join signal s on s.device = d.id where d.protocol = $1 and d.account = $2"
    " and s.sequence >= $3 and s.sequence < $4 order by s.at desc limit 1");
SQL(select_signal, "select id, device, matter, tries, sequence, kind, data, raw, device_at, at from signal where id = $1");
SQL(mark_applied, "update signal set applied_at = $1 where id = $2 and applied_at is null");
SQL(mark_matter, "update signal set matter = $1 where id = $2");
SQL(mark_tried, "update signal set tries = tries + 1 where id = $1 and applied_at is null");
SQL(select_waiting, "select id from signal where applied_at is null and tries < $1 order by id limit $2");
SQL(count_stuck, "select count(*) from signal where applied_at is null and tries >= $1");

enum { TOLD_MAX = 64, TURN_SIGNALS = 50, SEQUENCE_BYTES_MAX = 100 };
static const struct signal_told *told[TOLD_MAX];
static int told_count;

void signal_register(const struct signal_told *t)
{
    for (int i = 0; i < told_count; i++)
        if (told[i] == t)
            return;
    assert(told_count < TOLD_MAX);
    told[told_count++] = t;
}

/* --- devices -------------------------------------------------------------------------------------------------------- */

static bool bad(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
    return false;
}

static bool check(struct tx *tx, const struct who *who, struct device *d)
{
    struct place place = { 0 };
    d->state = d->state.n ? d->state : S("active");
    rule_check(tx, "device_kinds", d->kind, "kind", (struct label)L("设备类型", "Kind"));
    if (d->kind.n == 0)
        bad(tx, "kind", (struct label)L("设备类型", "Kind"), (struct label)L("请选择类型", "Choose a kind"));
    if (!str_is(d->state, "active") && !str_is(d->state, "testing") && !str_is(d->state, "retired"))
        bad(tx, "state", (struct label)L("状态", "State"), (struct label)L("应为 active、testing 或 retired", "active, testing or retired"));
    if (d->protocol.n == 0 || d->protocol.n > 20 || d->account.n == 0 || d->account.n > 100)
        bad(tx, "account", (struct label)L("设备编号", "Account"), (struct label)L("请填写协议和设备编号", "Give protocol and account"));
    device_account_check(&tx->fault, d->protocol, d->account);
    if (d->clock.n && !str_is(d->clock, "binary") && !str_is(d->clock, "bcd"))
        bad(tx, "clock", (struct label)L("时间写法", "Clock"), (struct label)L("应为 binary 或 bcd，或不填", "binary, bcd or left out"));
    if (d->interval_s < 0 || d->interval_s > 30 * 86400)
        bad(tx, "interval_s", (struct label)L("心跳间隔", "Interval"), (struct label)L("应在 30 天以内", "at most 30 days"));
    if (d->area == 0)
        bad(tx, "area", (struct label)L("安装位置", "Place"), (struct label)L("设备要有位置", "A device has a place"));
    else if (area_place(tx, d->area, &place) && !who_may(who, R_STAFF, place, 0) && !who_has(who, R(ADMIN)))
        tx_refuse(tx, ERR_DENIED, 0);
    return !tx_failed(tx);
}

static void put_key(struct tx *tx, const struct device *d)
{
    if (d->key.n == 0)
        return;
    struct str context = arena_format(tx->arena, "device:%lld:key", (long long)d->id);
    db_run(tx, update_key, IN((struct blob){ keys_seal(engine_of(tx)->keys, tx->arena, KEY_DEVICE, context, d->key) }, d->id));
}

int64_t device_put(struct tx *tx, const struct who *who, const struct device *given)
{
    struct device copy = *given, *d = &copy, old = { 0 };
    if (!check(tx, who, d))
        return 0;
    d->account = device_account(tx->arena, d->protocol, d->account);
    bool known = device_by_account(tx, d->protocol, d->account, &old);
    if (d->id && (!known || old.id != d->id)) {
        tx_refuse(tx, ERR_EXISTS, "设备编号不能改；请停用后另行登记", "The account of a device is fixed; retire it and register another");
        return 0;
    }
    if (known) {
        d->id = old.id;
        db_run(tx, update_device, IN(d->kind, d->vendor, REF0(d->person), REF0(d->area), d->interval_s, d->state, d->clock,
                                     tx->now, d->id));
    } else {
        d->id = db_id(tx, "device");
        db_run(tx, insert_device, IN(d->id, d->kind, d->vendor, d->protocol, d->account, REF0(d->person), REF0(d->area),
                                     d->interval_s, d->state, d->clock, tx->now, tx->now));
    }
    put_key(tx, d);
    audit(tx, who, known ? "change" : "add", "device", d->id, d->state);
    return tx_failed(tx) ? 0 : d->id;
}

bool device_get(struct tx *tx, int64_t id, struct device *ret_device)
{
    if (db_one(tx, select_device, IN(id), DEVICE_OUT(ret_device)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, "没有这台设备", "There is no such device");
    return false;
}

bool device_by_account(struct tx *tx, struct str protocol, struct str account, struct device *ret_device)
{
    return db_one(tx, select_account, IN(protocol, device_account(tx->arena, protocol, account)), DEVICE_OUT(ret_device));
}

struct str device_key(struct tx *tx, int64_t id)
{
    struct blob sealed = { S("") };
    struct str clear = S("");
    db_one(tx, select_key, IN(id), OUT(&sealed));
    (void)!keys_open_sealed(engine_of(tx)->keys, tx->arena, KEY_DEVICE,
                            arena_format(tx->arena, "device:%lld:key", (long long)id), sealed.bytes, &clear);
    return clear;
}

bool device_signed(struct str key, struct str body, struct str signature)
{
    uint8_t wanted[crypto_auth_hmacsha256_BYTES], given[crypto_auth_hmacsha256_BYTES];
    struct str hex = str_from(signature, 7);
    size_t n = 0;
    crypto_auth_hmacsha256_state state;
    if (key.n == 0 || !str_starts(signature, S("sha256=")) || hex.n != 2 * sizeof given ||
        sodium_hex2bin(given, sizeof given, hex.p, hex.n, NULL, &n, NULL) != 0 || n != sizeof given)
        return false;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key.p, key.n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.p, body.n);
    crypto_auth_hmacsha256_final(&state, wanted);
    return sodium_memcmp(wanted, given, sizeof given) == 0;
}

void device_heard(struct tx *tx, int64_t id, ms at)
{
    db_run(tx, update_seen, IN(at, id));
}

struct rows device_list(struct tx *tx, int64_t area, int64_t after, int limit)
{
    return area ? db_get(tx, select_below, IN(area, after, limit)) : db_get(tx, select_all, IN(after, limit));
}

struct rows device_silent(struct tx *tx, int limit)
{
    return db_get(tx, select_silent, IN(tx->now, limit));
}

bool device_row(struct rows *rows, struct device *d)
{
    return db_row(rows, DEVICE_OUT(d));
}

/* --- signals -------------------------------------------------------------------------------------------------------- */

enum signal_class signal_class(const struct engine *e, struct str kind)
{
    static const char *const classes[] = { [SIGNAL_ALARM] = "alarm", [SIGNAL_ORDER] = "order", [SIGNAL_FAULT] = "fault",
        [SIGNAL_END] = "end", [SIGNAL_TEST] = "test", [SIGNAL_CANCEL] = "cancel", [SIGNAL_HEARTBEAT] = "heartbeat",
        [SIGNAL_INFO] = "info" };
    const struct rule_set *kinds = rule_set(atomic_load(&e->rules), "signal_kinds");
    const struct rule_entry *entry = kinds ? rule_entry(kinds, kind) : NULL;
    for (size_t i = 1; entry && i < COUNT(classes); i++)
        if (str_is(rule_prop(entry, "class"), classes[i]))
            return (enum signal_class)i;
    return SIGNAL_UNKNOWN;
}

static bool signal_ok(struct tx *tx, const struct signal_in *s, enum signal_class class)
{
    const struct label kind = L("信号类型", "Kind"), data = L("信号内容", "Data"), signal = L("信号", "Signal");
    if (class == SIGNAL_UNKNOWN)
        return bad(tx, "kind", kind, (struct label)L("不是已知的信号类型", "is no known kind of signal"));
    if (s->data.n && (s->data.n > SIGNAL_DATA_BYTES_MAX || s->data.p[0] != '{' || !str_utf8_ok(s->data)))
        return bad(tx, "data", data, (struct label)L("应为不超过 4 KiB 的 JSON 对象", "must be a JSON object of at most 4 KiB"));
    if ((s->sequence.n == 0 && class != SIGNAL_HEARTBEAT) || s->sequence.n > SEQUENCE_BYTES_MAX || s->raw.n > SIGNAL_RAW_BYTES_MAX)
        return bad(tx, "signal", signal, (struct label)L("信号不完整或太长", "The signal is incomplete or too long"));
    return true;
}

/* Devices that count from 0 again when they are switched on: the stored sequence ends with its time, and one that came within
 * repeat_ms before is the same. 0: there is none. */
static int64_t repeated(struct tx *tx, int64_t device, const struct signal_in *s, ms at)
{
    int64_t id = 0;
    ms first = 0;
    struct str from = arena_join(tx->arena, s->sequence, S("@")), to = arena_join(tx->arena, s->sequence, S("A"));
    if (!db_one(tx, select_repeated, IN(device, from, to), OUT(&id, &first)))
        return 0;
    return at - first <= s->repeat_ms && first - at <= s->repeat_ms ? id : 0;
}

static int64_t put_new(struct tx *tx, int64_t device, const struct signal_in *s, struct str kind, ms at, bool *ret_new)
{
    int64_t id = s->repeat_ms ? repeated(tx, device, s, at) : 0;
    if (id)
        return id;
    struct str sequence = s->repeat_ms ? arena_format(tx->arena, STR_FMT "@%013lld", STR_ARG(s->sequence), (long long)at) : s->sequence;
    id = db_id(tx, "signal");
    *ret_new = db_run(tx, insert_signal, IN(id, device, sequence, kind, REF0(s->device_at), at,
                                            s->data.n ? in_str(s->data) : in_nil(NIL), (struct blob){ s->raw })) == 1;
    if (!*ret_new)
        db_one(tx, select_known, IN(device, sequence), OUT(&id));
    return id;
}

int64_t signal_put(struct tx *tx, const struct signal_in *s, bool *ret_new)
{
    struct device d = { 0 };
    if (!device_by_account(tx, s->protocol, s->account, &d)) {
        tx_refuse(tx, ERR_NOT_FOUND, "没有登记的设备", "The device is not registered");
        return 0;
    }
    ms at = s->at ? s->at : tx->now;
    struct str own = s->code.n ? device_meaning_kind(tx, d.id, s->code, s->zone) : S(""), kind = own.n ? own : s->kind;
    enum signal_class class = signal_class(engine_of(tx), kind);
    *ret_new = false;
    if (!signal_ok(tx, s, class))
        return 0;
    if (!s->ours)
        device_heard(tx, d.id, at);
    int64_t id = class == SIGNAL_HEARTBEAT ? 0 : put_new(tx, d.id, s, kind, at, ret_new);
    return tx_failed(tx) ? 0 : id;
}

bool signal_begins(struct tx *tx, struct str protocol, struct str account, struct str prefix, struct str *ret_sequence)
{
    struct str end = arena_join(tx->arena, prefix, S("~"));    /* behind all that numbers and names are made of */
    return db_one(tx, select_begins, IN(protocol, account, prefix, end), OUT(ret_sequence));
}

bool signal_get(struct tx *tx, int64_t id, struct signal *s)
{
    struct blob raw = { S("") };
    if (!db_one(tx, select_signal, IN(id), OUT(&s->id, &s->device, &s->matter, &s->tries, &s->sequence, &s->kind, &s->data,
                                               &raw, &s->device_at, &s->at)))
        return false;
    s->raw = raw.bytes;
    return true;
}

bool signal_apply(struct tx *tx, int64_t id)
{
    struct signal s = { 0 };
    struct device d = { 0 };
    if (!signal_get(tx, id, &s) || !device_get(tx, s.device, &d))
        return false;
    if (db_run(tx, mark_applied, IN(tx->now, id)) != 1)
        return false;                                  /* somebody was quicker */
    for (int i = 0; i < told_count && !tx_failed(tx); i++)
        if (str_is(s.kind, told[i]->kind) || str_is(S("*"), told[i]->kind)) {
            int64_t matter = told[i]->fn(tx, &d, &s);
            s.matter = matter ? matter : s.matter;
        }
    if (s.matter)
        db_run(tx, mark_matter, IN(s.matter, id));
    return !tx_failed(tx);
}

/* --- the turn ------------------------------------------------------------------------------------------------------- */

static void apply_one(struct tx *tx, void *arg)
{
    signal_apply(tx, *(int64_t *)arg);
}

static void count_try(struct tx *tx, void *arg)
{
    db_run(tx, mark_tried, IN(*(int64_t *)arg));
}

static bool write_one(struct engine *e, void (*fn)(struct tx *, void *), int64_t *id)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct write w = { .apply = fn, .arg = id, .arena = &a, .lane = LANE_URGENT };
    store_write(e->store, &w);
    return w.fault.code == ERR_OK;
}

int signals_turn(struct engine *e)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    int64_t ids[TURN_SIGNALS];
    int count = 0, done = 0;
    struct tx *tx = read_begin(e->store, &a);
    struct rows rows = db_get(tx, select_waiting, IN(SIGNAL_TRIES_MAX, TURN_SIGNALS));
    while (count < TURN_SIGNALS && db_row(&rows, OUT(&ids[count])))
        count++;
    read_end(tx);
    for (int i = 0; i < count; i++) {
        if (write_one(e, apply_one, &ids[i]))
            done++;
        else
            write_one(e, count_try, &ids[i]);
    }
    return done;
}

int64_t signal_stuck(struct tx *tx)
{
    int64_t count = 0;
    db_one(tx, count_stuck, IN(SIGNAL_TRIES_MAX), OUT(&count));
    return count;
}
