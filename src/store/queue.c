/* queue.c -- the writes that wait: three lanes, taken urgent first. One bulk write at most goes into a group, so that a
 * long import never delays an alarm by more than one slice of it, and is never starved by a busy normal lane either. */
#include "store/store.h"

#include <assert.h>
#include <semaphore.h>

void queue_init(struct queue *q)
{
    *q = (struct queue){ 0 };
    pthread_mutex_init(&q->lock, NULL);
    cond_init_monotonic(&q->filled);
}

void queue_free(struct queue *q)
{
    assert(q->waiting == 0);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
}

bool queue_put(struct queue *q, struct write *w)
{
    assert((int)w->lane < (int)LANES);
    pthread_mutex_lock(&q->lock);
    bool taken = !q->closing && q->waiting < QUEUE_MAX;
    if (taken) {
        w->next = NULL;
        *(q->tail[w->lane] ? &q->tail[w->lane]->next : &q->head[w->lane]) = w;
        q->tail[w->lane] = w;
        q->waiting++;
        if (q->sleepers)
            pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

static int take_lane(struct queue *q, enum lane lane, struct write **list, int max)
{
    int count = 0;
    while (count < max && q->head[lane]) {
        struct write *w = q->head[lane];
        q->head[lane] = w->next;
        if (!q->head[lane])
            q->tail[lane] = NULL;
        w->next = NULL;
        list[count++] = w;
    }
    q->waiting -= count;
    return count;
}

static bool wait_filled(struct queue *q, int idle_ms)
{
    struct timespec until = deadline_after(idle_ms);
    bool late = false;
    while (q->waiting == 0 && !q->closing && !late) {
        q->sleepers++;
        if (idle_ms > 0)
            late = pthread_cond_timedwait(&q->filled, &q->lock, &until) != 0;
        else
            pthread_cond_wait(&q->filled, &q->lock);
        q->sleepers--;
    }
    return q->waiting > 0 || q->closing;
}

int queue_take(struct queue *q, struct write **list, int max, int idle_ms)
{
    pthread_mutex_lock(&q->lock);
    if (!wait_filled(q, idle_ms)) {
        pthread_mutex_unlock(&q->lock);
        return QUEUE_IDLE;
    }
    int bulk_kept = max > 1 && q->head[LANE_BULK] ? GROUP_BULK_MAX : 0;
    int count = take_lane(q, LANE_URGENT, list, max);
    if (count + bulk_kept < max)
        count += take_lane(q, LANE_NORMAL, list + count, max - count - bulk_kept);
    int room = max - count < GROUP_BULK_MAX ? max - count : GROUP_BULK_MAX;
    count += take_lane(q, LANE_BULK, list + count, room);
    pthread_mutex_unlock(&q->lock);
    return count;
}

int queue_take_more(struct queue *q, struct write **list, int max)
{
    int count = 0;
    pthread_mutex_lock(&q->lock);
    if (q->waiting >= max) {
        count = take_lane(q, LANE_URGENT, list, max);
        count += take_lane(q, LANE_NORMAL, list + count, max - count);
    }
    pthread_mutex_unlock(&q->lock);
    return count;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

ms queue_oldest(struct queue *q, int *ret_waiting)
{
    ms oldest = 0;
    pthread_mutex_lock(&q->lock);
    for (int lane = 0; lane < LANES; lane++)
        if (q->head[lane] && (oldest == 0 || q->head[lane]->at < oldest))
            oldest = q->head[lane]->at;
    *ret_waiting = q->waiting;
    pthread_mutex_unlock(&q->lock);
    return oldest;
}

void store_submit(struct store *s, struct write *w)
{
    assert(w->apply && w->arena && w->done);
    fault_clear(&w->fault);
    w->at = s->clock->now(s->clock);
    w->sql_count = 0;
    if (queue_put(&s->queue, w))
        return;
    fault_set(&w->fault, ERR_UNAVAILABLE, "等待写入的请求太多，请稍后再试", "Too many writes are waiting; try again later");
    w->done(w);
}

static void write_landed(struct write *w)
{
    sem_post(w->owner);
}

void store_write(struct store *s, struct write *w)
{
    void (*done)(struct write *) = w->done;
    void *owner = w->owner;
    sem_t landed;
    sem_init(&landed, 0, 0);
    w->done = write_landed;
    w->owner = &landed;
    store_submit(s, w);
    while (sem_wait(&landed) != 0)
        ;                                     /* EINTR only */
    sem_destroy(&landed);
    w->done = done;
    w->owner = owner;
}
