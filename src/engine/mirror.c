/* mirror.c -- see mirror.h. The upstream's clock is kept as data beside ours: it is shown, and never moves
 * ours. */
#include "engine/mirror.h"

#include "engine/rule.h"

#include <assert.h>

SQL(insert_mirror, "insert into mirror(matter, upstream, number, due_at, state, limits, form) values ($1,"
                   " $2, $3, $4, $5, $6, $7)");
SQL(select_mirror, "select upstream, number, due_at, state, limits, form from mirror where matter = $1");
SQL(select_by_number, "select matter from mirror where upstream = $1 and number = $2");
SQL(update_state, "update mirror set state = $1, due_at = $2 where matter = $3");
SQL(insert_request, "insert into mirror_request(id, matter, verb, at, account, note, until_at) values ($1,"
                    " $2, $3, $4, $5, $6, $7)");
SQL(select_waiting_any, "select id, matter, account, verb, note, at, until_at from mirror_request"
                        " where matter = $1 and answered_at is null order by id limit 1");
SQL(select_waiting_verb, "select id, matter, account, verb, note, at, until_at from mirror_request"
                         " where matter = $1 and verb = $2 and answered_at is null order by id limit 1");
SQL(update_answer, "update mirror_request set answered_at = $1, accepted = $2, answer = $3 where id = $4 and"
                   " answered_at is null");
SQL(select_requests, "select id, matter, account, verb, note, at, until_at, answered_at, accepted, answer"
                     " from mirror_request"
                     " where matter = $1 order by id");

void mirror_put(struct tx *tx, const struct mirror *m)
{
    assert(m->matter && m->upstream.n && m->number.n);
    db_run(tx, insert_mirror,
           IN(m->matter, m->upstream, m->number, REF0(m->due_at), m->state, m->limits, m->form));
}

bool mirror_get(struct tx *tx, int64_t matter, struct mirror *ret)
{
    struct mirror m = { .matter = matter };
    if (!db_one(tx, select_mirror, IN(matter),
                OUT(&m.upstream, &m.number, &m.due_at, &m.state, &m.limits, &m.form)))
        return false;
    *ret = m;
    return true;
}

bool mirror_find(struct tx *tx, struct str upstream, struct str number, int64_t *ret_matter)
{
    return db_one(tx, select_by_number, IN(upstream, number), OUT(ret_matter));
}

void mirror_set_state(struct tx *tx, int64_t matter, struct str state, ms due_at)
{
    struct mirror m;
    if (!mirror_get(tx, matter, &m))
        return;
    db_run(tx, update_state, IN(state.n ? state : m.state, REF0(due_at ? due_at : m.due_at), matter));
}

void mirror_ask(struct tx *tx, const struct moving *mv, const char *verb, struct str note, ms until)
{
    struct mirror_request waiting;
    if (mirror_waiting(tx, mv->m.id, str_of(verb), &waiting)) {
        tx_refuse(tx, ERR_EXISTS, "同样的申请正在等待上级答复", "The same request is waiting for the upstream's answer");
        return;
    }
    db_run(
        tx, insert_request,
        IN(db_id(tx, "mirror_request"), mv->m.id, verb, mv->at, REF0(mv->who->account), note, REF0(until)));
}

bool mirror_waiting(struct tx *tx, int64_t matter, struct str verb, struct mirror_request *ret)
{
    struct mirror_request r = { 0 };
    struct outs outs = OUT(&r.id, &r.matter, &r.account, &r.verb, &r.note, &r.at, &r.until);
    bool found = verb.n ? db_one(tx, select_waiting_verb, IN(matter, verb), outs)
                        : db_one(tx, select_waiting_any, IN(matter), outs);
    if (found)
        *ret = r;
    return found;
}

void mirror_answered(struct tx *tx, int64_t request, bool accepted, struct str answer, ms at)
{
    if (db_run(tx, update_answer, IN(at, accepted, answer, request)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
}

struct rows mirror_requests(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_requests, IN(matter));
}

bool mirror_request_row(struct rows *rows, struct mirror_request *r)
{
    return db_row(rows, OUT(&r->id, &r->matter, &r->account, &r->verb, &r->note, &r->at, &r->until,
                            &r->answered_at, &r->accepted, &r->answer));
}

static struct label request_state(const struct mirror_request *r)
{
    if (r->answered_at == 0)
        return (struct label)L("待上级", "Waiting for the upstream");
    return r->accepted ? (struct label)L("上级同意", "Accepted upstream")
                       : (struct label)L("上级不同意", "Refused upstream");
}

static void request_write(struct json *j, const struct mirror_request *r, enum lang lang)
{
    json_obj(j);
    json_key_int(j, "id", r->id);
    json_key_str(j, "verb", r->verb);
    json_key_str(j, "state", r->answered_at == 0 ? S("waiting") : r->accepted ? S("accepted") : S("refused"));
    json_key_str(j, "state_label", label_in(request_state(r), lang));
    json_key_time(j, "at", r->at);
    json_key_str(j, "note", r->note);
    json_key_time(j, "until", r->until);
    json_key_time(j, "answered_at", r->answered_at);
    json_key_str(j, "answer", r->answer);
    json_end(j);
}

void mirror_write(struct tx *tx, struct json *j, int64_t matter, enum lang lang)
{
    struct mirror m;
    if (!mirror_get(tx, matter, &m)) {
        json_nil(j);
        return;
    }
    const struct rule_entry *platform = rule_entry(rule_set(rules_of(tx), "upstreams"), m.upstream);
    json_obj(j);
    json_key_str(j, "upstream", m.upstream);
    json_key_str(j, "upstream_label", platform ? label_in(platform->label, lang) : m.upstream);
    json_key_str(j, "number", m.number);
    json_key_time(j, "due_at", m.due_at);
    json_key_str(j, "state", m.state);
    json_key_str(j, "limits", m.limits);
    json_key_list(j, "requests");
    struct mirror_request r = { 0 };
    for (struct rows rows = mirror_requests(tx, matter); mirror_request_row(&rows, &r);)
        request_write(j, &r, lang);
    json_end(j);
    json_end(j);
}
