/* job.h -- long work (imports, bulk moves, merges, retention): staged, previewed, applied in slices of at most 200 rows,
 * resumable after a restart, undone by its id where each row can be. A job is rows, not a thread; the engine's job thread
 * only drives what the rows say. */
#ifndef WUXING_ENGINE_JOB_H
#define WUXING_ENGINE_JOB_H

#include "engine/matter.h"

struct job {
    int64_t id, account, total, done, errors;
    struct str kind, state, note;      /* state: staged, running, done, failed, undone */
    ms at, finished_at;
    bool can_undo;
};
struct job_kind {
    const char *name;
    /* One item inside the transaction; sets a fault to count it as an error. `payload` is the item's JSON. */
    void (*apply)(struct tx *, const struct who *, int64_t job, int64_t item, struct str payload);
    void (*undo)(struct tx *, const struct who *, int64_t job, int64_t item, struct str payload);   /* NULL: cannot */
};
int64_t job_stage(struct tx *, const struct who *, const char *kind, struct str note);
void job_item(struct tx *, int64_t job, struct str payload);
void job_start(struct tx *, int64_t job);
bool job_get(struct tx *, int64_t id, struct job *ret_job);
int job_step(struct tx *);             /* applies one slice of one running job; items done */
void job_undo(struct tx *, const struct who *, int64_t id);
void job_register(const struct job_kind *);      /* at start, before threads */

#endif
