/* person.c -- residents; see person.h. Each sealed column names its row and its field as context, so that a value copied
 * to another row does not open. A column that does not open (another key, a tampered row) shows as absent. */
#include "engine/person.h"
#include "engine/area.h"
#include "engine/keys.h"
#include "engine/person_seal.h"

#include <string.h>

SQL(select_person, "select id, area, name_sealed, id_sealed, phone_sealed, address_sealed, note_sealed, born"
    " from person where id = $1");
SQL(select_by_id_number, "select id from person where id_blind = $1 order by id limit 1");
SQL(select_by_phone, "select id from person where phone_blind = $1 order by id");
SQL(select_by_tail, "select id from person where phone4_blind = $1 order by id limit $2");
SQL(select_household, "select id from person where area = $1 and (name_sealed is not null or id_sealed is not null"
    " or phone_sealed is not null) order by id");
SQL(insert_person, "insert into person(id, area, name_sealed, name_blind, id_sealed, id_blind, id4_blind, phone_sealed,"
    " phone_blind, phone4_blind, address_sealed, born, note_sealed, changed_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
SQL(update_person, "update person set area = $1, name_sealed = $2, name_blind = $3, id_sealed = $4, id_blind = $5, id4_blind = $6,"
    " phone_sealed = $7, phone_blind = $8, phone4_blind = $9, address_sealed = $10, born = $11, note_sealed = $12,"
    " changed_at = $13 where id = $14");
SQL(insert_source, "insert into person_source(person, field, at, account, source, confirmed_at)"
    " values ($1, $2, $3, $4, $5, $3) on conflict do nothing");
SQL(confirm_source, "update person_source set confirmed_at = $1 where person = $2 and field = $3 and at ="
    " (select max(at) from person_source where person = $2 and field = $3)");
SQL(insert_access, "insert into access_log(id, at, account, noun, noun_id, reason) values ($1, $2, $3, $4, $5, $6)");
SQL(select_access, "select g.at, g.account, a.name, g.reason from access_log g left join account a on a.id = g.account"
    " where g.noun = $1 and g.noun_id = $2 order by g.at desc, g.id desc limit $3");

/* --- sealing (person_seal.h) --------------------------------------------------------------------------------------- */

static struct str context_of(struct tx *tx, const char *noun, int64_t id, const char *field)
{
    return arena_format(tx->arena, "%s:%lld:%s", noun, (long long)id, field);
}

struct in sealed_in(struct tx *tx, const char *noun, int64_t id, const char *field, struct str clear)
{
    struct str sealed = keys_seal(engine_of(tx)->keys, tx->arena, KEY_PERSON, context_of(tx, noun, id, field), clear);
    return sealed.n ? in_blob((struct blob){ sealed }) : in_nil(NIL);
}

struct in blind_in(struct tx *tx, const char *what, struct str normalised)
{
    struct str blind = keys_blind(engine_of(tx)->keys, tx->arena, what, normalised);
    return blind.n ? in_blob((struct blob){ blind }) : in_nil(NIL);
}

struct str sealed_out(struct tx *tx, const char *noun, int64_t id, const char *field, struct blob sealed)
{
    struct str clear = S("");
    (void)!keys_open_sealed(engine_of(tx)->keys, tx->arena, KEY_PERSON, context_of(tx, noun, id, field), sealed.bytes, &clear);
    return clear;
}

struct str last_four(struct str text)
{
    return text.n > 4 ? str_from(text, text.n - 4) : S("");
}

struct str phone_or_text(struct tx *tx, struct str phone)
{
    struct str normal;
    return phone_normal(tx->arena, phone, &normal) ? normal : str_trim(phone);
}

/* --- the log of looking --------------------------------------------------------------------------------------------- */

struct access { const char *noun; int64_t account, id; struct str reason; };

static void access_write(struct tx *tx, void *arg)
{
    const struct access *a = arg;
    db_run(tx, insert_access, IN(db_id(tx, "access_log"), tx->now, REF0(a->account), a->noun, a->id, a->reason));
}

/* Written with what happens, and again by itself if that is refused. */
void access_log(struct tx *tx, const struct who *who, const char *noun, int64_t id, struct str reason)
{
    struct access *a = arena_new(tx->arena, struct access);
    *a = (struct access){ noun, who->account, id, arena_copy(tx->arena, str_head_chars(reason, 500)) };
    tx_keep(tx, access_write, a);
    access_write(tx, a);
}

struct rows access_list(struct tx *tx, const char *noun, int64_t id, int limit)
{
    return db_get(tx, select_access, IN(noun, id, limit));
}

bool access_row(struct rows *rows, struct access_item *a)
{
    return db_row(rows, OUT(&a->at, &a->account, &a->who_name, &a->reason));
}

bool reason_given(struct tx *tx, struct str reason)
{
    if (str_chars(str_trim(reason)) >= 4)
        return true;
    fault_field(&tx->fault, (struct bad_field){ .field = S("reason"), .bad = BAD_SHORT, .arg = S("4"), .label = L("理由", "Reason") });
    return false;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static bool read_clear(struct tx *tx, int64_t id, struct person *ret_person)
{
    struct blob name = { S("") }, number = name, phone = name, address = name, note = name;
    struct person p = { 0 };
    if (!db_one(tx, select_person, IN(id), OUT(&p.id, &p.area, &name, &number, &phone, &address, &note, &p.born)))
        return false;
    p.name = sealed_out(tx, "person", id, "name", name);
    p.id_number = sealed_out(tx, "person", id, "id_number", number);
    p.phone = sealed_out(tx, "person", id, "phone", phone);
    p.address = sealed_out(tx, "person", id, "address", address);
    p.note = sealed_out(tx, "person", id, "note", note);
    *ret_person = p;
    return true;
}

static bool person_place(struct tx *tx, const struct person *p, struct place *ret_place)
{
    *ret_place = (struct place){ 0 };
    return p->area == 0 || area_place(tx, p->area, ret_place);
}

bool person_masked(struct tx *tx, int64_t id, struct person *ret_person)
{
    struct person p = { 0 };
    if (!read_clear(tx, id, &p)) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return false;
    }
    p.name = mask_text(tx->arena, MASK_NAME, p.name);
    p.id_number = mask_text(tx->arena, MASK_IDCARD, p.id_number);
    p.phone = mask_text(tx->arena, MASK_PHONE, p.phone);
    p.address = mask_text(tx->arena, MASK_ADDRESS, p.address);
    p.note = mask_text(tx->arena, MASK_HIDE, p.note);
    *ret_person = p;
    return true;
}

bool person_clear(struct tx *tx, int64_t id, struct person *ret_person)
{
    return read_clear(tx, id, ret_person);
}

bool person_unmask(struct tx *tx, const struct who *who, int64_t id, struct str reason, struct person *ret_person)
{
    struct person p = { 0 };
    struct place place;
    access_log(tx, who, "person", id, reason);
    if (!read_clear(tx, id, &p) || !person_place(tx, &p, &place)) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return false;
    }
    if (!who_may(who, R_STAFF, place, 0)) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);               /* outside one's area nothing is told, not even that it exists */
        return false;
    }
    if (!reason_given(tx, reason) || tx_failed(tx))
        return false;
    *ret_person = p;
    return true;
}

struct rows person_by_phone(struct tx *tx, struct str phone)
{
    return db_get(tx, select_by_phone, IN(blind_in(tx, "phone", phone_or_text(tx, phone))));
}

struct rows person_by_phone_tail(struct tx *tx, struct str four, int limit)
{
    return db_get(tx, select_by_tail, IN(blind_in(tx, "phone4", str_trim(four)), limit));
}

struct rows person_at(struct tx *tx, int64_t area)
{
    return db_get(tx, select_household, IN(area));
}

/* By the identity number, else by telephone and name, else by door and name. */
static bool find_by_name(struct tx *tx, struct rows rows, struct str name, int64_t *ret_id)
{
    int64_t id = 0;
    bool found = false;
    while (!found && db_row(&rows, OUT(&id))) {
        struct person p = { 0 };
        found = read_clear(tx, id, &p) && str_eq(p.name, name);
    }
    rows_end(&rows);
    if (found)
        *ret_id = id;
    return found;
}

int64_t person_find(struct tx *tx, const struct person *p)
{
    int64_t id = 0;
    struct str name = str_trim(p->name);
    if (p->id_number.n > 0 && db_one(tx, select_by_id_number, IN(blind_in(tx, "id", p->id_number)), OUT(&id)))
        return id;
    if (name.n == 0 || p->id_number.n > 0)             /* another number is another person, whatever the name */
        return 0;
    if (p->phone.n > 0 && find_by_name(tx, person_by_phone(tx, p->phone), name, &id))
        return id;
    if (p->area && p->phone.n == 0 && find_by_name(tx, person_at(tx, p->area), name, &id))
        return id;
    return 0;
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static bool check(struct tx *tx, const struct who *who, struct person *p)
{
    struct place place;
    p->name = str_trim(p->name);
    if (p->phone.n > 0 && !phone_normal(tx->arena, p->phone, &p->phone))
        fault_field(&tx->fault, (struct bad_field){ .field = S("phone"), .bad = BAD_PHONE, .label = L("电话", "Telephone") });
    if (p->id_number.n > 0 && !idcard_ok(p->id_number))
        fault_field(&tx->fault, (struct bad_field){ .field = S("id_number"), .bad = BAD_IDCARD, .label = L("身份号码", "Identity number") });
    if (!person_place(tx, p, &place) || tx_failed(tx))
        return false;
    if (!who_may(who, R_STAFF, place, 0))
        tx_refuse(tx, ERR_DENIED, 0);
    return !tx_failed(tx);
}

/* The new value where it is given and differs, with its source; where it is given and the same, it is confirmed. */
static bool merge(struct tx *tx, const struct who *who, int64_t id, const char *field, struct str *value, struct str old,
                  const char *source)
{
    if (value->n == 0 || str_eq(*value, old)) {
        if (value->n > 0)
            db_run(tx, confirm_source, IN(tx->now, id, field));
        *value = old;
        return false;
    }
    db_run(tx, insert_source, IN(id, field, tx->now, REF0(who->account), source));
    return true;
}

static void write(struct tx *tx, const struct person *p, bool known)
{
    const char *noun = "person";
    struct in name = sealed_in(tx, noun, p->id, "name", p->name), name_blind = blind_in(tx, "name", p->name);
    struct in number = sealed_in(tx, noun, p->id, "id_number", p->id_number);
    struct in id_blind = blind_in(tx, "id", p->id_number), id4_blind = blind_in(tx, "id4", last_four(p->id_number));
    struct in phone = sealed_in(tx, noun, p->id, "phone", p->phone);
    struct in phone_blind = blind_in(tx, "phone", p->phone), phone4_blind = blind_in(tx, "phone4", last_four(p->phone));
    struct in address = sealed_in(tx, noun, p->id, "address", p->address), note = sealed_in(tx, noun, p->id, "note", p->note);
    if (known)
        db_run(tx, update_person, IN(REF0(p->area), name, name_blind, number, id_blind, id4_blind, phone, phone_blind,
            phone4_blind, address, REF0(p->born), note, tx->now, p->id));
    else
        db_run(tx, insert_person, IN(p->id, REF0(p->area), name, name_blind, number, id_blind, id4_blind, phone, phone_blind,
            phone4_blind, address, REF0(p->born), note, tx->now));
}

int64_t person_put(struct tx *tx, const struct who *who, const struct person *given, const char *source)
{
    struct person copy = *given, *p = &copy, old = { 0 };
    bool known = false;
    if (!check(tx, who, p))
        return 0;
    if (p->id == 0 && p->id_number.n > 0)
        db_one(tx, select_by_id_number, IN(blind_in(tx, "id", p->id_number)), OUT(&p->id));
    if (p->id) {
        struct place place;
        known = read_clear(tx, p->id, &old);
        if (!known || !person_place(tx, &old, &place) || !who_may(who, R_STAFF, place, 0))
            tx_refuse(tx, ERR_NOT_FOUND, 0);
    } else {
        p->id = db_id(tx, "person");
    }
    if (tx_failed(tx))
        return 0;
    bool changed = merge(tx, who, p->id, "name", &p->name, old.name, source);
    changed |= merge(tx, who, p->id, "id_number", &p->id_number, old.id_number, source);
    changed |= merge(tx, who, p->id, "phone", &p->phone, old.phone, source);
    changed |= merge(tx, who, p->id, "address", &p->address, old.address, source);
    changed |= merge(tx, who, p->id, "note", &p->note, old.note, source);
    changed |= p->area && p->area != old.area;
    p->area = p->area ? p->area : old.area;
    int64_t born;
    if (p->id_number.n == 18 && str_to_i64(str_head(str_from(p->id_number, 6), 8), &born))
        p->born = born;
    else
        p->born = p->born ? p->born : old.born;
    if (changed || !known || p->born != old.born)
        write(tx, p, known);
    return tx_failed(tx) ? 0 : p->id;
}

void person_confirm(struct tx *tx, int64_t id)
{
    static const char *const fields[] = { "name", "id_number", "phone", "address", "note" };
    for (size_t i = 0; i < COUNT(fields); i++)
        db_run(tx, confirm_source, IN(tx->now, id, fields[i]));
}
