/* fall.c -- see fall.h. Bins count from the start of the stream; the ring keeps the last FALL_RING of them. */
#include "base/fall.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { BEFORE_FROM = 70, BEFORE_TO = 20, AFTER_FROM = 20, AFTER_TO = 70, NEAR = 20, SHORT_AWAY = 10, FEW = 3 };    /* bins */

static const char *const names[FALL_FEATURES] = { "peak", "low", "turn", "still", "busy", "speed", "width", "moving", "energy", "range" };

const char *fall_feature_name(enum fall_feature f)
{
    return names[f];
}

void fall_init(struct fall *f, const struct fall_model *model, double hz)
{
    assert(hz >= FALL_HZ_MIN && hz <= FALL_HZ_MAX);
    memset(f, 0, sizeof *f);
    f->model = model;
    f->hz = hz;
}

double fall_score(const struct fall_model *m, const double features[FALL_FEATURES])
{
    double score = m->bias;
    for (int i = 0; i < FALL_FEATURES; i++)
        score += m->weight[i] * features[i];
    return score;
}

static float g_at(const struct fall *f, int64_t bin)
{
    return f->g[bin % FALL_RING];
}

static const float *vector_at(const struct fall *f, int64_t bin)
{
    return f->a[bin % FALL_RING];
}

/* --- windows: [from, to) of bins that exist ---------------------------------------------------------------------------------- */

struct window { int64_t from, to; };

static struct window window(const struct fall *f, int64_t from, int64_t to)
{
    struct window w = { from < 0 ? 0 : from, to > f->bins ? f->bins : to };
    if (w.to < w.from)
        w.to = w.from;
    return w;
}

/* At the edges of a stream there is less to see: what is nearer has to do, at last the blow itself. */
static struct window before(const struct fall *f, int64_t peak)
{
    struct window w = window(f, peak - BEFORE_FROM, peak - BEFORE_TO);
    if (w.to - w.from < FEW)
        w = window(f, peak - BEFORE_FROM, peak - SHORT_AWAY);
    return w.to - w.from < FEW ? window(f, peak - BEFORE_FROM, peak + 1) : w;
}

static struct window after(const struct fall *f, int64_t peak)
{
    struct window w = window(f, peak + AFTER_FROM, peak + AFTER_TO);
    if (w.to - w.from < FEW)
        w = window(f, peak + SHORT_AWAY, peak + AFTER_TO);
    return w.to - w.from < FEW ? window(f, peak, peak + AFTER_TO) : w;
}

static double spread(const struct fall *f, struct window w)
{
    double sum = 0, squares = 0, n = (double)(w.to - w.from);
    for (int64_t i = w.from; i < w.to; i++)
        sum += g_at(f, i);
    for (int64_t i = w.from; i < w.to; i++)
        squares += (g_at(f, i) - sum / n) * (g_at(f, i) - sum / n);
    return sqrt(squares / n);
}

static double range(const struct fall *f, struct window w)
{
    double least = g_at(f, w.from), most = least;
    for (int64_t i = w.from; i < w.to; i++) {
        least = fmin(least, g_at(f, i));
        most = fmax(most, g_at(f, i));
    }
    return most - least;
}

static void mean(const struct fall *f, struct window w, double down[3])
{
    down[0] = down[1] = down[2] = 0;
    for (int64_t i = w.from; i < w.to; i++)
        for (int k = 0; k < 3; k++)
            down[k] += vector_at(f, i)[k] / (double)(w.to - w.from);
}

static double turn(const struct fall *f, struct window one, struct window other)
{
    double p[3], q[3];
    mean(f, one, p);
    mean(f, other, q);
    double lengths = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]) * sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
    double cosine = (p[0] * q[0] + p[1] * q[1] + p[2] * q[2]) / (lengths + 1e-9);
    return acos(fmax(-1, fmin(1, cosine))) / M_PI_2;
}

static double moving(const struct fall *f, struct window w)
{
    double sum = 0;
    int n = 0;
    for (int64_t i = w.from > 0 ? w.from : 1; i < w.to; i++, n++) {
        const float *p = vector_at(f, i - 1), *q = vector_at(f, i);
        sum += sqrt((q[0] - p[0]) * (q[0] - p[0]) + (q[1] - p[1]) * (q[1] - p[1]) + (q[2] - p[2]) * (q[2] - p[2]));
    }
    return n ? sum / n * FALL_HZ : 0;
}

/* --- one peak ---------------------------------------------------------------------------------------------------------------- */

static void describe(const struct fall *f, int64_t peak, double *x)
{
    struct window was = before(f, peak), is = after(f, peak), falling = window(f, peak - NEAR, peak + 1),
                  around = window(f, peak - NEAR, peak + NEAR);
    x[FALL_PEAK] = g_at(f, peak);
    x[FALL_LOW] = g_at(f, peak);
    x[FALL_SPEED] = x[FALL_WIDTH] = x[FALL_ENERGY] = 0;
    for (int64_t i = falling.from; i < falling.to; i++) {
        x[FALL_LOW] = fmin(x[FALL_LOW], g_at(f, i));
        x[FALL_SPEED] += fmax(0, 1 - g_at(f, i)) / FALL_HZ * 9.8;
    }
    for (int64_t i = around.from; i < around.to; i++) {
        x[FALL_WIDTH] += g_at(f, i) > 1.5 ? 1.0 / FALL_HZ : 0;
        x[FALL_ENERGY] += fabs(g_at(f, i) - 1) / (double)(around.to - around.from);
    }
    x[FALL_TURN] = turn(f, was, is);
    x[FALL_STILL] = log(spread(f, is) + 0.01);
    x[FALL_BUSY] = log(spread(f, was) + 0.01);
    x[FALL_MOVING] = log(moving(f, is) + 0.05);
    x[FALL_RANGE] = range(f, is);
}

/* The first of the highest within NEAR bins to both sides. */
static bool is_peak(const struct fall *f, int64_t bin)
{
    struct window w = window(f, bin - NEAR, bin + NEAR + 1);
    if (g_at(f, bin) < f->model->trigger_g)
        return false;
    for (int64_t i = w.from; i < w.to; i++)
        if (g_at(f, i) > g_at(f, bin) || (i < bin && g_at(f, i) == g_at(f, bin)))
            return false;
    return true;
}

static void put_bin(struct fall *f, double x, double y, double z)
{
    float *a = f->a[f->bins % FALL_RING];
    a[0] = (float)x;
    a[1] = (float)y;
    a[2] = (float)z;
    f->g[f->bins % FALL_RING] = (float)sqrt(x * x + y * y + z * z);
    f->bins++;
}

/* Where a device sends fewer samples than bins, the last one stands for those that are missing. */
static void close_bins(struct fall *f, int64_t bin)
{
    while (f->bins < bin) {
        if (f->in_bin)
            put_bin(f, f->sum[0] / f->in_bin, f->sum[1] / f->in_bin, f->sum[2] / f->in_bin);
        else {
            const float *last = vector_at(f, f->bins - 1);
            put_bin(f, last[0], last[1], last[2]);
        }
        f->in_bin = 0;
        f->sum[0] = f->sum[1] = f->sum[2] = 0;
    }
}

static bool look(struct fall *f, int64_t upto, int64_t *ret_peak)
{
    while (f->looked < upto) {
        int64_t bin = f->looked++;
        if (is_peak(f, bin)) {
            *ret_peak = bin;
            return true;
        }
    }
    return false;
}

static double cut(double mg)
{
    return isfinite(mg) ? fmax(-64000, fmin(64000, mg)) / 1000 : 0;
}

static bool take(struct fall *f, double x_mg, double y_mg, double z_mg, int64_t *ret_peak)
{
    close_bins(f, (int64_t)floor((double)f->samples * FALL_HZ / f->hz));
    f->samples++;
    f->sum[0] += cut(x_mg);
    f->sum[1] += cut(y_mg);
    f->sum[2] += cut(z_mg);
    f->in_bin++;
    return look(f, f->bins - AFTER_TO + 1, ret_peak);
}

static bool flush(struct fall *f, int64_t *ret_peak)
{
    if (f->in_bin)
        close_bins(f, f->bins + 1);
    return look(f, f->bins, ret_peak);
}

static bool judge(const struct fall *f, int64_t peak, struct fall_event *e)
{
    double x[FALL_FEATURES];
    describe(f, peak, x);
    double score = fall_score(f->model, x);
    if (!(score > 0))
        return false;
    *e = (struct fall_event){ .at_s = (double)peak / FALL_HZ, .peak_g = x[FALL_PEAK], .score = score };
    return true;
}

bool fall_feed(struct fall *f, double x_mg, double y_mg, double z_mg, struct fall_event *ret_event)
{
    int64_t peak = 0;
    return take(f, x_mg, y_mg, z_mg, &peak) && judge(f, peak, ret_event);
}

bool fall_end(struct fall *f, struct fall_event *ret_event)
{
    int64_t peak = 0;
    while (flush(f, &peak))
        if (judge(f, peak, ret_event))
            return true;
    return false;
}

bool fall_feed_peak(struct fall *f, double x_mg, double y_mg, double z_mg, double ret_features[FALL_FEATURES])
{
    int64_t peak = 0;
    if (!take(f, x_mg, y_mg, z_mg, &peak))
        return false;
    describe(f, peak, ret_features);
    return true;
}

bool fall_end_peak(struct fall *f, double ret_features[FALL_FEATURES])
{
    int64_t peak = 0;
    if (!flush(f, &peak))
        return false;
    describe(f, peak, ret_features);
    return true;
}
