/* routes_job.c -- one move on many matters, as a job: staged in one write, applied in slices by the engine's job thread
 * with the mover's own rights, undone where the move has an opposite. The form is checked against the first matter, so
 * that a wrong field is told at once and not 200 times. */
#include "http/http.h"

#include "engine/job.h"
#include "engine/matter_view.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

SQL(select_wrong, "select item, payload, message from job_item where job = $1 and state = 'wrong' order by item limit 100");

enum { MOVERS = R_ANY & ~R(AUDITOR), BULK_MAX = 2000 };

/* --- an item: {"matter":1,"verb":"take","form":{...}} ------------------------------------------------------------------------ */

static const struct { const char *verb, *opposite; } opposites[] = {
    { "merge", "unmerge" }, { "suspend", "resume" }, { "resume", "suspend" },
};

static const char *opposite_of(struct str verb)
{
    for (size_t i = 0; i < COUNT(opposites); i++)
        if (str_is(verb, opposites[i].verb))
            return opposites[i].opposite;
    return NULL;
}

struct item { int64_t matter; struct str verb, form; };

static bool item_read(struct arena *arena, struct str payload, struct item *ret)
{
    json_t *root = json_loadb(payload.p, payload.n, JSON_REJECT_DUPLICATES, NULL);
    json_t *form = json_object_get(root, "form");
    char *text = form ? json_dumps(form, JSON_COMPACT) : NULL;
    *ret = (struct item){ .matter = json_integer_value(json_object_get(root, "matter")),
        .verb = arena_copy(arena, str_of(json_string_value(json_object_get(root, "verb")))),
            .form = arena_copy(arena, str_of(text)) };
    free(text);
    json_decref(root);
    return ret->matter > 0 && ret->verb.n;
}

static void *form_of(struct tx *tx, const struct item *item, const struct move **ret_move)
{
    struct matter m;
    *ret_move = NULL;
    if (!matter_get(tx, item->matter, &m))
        return NULL;
    *ret_move = kind_move(m.kind, m.state, item->verb);
    if (!*ret_move || !(*ret_move)->form)
        return NULL;
    return form_body(tx, item->form, S("application/json"), (*ret_move)->form, (*ret_move)->form_size);
}

/* The job runs as the engine; the move is made as the account that asked for it, with the rights it has now. */
static void move_item(struct tx *tx, const struct who *job_who, struct item *item)
{
    struct who who;
    const struct move *move;
    if (!account_who(tx, job_who->account, &who)) {
        tx_refuse(tx, ERR_DENIED);
        return;
    }
    struct moving mv = { .who = &who };
    mv.form = form_of(tx, item, &move);
    if (!tx_failed(tx))
        matter_move(tx, item->matter, arena_z(tx->arena, item->verb), &mv);
}

static void bulk_apply(struct tx *tx, const struct who *who, int64_t job, int64_t number, struct str payload)
{
    struct item item;
    (void)job;
    (void)number;
    if (item_read(tx->arena, payload, &item))
        move_item(tx, who, &item);
    else
        tx_refuse(tx, ERR_MALFORMED);
}

static void bulk_undo(struct tx *tx, const struct who *who, int64_t job, int64_t number, struct str payload)
{
    struct item item;
    (void)job;
    (void)number;
    const char *opposite = item_read(tx->arena, payload, &item) ? opposite_of(item.verb) : NULL;
    if (!opposite) {
        tx_refuse(tx, ERR_STATE);
        return;
    }
    item.verb = str_of(opposite);
    item.form = arena_format(tx->arena, "{\"reason\":\"批量操作撤销\"}");
    const struct move *move;
    struct fault before = tx->fault;
    if (!form_of(tx, &item, &move) && tx_failed(tx)) {
        tx->fault = before;                                  /* a move without that field */
        item.form = S("{}");
    }
    move_item(tx, who, &item);
}

static const struct job_kind bulk = { "bulk", bulk_apply, bulk_undo };

void jobs_register(void)
{
    job_register(&bulk);
}

/* --- asking for one --------------------------------------------------------------------------------------------------------------- */

struct asked { int64_t *ids; int count; struct str verb, form; int64_t job; };

static void refuse_ids(struct req *r, enum bad bad, int64_t bound)
{
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("ids"), .bad = bad, .label = L("事项", "Matters"),
        .bound = bound,
        .arg = bad == BAD_TYPE ? S("ids") : (struct str){ 0 } });
}

static void read_ids(struct req *r, struct asked *asked, const json_t *ids)
{
    size_t at;
    const json_t *id;
    if (!json_is_array(ids) || json_array_size(ids) == 0) {
        refuse_ids(r, BAD_MISSING, 0);
        return;
    }
    if (json_array_size(ids) > BULK_MAX) {
        refuse_ids(r, BAD_MANY, BULK_MAX);
        return;
    }
    asked->ids = arena_array(r->arena, int64_t, json_array_size(ids));
    json_array_foreach((json_t *)ids, at, id) {
        if (!json_is_integer(id) || json_integer_value(id) <= 0) {
            refuse_ids(r, BAD_TYPE, 0);
            return;
        }
        asked->ids[asked->count++] = json_integer_value(id);
    }
}

static void bulk_prepare(struct req *r)
{
    struct asked *asked = arena_new(r->arena, struct asked);
    r->state = asked;
    asked->verb = r->part[0];
    /* The pieces that form_json checks (UTF-8, depth, twice) are checked by it below, on what is left of the object. */
    json_t *root = str_utf8_ok(r->body) && r->body.n ? json_loadb(r->body.p, r->body.n, JSON_REJECT_DUPLICATES,
        NULL) : NULL;
    if (!json_is_object(root)) {
        tx_refuse(r->tx, ERR_MALFORMED);
        json_decref(root);
        return;
    }
    read_ids(r, asked, json_object_get(root, "ids"));
    json_object_del(root, "ids");
    char *rest = json_dumps(root, JSON_COMPACT);
    asked->form = arena_copy(r->arena, str_of(rest));
    free(rest);
    json_decref(root);
    if (tx_failed(r->tx))
        return;
    struct item first = { asked->ids[0], asked->verb, asked->form };
    struct matter m;
    const struct move *move;
    if (!matter_see(r->tx, r->who, first.matter, &m))
        return;
    form_of(r->tx, &first, &move);
    if (!move)
        tx_refuse(r->tx, ERR_STATE);
}

static void bulk_stage_apply(struct req *r)
{
    struct asked *asked = r->state;
    asked->job = job_stage(r->tx, r->who, "bulk", asked->verb);
    for (int i = 0; i < asked->count && !tx_failed(r->tx); i++) {
        struct json j = json_in(r->arena);
        json_obj(&j);
        json_key_int(&j, "matter", asked->ids[i]);
        json_key_str(&j, "verb", asked->verb);
        json_key(&j, "form");
        json_raw(&j, asked->form);
        json_end(&j);
        job_item(r->tx, asked->job, json_done(&j));
    }
    job_start(r->tx, asked->job);
    r->id = asked->job;
    r->status = 202;
    r->location = arena_format(r->arena, "/api/v1/jobs/%lld", (long long)asked->job);
}

static void bulk_show(struct req *r)
{
    json_obj(&r->out);
    json_key_int(&r->out, "job", r->id);
    json_end(&r->out);
}

/* --- how it goes ------------------------------------------------------------------------------------------------------------------ */

static bool job_see(struct req *r, struct job *job)
{
    if (!job_get(r->tx, r->id, job))
        return false;
    if (job->account != r->who->account && !who_has(r->who, R(ADMIN)))
        tx_refuse(r->tx, ERR_NOT_FOUND);
    return !tx_failed(r->tx);
}

static void job_show(struct req *r)
{
    struct job job;
    struct json *j = &r->out;
    int64_t item;
    struct str payload, message;
    if (!job_see(r, &job))
        return;
    bool is_bulk = str_is(job.kind, "bulk");
    json_obj(j);
    json_key_int(j, "id", job.id);
    json_key_str(j, "kind", job.kind);
    json_key_str(j, "state", job.state);
    json_key_str(j, "note", job.note);
    json_key_int(j, "done", job.done);
    json_key_int(j, "total", job.total);
    json_key_int(j, "error_count", job.errors);
    json_key_list(j, "errors");
    struct rows rows = db_get(r->tx, select_wrong, IN(job.id));
    while (db_row(&rows, OUT(&item, &payload, &message))) {
        struct item what;
        json_obj(j);
        json_key_int(j, "item", item);
        if (is_bulk && item_read(r->arena, payload, &what))
            json_key_int(j, "matter", what.matter);
        json_key_str(j, "message", message);
        json_end(j);
    }
    json_end(j);
    json_key_bool(j, "undo", job.can_undo && is_bulk && opposite_of(job.note));
    json_key_time(j, "at", job.at);
    json_key_time(j, "finished_at", job.finished_at);
    json_end(j);
}

static void job_undo_apply(struct req *r)
{
    struct job job;
    if (!job_see(r, &job))
        return;
    if (!str_is(job.kind, "bulk") || !opposite_of(job.note))
        tx_refuse(r->tx, ERR_STATE, "此任务不能撤销", "This job cannot be undone");
    job_undo(r->tx, r->who, r->id);
}

const struct route job_routes[] = {
    { POST, "/bulk/{verb}", MOVERS, bulk_prepare, bulk_stage_apply, bulk_show, .flags = ROUTE_RAW,
      .about = L("批量办理：{ids:[...], 其余为该办理方式的字段}", "One move on many: {ids:[...], and the move's own fields}") },
    { GET, "/jobs/{id}", MOVERS, .show = job_show, .about = L("批量任务的进度", "How a job goes") },
    { POST, "/jobs/{id}/undo", MOVERS, .apply = job_undo_apply, .show = job_show, .about = L("撤销批量任务", "Undo a job") },
    {0} };
