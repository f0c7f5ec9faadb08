/* fall.h -- did the wearer of an accelerometer fall? A stream of samples goes in, falls come out some 3.5 seconds after the blow.
 * Samples of any rate are averaged onto a grid of FALL_HZ, so that one model serves every device of a wearing place. Every
 * peak above the model's trigger that is the highest for a second to both sides is looked at with its surroundings: ten
 * features (FALL_*), a weighted sum, one threshold: a logistic regression whose weights are data (rules/fall.yaml), fitted and
 * measured by bench/fall_bench.c.
 * Units: samples in milli-g, three axes in any orientation; times in seconds of the stream. A device below FALL_HZ_MIN gives too little.
 * Memory: the struct holds all. Faults: none. Threading: one thread per stream.
 * What it is not: a medical device. A slow slide from a chair has no blow and is not found; the key is still there. */
#ifndef WUXING_BASE_FALL_H
#define WUXING_BASE_FALL_H

#include "base/str.h"

enum { FALL_HZ = 20, FALL_HZ_MIN = 10, FALL_HZ_MAX = 400, FALL_RING = 256 };

enum fall_feature {
    FALL_PEAK,           /* g, the blow */
    FALL_LOW,            /* g, least in the second before: how free the fall was */
    FALL_TURN,           /* right angles between where down was before and after */
    FALL_STILL,          /* log of the spread of g afterwards */
    FALL_BUSY,           /* log of the spread of g before */
    FALL_SPEED,          /* m/s that weightlessness adds up to in the second before */
    FALL_WIDTH,          /* s above 1.5 g around the blow */
    FALL_MOVING,         /* log of how fast the vector changes afterwards, g/s */
    FALL_ENERGY,         /* g, mean distance from 1 g around the blow */
    FALL_RANGE,          /* g, from least to most afterwards */
    FALL_FEATURES
};

struct fall_model {
    double trigger_g, bias;                    /* a fall when bias + sum of weight * feature > 0 */
    double weight[FALL_FEATURES];
};
struct fall_event { double at_s, peak_g, score; };

struct fall {
    const struct fall_model *model;
    double hz;
    int64_t samples, bins, looked;             /* taken; whole bins; bins that were looked at as a peak */
    double sum[3];                             /* of the bin that is being filled */
    int in_bin;
    float a[FALL_RING][3], g[FALL_RING];
};

/* `model` outlives the stream. */
void fall_init(struct fall *, const struct fall_model *, double hz);
/* True when a fall was found; `ret_event` says when and how hard. */
bool fall_feed(struct fall *, double x_mg, double y_mg, double z_mg, struct fall_event *ret_event);
/* The stream ends: looks at the peaks that wait for what comes after. Call until false. */
bool fall_end(struct fall *, struct fall_event *ret_event);

/* For fitting: the features of the next peak; as fall_feed and fall_end, but every peak is told. */
bool fall_feed_peak(struct fall *, double x_mg, double y_mg, double z_mg, double ret_features[FALL_FEATURES]);
bool fall_end_peak(struct fall *, double ret_features[FALL_FEATURES]);
double fall_score(const struct fall_model *, const double features[FALL_FEATURES]);
const char *fall_feature_name(enum fall_feature);          /* as rules/fall.yaml names it */

#endif
