/* job.c -- see job.h. States: staged -> running -> done | failed; done -> undoing -> undone. An item is waiting, done, wrong
 * or undone. A slice is one transaction, each item a part of it: a refused one leaves its message and nothing else. */
#include "engine/job.h"

#include "engine/account.h"
#include "engine/engine.h"

#include <assert.h>

SQL(insert_job, "insert into job(id, kind, state, account, note, total, done, errors, at) values ($1, $2, 'staged', $3, $4, 0, 0, 0, $5)");
SQL(select_total, "select total from job where id = $1");
SQL(insert_item, "insert into job_item(job, item, state, payload) values ($1, $2, 'waiting', $3)");
SQL(update_total, "update job set total = total + 1 where id = $1");
SQL(start_job, "update job set state = 'running' where id = $1 and state = 'staged'");
SQL(select_job, "select id, kind, state, account, note, total, done, errors, at, finished_at from job where id = $1");
SQL(select_running, "select id, kind, state, account from job where state in ('running', 'undoing') order by id limit 1");
SQL(select_items, "select item, payload from job_item where job = $1 and state = $2 order by item limit $3");
SQL(item_state, "update job_item set state = $1, message = $2 where job = $3 and item = $4");
SQL(job_progress, "update job set done = done + $1, errors = errors + $2 where id = $3");
SQL(job_end, "update job set state = $1, finished_at = $2 where id = $3");
SQL(undo_job, "update job set state = 'undoing', done = 0 where id = $1 and state = 'done'");

enum { KINDS_MAX = 32, SLICE = 50 };
static const struct job_kind *kinds[KINDS_MAX];
static int kind_count;

void job_register(const struct job_kind *kind)
{
    for (int i = 0; i < kind_count; i++)
        if (kinds[i] == kind)
            return;
    assert(kind_count < KINDS_MAX);
    kinds[kind_count++] = kind;
}

static const struct job_kind *kind_of(struct str name)
{
    for (int i = 0; i < kind_count; i++)
        if (str_is(name, kinds[i]->name))
            return kinds[i];
    return NULL;
}

int64_t job_stage(struct tx *tx, const struct who *who, const char *kind, struct str note)
{
    assert(kind_of(str_of(kind)));
    int64_t id = db_id(tx, "job");
    db_run(tx, insert_job, IN(id, kind, REF0(who->account), note, tx->now));
    return id;
}

void job_item(struct tx *tx, int64_t job, struct str payload)
{
    int64_t total = 0;
    db_one(tx, select_total, IN(job), OUT(&total));
    db_run(tx, insert_item, IN(job, total + 1, payload));
    db_run(tx, update_total, IN(job));
}

void job_start(struct tx *tx, int64_t job)
{
    if (db_run(tx, start_job, IN(job)) != 1)
        tx_refuse(tx, ERR_STATE);
}

bool job_get(struct tx *tx, int64_t id, struct job *j)
{
    if (!db_one(tx, select_job, IN(id), OUT(&j->id, &j->kind, &j->state, &j->account, &j->note, &j->total, &j->done, &j->errors,
                                            &j->at, &j->finished_at))) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    const struct job_kind *kind = kind_of(j->kind);
    j->can_undo = kind && kind->undo && str_is(j->state, "done");
    return true;
}

struct item {
    int64_t id;
    struct str payload;
    const struct job_kind *kind;
    const struct who *who;
    int64_t job;
    bool undo;
};

static void item_part(struct tx *tx, void *arg)
{
    const struct item *item = arg;
    if (item->undo)
        item->kind->undo(tx, item->who, item->job, item->id, item->payload);
    else
        item->kind->apply(tx, item->who, item->job, item->id, item->payload);
}

/* True when the item went well; a refusal becomes its message and the transaction goes on. */
static bool do_item(struct tx *tx, struct item *item)
{
    struct fault why = { 0 };
    if (tx_try(tx, item_part, item, &why)) {
        db_run(tx, item_state, IN(item->undo ? "undone" : "done", NIL, item->job, item->id));
        return true;
    }
    struct label what = why.what.zh ? why.what : err_label(why.code);
    db_run(tx, item_state, IN("wrong", what.zh, item->job, item->id));      /* inert when the store itself is in trouble */
    return false;
}

int job_step(struct tx *tx)
{
    struct job job;
    if (!db_one(tx, select_running, IN(), OUT(&job.id, &job.kind, &job.state, &job.account)))
        return 0;
    const struct job_kind *kind = kind_of(job.kind);
    bool undo = str_is(job.state, "undoing");
    if (!kind || (undo && !kind->undo)) {
        db_run(tx, job_end, IN("failed", tx->now, job.id));
        return 0;
    }
    struct item items[SLICE];
    int count = 0, done = 0;
    struct rows rows = db_get(tx, select_items, IN(job.id, undo ? "done" : "waiting", SLICE));
    while (count < SLICE && db_row(&rows, OUT(&items[count].id, &items[count].payload)))
        count++;
    rows_end(&rows);
    struct who who = who_system;
    who.account = job.account;
    struct account account;
    if (job.account && account_get(tx, job.account, &account))
        who.name = account.name;
    for (int i = 0; i < count && !tx_failed(tx); i++) {
        items[i] = (struct item){ items[i].id, items[i].payload, kind, &who, job.id, undo };
        done += do_item(tx, &items[i]);
    }
    db_run(tx, job_progress, IN(done, count - done, job.id));
    if (count < SLICE)
        db_run(tx, job_end, IN(undo ? "undone" : "done", tx->now, job.id));
    return count;
}

void job_undo(struct tx *tx, const struct who *who, int64_t id)
{
    struct job job;
    if (!job_get(tx, id, &job))
        return;
    if (!job.can_undo || (job.account != who->account && !who_has(who, R(ADMIN))))
        tx_refuse(tx, ERR_STATE, "此任务不能撤销", "This job cannot be undone");
    db_run(tx, undo_job, IN(id));
}
