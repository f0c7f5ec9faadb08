/* erase.c -- one resident's data out of every declared place; see erase.h. Free text is searched for what names him; a
 * history entry that names him loses its whole payload, which the chain allows for (history.h). */
#include "engine/erase.h"

#include "engine/account.h"
#include "engine/outbox.h"
#include "engine/person_seal.h"

#include <assert.h>
#include <string.h>

SQL(select_matters, "select distinct matter from matter_reporter where phone_blind = $1 order by matter limit $2");
SQL(select_text, "select title, body, address from matter where id = $1");
SQL(update_text, "update matter set title = $1, body = $2, address = $3 where id = $4");
SQL(select_event, "select kind, state, phase, area, street, community, grid, owner_org, category, channel, urgency, secrecy, title"
    " from matter where id = $1");
SQL(select_entries, "select seq, who_name, note, form from history where matter = $1 and seq > $2 order by seq limit 200");
SQL(update_entry, "update history set who_name = $1, note = '', form = '' where matter = $2 and seq = $3");
SQL(select_promises, "select id, body from promise where matter = $1");
SQL(update_promise, "update promise set body = $1 where id = $2");
SQL(select_mirror, "select state, limits, form from mirror where matter = $1");
SQL(update_mirror, "update mirror set state = $1, limits = $2, form = $3 where matter = $4");
SQL(select_requests, "select id, note, answer from mirror_request where matter = $1");
SQL(update_request, "update mirror_request set note = $1, answer = $2 where id = $3");
SQL(select_files, "select id, name from file where matter = $1");
SQL(update_file, "update file set name = $1 where id = $2");
SQL(select_titles, "select id, title from outbox where matter = $1");
SQL(update_title, "update outbox set title = $1 where id = $2");
SQL(select_waiting, "select id, title from outbox_wait where matter = $1");
SQL(update_waiting, "update outbox_wait set title = $1 where id = $2");
SQL(clear_answers, "update idem set body = '' where noun_id = $1");
SQL(select_payloads, "select job, item from job_item where payload like $1 escape '!' or message like $1 escape '!'");
SQL(clear_payload, "update job_item set payload = '{}', message = null where job = $1 and item = $2");
SQL(clear_reporter, "update matter_reporter set name_sealed = null, phone_sealed = null, phone_blind = null where phone_blind = $1");
SQL(clear_call, "update phone_call set number_sealed = null, number_blind = null where number_blind = $1");
SQL(clear_visits, "update visit set note = null where area = $1 and area in (select id from area where level = $2)");
SQL(clear_seat, "update seat set person = null where person = $1");
SQL(clear_device, "update device set person = null where person = $1");
SQL(clear_ring, "update ring_attempt set who_sealed = null, note = null, person = null where person = $1");
SQL(delete_source, "delete from person_source where person = $1");
SQL(clear_person, "update person set area = null, name_sealed = null, name_blind = null, id_sealed = null, id_blind = null,"
    " id4_blind = null, phone_sealed = null, phone_blind = null, phone4_blind = null, address_sealed = null, born = null,"
    " note_sealed = null, changed_at = $1 where id = $2");

enum { MATTERS_MAX = 2000, PLACES_MAX = 64 };
#define GONE_TEXT S("〔已删除〕")

/* --- texts ---------------------------------------------------------------------------------------------------------- */

static struct str without(struct arena *a, struct str text, struct str part, bool *changed)
{
    if (part.n == 0 || !str_has(text, part))
        return text;
    struct buf out = buf_in(a);
    for (size_t at; (at = str_find(text, part)) < text.n;) {
        buf_put(&out, str_head(text, at));
        buf_put(&out, GONE_TEXT);
        text = str_from(text, at + part.n);
    }
    buf_put(&out, text);
    *changed = true;
    return buf_str(&out);
}

struct str erase_text(struct tx *tx, const struct erasing *e, struct str text, bool *ret_changed)
{
    if (str_chars(e->person.name) >= 2)                /* one character stands in half of all texts */
        text = without(tx->arena, text, e->person.name, ret_changed);
    text = without(tx->arena, text, e->person.phone, ret_changed);
    return without(tx->arena, text, e->person.id_number, ret_changed);
}

/* Rows of (id, text) that belong to one matter. */
static void erase_rows(struct tx *tx, const struct erasing *e, int64_t matter, const struct sql *read, const struct sql *write)
{
    int64_t id = 0;
    struct str text = S("");
    struct rows rows = (db_get)(tx, read, IN(matter));
    while (db_row(&rows, OUT(&id, &text))) {
        bool changed = false;
        text = erase_text(tx, e, text, &changed);
        if (changed)
            (db_run)(tx, write, IN(text, id));
    }
}

/* --- places --------------------------------------------------------------------------------------------------------- */

static void erase_matter(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++) {
        struct str title = S(""), body = title, address = title;
        bool changed = false;
        if (!db_one(tx, select_text, IN(e->matters[i]), OUT(&title, &body, &address)))
            continue;
        title = erase_text(tx, e, title, &changed);
        body = erase_text(tx, e, body, &changed);
        address = erase_text(tx, e, address, &changed);
        if (changed)
            db_run(tx, update_text, IN(title, body, address, e->matters[i]));
    }
}

static void erase_entries(struct tx *tx, const struct erasing *e, int64_t matter)
{
    int64_t seq = 0, after = -1;
    while (after != seq) {
        struct str name = S(""), note = name, form = name;
        struct rows rows = db_get(tx, select_entries, IN(matter, after = seq));
        while (db_row(&rows, OUT(&seq, &name, &note, &form))) {
            bool changed = false;
            name = erase_text(tx, e, name, &changed);
            erase_text(tx, e, note, &changed);
            erase_text(tx, e, form, &changed);
            if (changed)
                db_run(tx, update_entry, IN(name, matter, seq));
        }
    }
}

static void erase_history(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++)
        erase_entries(tx, e, e->matters[i]);
}

static void erase_promises(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++)
        erase_rows(tx, e, e->matters[i], &select_promises, &update_promise);
}

static void erase_mirrors(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++) {
        struct str state = S(""), limits = state, form = state;
        bool changed = false;
        if (!db_one(tx, select_mirror, IN(e->matters[i]), OUT(&state, &limits, &form)))
            continue;
        state = erase_text(tx, e, state, &changed);
        limits = erase_text(tx, e, limits, &changed);
        form = erase_text(tx, e, form, &changed);
        if (changed)
            db_run(tx, update_mirror, IN(state, limits, form, e->matters[i]));
    }
}

static void erase_requests(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++) {
        int64_t id = 0;
        struct str note = S(""), answer = note;
        struct rows rows = db_get(tx, select_requests, IN(e->matters[i]));
        while (db_row(&rows, OUT(&id, &note, &answer))) {
            bool changed = false;
            note = erase_text(tx, e, note, &changed);
            answer = erase_text(tx, e, answer, &changed);
            if (changed)
                db_run(tx, update_request, IN(note, answer, id));
        }
    }
}

static void erase_files(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++)
        erase_rows(tx, e, e->matters[i], &select_files, &update_file);
}

/* Titles in the outbox, and one silent event so that whoever keeps a copy (search) reads the matter again. */
static void erase_outbox(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++) {
        struct event v = { .at = tx->now, .verb = S("erase"), .matter = e->matters[i], .silent = true, .step = 1 };
        int phase = 0, urgency = 0, secrecy = 0;
        erase_rows(tx, e, v.matter, &select_titles, &update_title);
        erase_rows(tx, e, v.matter, &select_waiting, &update_waiting);
        if (!db_one(tx, select_event, IN(v.matter), OUT(&v.kind, &v.from, &phase, &v.place.area, &v.place.street, &v.place.community,
                                                        &v.place.grid, &v.org, &v.category, &v.channel, &urgency, &secrecy, &v.title)))
            continue;
        v.to = v.from;
        v.from_phase = v.to_phase = (enum phase)phase;
        v.urgency = (enum urgency)urgency;
        v.secrecy = (enum secrecy)secrecy;
        outbox_put(tx, &v);
    }
}

static void erase_answers(struct tx *tx, const struct erasing *e)
{
    for (int i = 0; i < e->matter_count; i++)
        db_run(tx, clear_answers, IN(e->matters[i]));
}

static void erase_payloads_of(struct tx *tx, struct str part)
{
    int64_t job = 0, item = 0;
    if (str_chars(part) < 6)                           /* numbers only: a name alone names many */
        return;
    struct rows rows = db_get(tx, select_payloads, IN(arena_format(tx->arena, "%%" STR_FMT "%%", STR_ARG(part))));
    while (db_row(&rows, OUT(&job, &item)))
        db_run(tx, clear_payload, IN(job, item));
}

static void erase_jobs(struct tx *tx, const struct erasing *e)
{
    erase_payloads_of(tx, e->person.phone);
    erase_payloads_of(tx, e->person.id_number);
}

static void erase_reporters(struct tx *tx, const struct erasing *e)
{
    if (e->phone_blind.n > 0)
        db_run(tx, clear_reporter, IN((struct blob){ e->phone_blind }));
}

static void erase_calls(struct tx *tx, const struct erasing *e)
{
    if (e->phone_blind.n > 0)
        db_run(tx, clear_call, IN((struct blob){ e->phone_blind }));
}

static void erase_visits(struct tx *tx, const struct erasing *e)
{
    if (e->person.area)
        db_run(tx, clear_visits, IN(e->person.area, LEVEL_HOUSEHOLD));
}

static void erase_seats(struct tx *tx, const struct erasing *e)
{
    db_run(tx, clear_seat, IN(e->person.id));
}

static void erase_devices(struct tx *tx, const struct erasing *e)
{
    db_run(tx, clear_device, IN(e->person.id));
}

static void erase_person(struct tx *tx, const struct erasing *e)
{
    db_run(tx, delete_source, IN(e->person.id));
    db_run(tx, clear_person, IN(tx->now, e->person.id));
}

/* In this order: who is found by a blind index is erased after what he is found for. */
static void erase_rings(struct tx *tx, const struct erasing *e)
{
    db_run(tx, clear_ring, IN(e->person.id));
}

static const struct erase_place places[] = {
    { "matter", L("他反映的事项的标题、内容和地址", "title, text and address of what he reported"), erase_matter },
    { "history", L("经办记录的说明", "notes of the history"), erase_history },
    { "promise", L("承诺", "promises"), erase_promises },
    { "mirror", L("上级平台工单的原文", "the order as another platform sent it"), erase_mirrors },
    { "mirror_request", L("向上级平台的申请", "requests to another platform"), erase_requests },
    { "file.name", L("文件名", "names of files"), erase_files },
    { "outbox", L("待发消息和检索", "the outbox and the search that reads it"), erase_outbox },
    { "idem", L("保存的应答", "stored answers"), erase_answers },
    { "job_item", L("导入任务的原始行", "rows of imports"), erase_jobs },
    { "phone_call", L("来电记录", "telephone calls"), erase_calls },
    { "visit", L("入户走访备注", "notes of visits at the door"), erase_visits },
    { "seat", L("岗位", "seats"), erase_seats },
    { "device", L("设备", "devices"), erase_devices },
    { "ring_attempt", L("呼叫记录", "attempts to ring him"), erase_rings },
    { "matter_reporter", L("反映人", "reporters"), erase_reporters },
    { "person", L("居民档案", "the resident's file"), erase_person },
};
static const struct erase_place *registered[PLACES_MAX];
static int registered_count;

void erase_register(const struct erase_place *place)
{
    for (int i = 0; i < registered_count; i++)
        if (registered[i] == place)
            return;
    assert(registered_count < PLACES_MAX);
    registered[registered_count++] = place;
}

int erase_places(const struct erase_place **ret_places, int room)
{
    int count = 0;
    for (int i = 0; i < registered_count && count < room; i++)     /* modules first: they may look things up in the engine */
        ret_places[count++] = registered[i];
    for (size_t i = 0; i < COUNT(places) && count < room; i++)
        ret_places[count++] = &places[i];
    return count;
}

/* --- the operation -------------------------------------------------------------------------------------------------- */

static void find_matters(struct tx *tx, struct erasing *e)
{
    int64_t *ids = arena_array(tx->arena, int64_t, MATTERS_MAX);
    e->phone_blind = blind_in(tx, "phone", e->person.phone).s;
    if (e->phone_blind.n > 0) {
        struct rows rows = db_get(tx, select_matters, IN((struct blob){ e->phone_blind }, MATTERS_MAX));
        while (e->matter_count < MATTERS_MAX && db_row(&rows, OUT(&ids[e->matter_count])))
            e->matter_count++;
        rows_end(&rows);
    }
    e->matters = ids;
}

bool person_erase(struct tx *tx, const struct who *who, int64_t id, struct str reason)
{
    const struct erase_place *all[PLACES_MAX + COUNT(places)];
    struct erasing e = { 0 };
    access_log(tx, who, "person", id, reason);
    if (!who_has(who, R(ADMIN)))
        tx_refuse(tx, ERR_DENIED, 0);
    if (tx_failed(tx) || !reason_given(tx, reason))
        return false;
    if (!person_clear(tx, id, &e.person)) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return false;
    }
    find_matters(tx, &e);
    int count = erase_places(all, (int)COUNT(all));
    for (int i = 0; i < count && !tx_failed(tx); i++)
        all[i]->erase(tx, &e);
    audit(tx, who, "erase", "person", id, S(""));
    return !tx_failed(tx);
}
