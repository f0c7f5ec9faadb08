/* ring_work.c -- the ringer: takes due attempts after their commit, hands them to the ports' lines, writes back what
 * happened; see ring_port.h. One thread looks ten times a second (a read by index), each line of a port is a thread that
 * may block as long as a telephone rings. An attempt is claimed in a write of its own, so that two processes on one store
 * never ring the same one. */
#include "engine/ring_port.h"

#include "base/log.h"
#include "engine/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <time.h>

SQL(select_due, "select id, matter, round, again from ring_attempt where asked_at is null and ended_at is null and port_no = $1"
    " order by again, id limit $2");
SQL(claim, "update ring_attempt set asked_at = $1, port = $2 where id = $3 and asked_at is null and ended_at is null");
SQL(pass_on, "update ring_attempt set asked_at = null, port_no = port_no + 1, note = $1 where id = $2 and ended_at is null");
SQL(set_texted, "update ring_attempt set texted_at = $1 where id = $2 and texted_at is null");
SQL(set_note, "update ring_attempt set note = $1 where id = $2 and ended_at is null");
SQL(select_asked, "select asked_at from ring_attempt where id = $1");

enum { PORTS_MAX = 8, LINES_MAX = 32, LOOK_MS = 100, LINK_BYTES_MAX = 300, BLIND_MAX = 50, BLIND_S = 60 };

struct job {
    int64_t attempt, matter, round;
    bool again;
    bool blind;                        /* rung without a row: the store cannot be written */
    char number[24], matter_number[40], text[500], spoken[200];
    struct ring_outcome outcome;
};

struct line {
    struct ringer *ringer;
    int port_no;
    pthread_t thread;
    bool busy;
    _Atomic bool stop;
    struct job job;
};

struct ringer {
    struct engine *engine;
    struct ring_port *ports[PORTS_MAX + 1];
    int port_count, line_count;
    struct line lines[PORTS_MAX * LINES_MAX];
    struct job scratch[LINES_MAX];     /* of ringer_turn */
    char link[LINK_BYTES_MAX];
    struct { int64_t matter, steps; ms at; } blind[BLIND_MAX];
    int blind_count;
    pthread_t looker;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool threads;
    _Atomic bool stop;
};

static enum err write_code(struct engine *e, void (*apply)(struct tx *, void *), void *arg)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = LANE_URGENT };
    store_write(e->store, &w);
    return w.fault.code;
}

static bool write_now(struct engine *e, void (*apply)(struct tx *, void *), void *arg)
{
    return write_code(e, apply, arg) == ERR_OK;
}

/* --- taking ---------------------------------------------------------------------------------------------------------- */

struct batch {
    struct ringer *ringer;
    struct job *jobs;
    bool claimed[LINES_MAX];
    int port_no, count;
};

static void claim_batch(struct tx *tx, void *arg)
{
    struct batch *b = arg;
    const char *port = b->ringer->ports[b->port_no]->name;
    for (int i = 0; i < b->count; i++)
        b->claimed[i] = db_run(tx, claim, IN(tx->now, port, b->jobs[i].attempt)) == 1;
}

static void fill_texts(struct ringer *r, struct arena *a, struct job *job, const struct matter *m, struct str number)
{
    struct str of = matter_number(a, m->kind, m->opened_at, m->id);
    snprintf(job->number, sizeof job->number, STR_FMT, STR_ARG(number));
    snprintf(job->matter_number, sizeof job->matter_number, STR_FMT, STR_ARG(of));
    snprintf(job->text, sizeof job->text, "街道值班提醒：" STR_FMT " 等待处理", STR_ARG(of));
    if (r->link[0])
        snprintf(job->text, sizeof job->text, "街道值班提醒：" STR_FMT " 等待处理 %s%lld", STR_ARG(of), r->link, (long long)m->id);
    snprintf(job->spoken, sizeof job->spoken, "街道值班室呼叫，事项 " STR_FMT " 等待处理，请立即登录系统", STR_ARG(of));
}

static bool read_job(struct ringer *r, struct tx *tx, struct job *job)
{
    struct attempt a;
    struct matter m;
    struct rows rows = ring_list(tx, job->matter, job->attempt - 1, 1);
    bool found = ring_row(&rows, &a) && a.id == job->attempt;
    rows_end(&rows);
    if (!found || !matter_get(tx, job->matter, &m))
        return false;
    fill_texts(r, tx->arena, job, &m, a.number);
    return true;
}

/* Attempts for a port that wait, claimed and ready to be rung; at most `max`. */
static int take(struct ringer *r, int port_no, struct job *jobs, int max)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct batch b = { .ringer = r, .jobs = jobs, .port_no = port_no };
    memset(jobs, 0, (size_t)max * sizeof *jobs);
    struct tx *tx = read_begin(r->engine->store, &arena);
    struct rows rows = db_get(tx, select_due, IN(port_no, max));
    while (b.count < max && db_row(&rows, OUT(&jobs[b.count].attempt, &jobs[b.count].matter, &jobs[b.count].round, &jobs[b.count].again)))
        b.count++;
    rows_end(&rows);
    for (int i = 0; i < b.count; i++)
        read_job(r, tx, &jobs[i]);
    read_end(tx);
    if (b.count == 0 || !write_now(r->engine, claim_batch, &b))
        return 0;
    int kept = 0;
    for (int i = 0; i < b.count; i++)
        if (b.claimed[i])
            jobs[kept++] = jobs[i];
    return kept;
}

/* --- what happened --------------------------------------------------------------------------------------------------- */

struct happened {
    const struct job *job;
    bool last;                         /* no further port to ask */
};

static void write_outcome(struct tx *tx, void *arg)
{
    const struct happened *h = arg;
    const struct ring_outcome *o = &h->job->outcome;
    struct str note = str_of(o->note);
    ms asked_at = 0;
    if (o->texted)
        db_run(tx, set_texted, IN(tx->now, h->job->attempt));
    if (o->result == RING_OPEN) {
        db_run(tx, set_note, IN(note, h->job->attempt));
        return;
    }
    bool wanted = h->job->round == 0 || ring_running(tx, h->job->matter);
    if (!h->last && wanted && (o->result == RING_FAILED || o->result == RING_NO_PORT)) {
        db_run(tx, pass_on, IN(note, h->job->attempt));
        return;
    }
    db_one(tx, select_asked, IN(h->job->attempt), OUT(&asked_at));
    bool rang = o->result == RING_RANG || o->result == RING_ANSWERED;
    ring_receipt(tx, h->job->attempt, o->result, rang ? asked_at + o->rang_after_ms : 0, note);
}

static void ring_one(struct ringer *r, int port_no, struct job *job, const _Atomic bool *stop)
{
    struct ring_port *port = r->ports[port_no];
    struct ring_call call = {
        .attempt = job->attempt, .matter = job->matter, .number = job->number, .matter_number = job->matter_number, .text = job->text,
        .spoken = job->spoken, .again = job->again, .stop = stop,
    };
    job->outcome = (struct ring_outcome){ .result = RING_FAILED };
    if (job->number[0])
        port->ring(port, &call, &job->outcome);
    if (job->blind) {
        bool failed = job->outcome.result == RING_FAILED || job->outcome.result == RING_NO_PORT;
        log_line(LOG_ERROR, "ring matter=%lld port=%s without a row: the store cannot be written", (long long)job->matter, port->name);
        if (failed && port_no + 1 < r->port_count)
            ring_one(r, port_no + 1, job, stop);
        return;
    }
    struct happened h = { job, port_no + 1 >= r->port_count };
    if (!write_now(r->engine, write_outcome, &h))
        log_line(LOG_ERROR, "ring attempt=%lld outcome was not written", (long long)job->attempt);
}

static void apply_climb(struct tx *tx, void *arg)
{
    *(int *)arg = ring_climb(tx);
}

static bool climb_is_due(struct ringer *r)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(r->engine->store, &arena);
    bool due = ring_due(tx);
    read_end(tx);
    return due;
}

/* --- when nothing can be written ---------------------------------------------------------------------------------------- */

static bool cannot_write(enum err code)
{
    return code == ERR_STORE_FULL || code == ERR_READ_ONLY || code == ERR_UNAVAILABLE || code == ERR_TIMEOUT;
}

/* How many steps were taken blindly for a matter; -1: its last one is too young. Remembers this one. */
static int64_t blind_step(struct ringer *r, int64_t matter, ms now)
{
    int i = 0;
    while (i < r->blind_count && r->blind[i].matter != matter)
        i++;
    if (i == BLIND_MAX)
        return -1;
    bool young = i < r->blind_count && r->blind[i].at <= now && now - r->blind[i].at < SECONDS(BLIND_S);
    if (young)
        return -1;
    if (i == r->blind_count)
        r->blind[r->blind_count++].steps = 0;
    r->blind[i].matter = matter;
    r->blind[i].at = now;
    return r->blind[i].steps++;
}

/* A full disk silences nobody: what stands in the store says who is due, and memory how often. At most `max` calls. */
static int blind_jobs(struct ringer *r, struct job *jobs, int max)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    int64_t due[BLIND_MAX];
    int count = 0;
    struct tx *tx = read_begin(r->engine->store, &arena);
    int due_count = ring_due_list(tx, due, BLIND_MAX);
    struct ring_seat *order = arena_array(&arena, struct ring_seat, LINES_MAX);
    for (int d = 0; d < due_count && count < max; d++) {
        struct ring ring;
        struct matter m;
        int64_t step = ring_get(tx, due[d], &ring) && matter_get(tx, due[d], &m) ? blind_step(r, due[d], tx->now) : -1;
        int seats = step < 0 ? 0 : ring_order(tx, m.place, m.owner_org, order, LINES_MAX);
        for (int i = 0; i < seats && i <= ring.step + step && count < max; i++) {
            jobs[count] = (struct job){ .matter = m.id, .round = ring.step + step, .again = true, .blind = true };
            fill_texts(r, &arena, &jobs[count++], &m, order[i].number);
        }
    }
    read_end(tx);
    return count;
}

/* Takes what steps are due; false when that could not be written. */
static bool climb_now(struct ringer *r, int *ret_did)
{
    *ret_did = 0;
    if (!climb_is_due(r))
        return true;
    enum err code = write_code(r->engine, apply_climb, ret_did);
    if (code == ERR_OK)
        r->blind_count = 0;
    return !cannot_write(code);
}

int ringer_turn(struct ringer *r)
{
    int asked = 0, did;
    do {
        did = 0;
        if (!climb_now(r, &did)) {
            int count = blind_jobs(r, r->scratch, LINES_MAX);
            for (int i = 0; i < count; i++)
                ring_one(r, 0, &r->scratch[i], &r->stop);
            return asked + count;
        }
        if (did)
            continue;
        for (int p = 0; p < r->port_count; p++) {
            struct job *jobs = r->scratch;
            int lines = r->ports[p]->lines, count = take(r, p, jobs, lines < LINES_MAX ? lines : LINES_MAX);
            for (int i = 0; i < count; i++)
                ring_one(r, p, &jobs[i], &r->stop);
            asked += count;
            did += count;
        }
    } while (did);
    return asked;
}

/* --- threads --------------------------------------------------------------------------------------------------------- */

static void *line_main(void *arg)
{
    struct line *line = arg;
    struct ringer *r = line->ringer;
    pthread_setname_np(pthread_self(), "ring-line");
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!line->busy && !r->stop)
            pthread_cond_wait(&r->changed, &r->lock);
        if (!line->busy)
            break;
        pthread_mutex_unlock(&r->lock);
        ring_one(r, line->port_no, &line->job, &line->stop);
        pthread_mutex_lock(&r->lock);
        line->busy = false;
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int free_lines(struct ringer *r, int port_no, struct line **free_ones)
{
    int count = 0;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < r->line_count; i++)
        if (r->lines[i].port_no == port_no && !r->lines[i].busy)
            free_ones[count++] = &r->lines[i];
    pthread_mutex_unlock(&r->lock);
    return count;
}

static void hand_out(struct ringer *r, int port_no, bool blind)
{
    struct line *lines[LINES_MAX];
    struct job jobs[LINES_MAX];
    int room = free_lines(r, port_no, lines), count = !room ? 0 : blind ? blind_jobs(r, jobs, room) : take(r, port_no, jobs, room);
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < count; i++) {
        lines[i]->job = jobs[i];
        lines[i]->stop = false;
        lines[i]->busy = true;
    }
    if (count)
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* A matter that a human has taken rings no further; family and key-holders ring on. */
static void hang_up(struct ringer *r)
{
    int64_t matters[PORTS_MAX * LINES_MAX] = { 0 };
    int busy = 0;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < r->line_count; i++)
        if (r->lines[i].busy && r->lines[i].job.round > 0) {
            matters[i] = r->lines[i].job.matter;
            busy++;
        }
    pthread_mutex_unlock(&r->lock);
    if (!busy)
        return;
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(r->engine->store, &arena);
    for (int i = 0; i < r->line_count; i++)
        if (matters[i] && !ring_running(tx, matters[i]) && !tx_failed(tx) && r->lines[i].job.matter == matters[i])
            r->lines[i].stop = true;
    read_end(tx);
}

static void *looker_main(void *arg)
{
    struct ringer *r = arg;
    const struct timespec pause = { 0, LOOK_MS * 1000000L };
    pthread_setname_np(pthread_self(), "ringer");
    while (!atomic_load(&r->stop)) {
        int did = 0;
        bool blind = !climb_now(r, &did);
        for (int p = 0; p < (blind ? 1 : r->port_count); p++)
            hand_out(r, p, blind);
        hang_up(r);
        if (!did)
            nanosleep(&pause, NULL);
    }
    return NULL;
}

struct ringer *ringer_new(struct engine *e, struct ring_port *const *ports, const char *link)
{
    struct ringer *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->engine = e;
    while (ports && ports[r->port_count] && r->port_count < PORTS_MAX) {
        r->ports[r->port_count] = ports[r->port_count];
        r->port_count++;
    }
    if (r->port_count == 0)
        r->ports[r->port_count++] = &ring_port_null;
    snprintf(r->link, sizeof r->link, "%s", link ? link : "");
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    return r;
}

static void start_thread(pthread_t *thread, void *(*body)(void *), void *arg)
{
    if (pthread_create(thread, NULL, body, arg) != 0)
        abort();
}

struct ringer *ringer_start(struct engine *e, struct ring_port *const *ports, const char *link)
{
    struct ringer *r = ringer_new(e, ports, link);
    r->threads = true;
    for (int p = 0; p < r->port_count; p++)
        for (int i = 0; i < r->ports[p]->lines && i < LINES_MAX; i++)
            r->lines[r->line_count++] = (struct line){ .ringer = r, .port_no = p };
    for (int i = 0; i < r->line_count; i++)
        start_thread(&r->lines[i].thread, line_main, &r->lines[i]);
    start_thread(&r->looker, looker_main, r);
    return r;
}

void ringer_free(struct ringer *r)
{
    if (!r)
        return;
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r);
}

void ringer_stop(struct ringer *r)
{
    if (!r)
        return;
    atomic_store(&r->stop, true);
    pthread_join(r->looker, NULL);
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < r->line_count; i++)
        r->lines[i].stop = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < r->line_count; i++)
        pthread_join(r->lines[i].thread, NULL);
    ringer_free(r);
}
