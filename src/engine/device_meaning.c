/* device_meaning.c -- see device_meaning.h. */
#include "engine/device_meaning.h"

#include "engine/account.h"
#include "engine/rule.h"

SQL(delete_meaning, "delete from device_meaning where device = $1 and code = $2 and zone = $3");
SQL(put_meaning, "insert into device_meaning(device, code, zone, kind, reason, account, at) values ($1, $2, $3, $4, $5, $6, $7)"
    " on conflict (device, code, zone) do update set kind = excluded.kind, reason = excluded.reason, account = excluded.account,"
    " at = excluded.at");
SQL(count_meanings, "select count(*) from device_meaning where device = $1");
SQL(select_meanings, "select device, code, zone, kind, reason from device_meaning where device = $1 order by code, zone");
SQL(select_kind, "select kind from device_meaning where device = $1 and code = $2 and (zone = $3 or zone = '') order by zone desc limit 1");

void device_meaning_put(struct tx *tx, const struct who *who, const struct device_meaning *m)
{
    const struct label code = L("代码", "Code"), missing = L("请填写设备发来的代码", "Give the code that the device sends");
    int64_t count = 0;
    if (m->code.n == 0 || m->code.n > 40 || m->zone.n > 40)
        fault_field(&tx->fault, (struct bad_field){ .field = S("code"), .bad = BAD_RULE, .label = code, .rule = missing });
    if (!rule_check(tx, "signal_kinds", m->kind, "kind", (struct label)L("信号类型", "Kind")) || tx_failed(tx))
        return;
    db_one(tx, count_meanings, IN(m->device), OUT(&count));
    if (m->kind.n && count >= DEVICE_MEANINGS_MAX) {
        tx_refuse(tx, ERR_CONFLICT, "一台设备的代码含义太多", "A device has too many meanings of its own");
        return;
    }
    if (m->kind.n)
        db_run(tx, put_meaning, IN(m->device, m->code, m->zone, m->kind, m->reason, REF0(who->account), tx->now));
    else
        db_run(tx, delete_meaning, IN(m->device, m->code, m->zone));
    audit(tx, who, "change", "device_meaning", m->device, arena_format(tx->arena, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(m->code),
                                                                     STR_ARG(m->zone), STR_ARG(m->kind)));
}

struct rows device_meaning_list(struct tx *tx, int64_t device)
{
    return db_get(tx, select_meanings, IN(device));
}

bool device_meaning_row(struct rows *rows, struct device_meaning *m)
{
    return db_row(rows, OUT(&m->device, &m->code, &m->zone, &m->kind, &m->reason));
}

struct str device_meaning_kind(struct tx *tx, int64_t device, struct str code, struct str zone)
{
    struct str kind = S("");
    db_one(tx, select_kind, IN(device, code, zone), OUT(&kind));
    return kind;
}
