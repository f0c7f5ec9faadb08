/* motion.c -- see motion.h. */
#include "engine/motion.h"

#include "engine/rule.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 100, MARK_BYTES_MAX = 40, GAP_MS = 1000, LATE_MS = 30000 };

struct stream {
    char name[NAME_BYTES_MAX], mark[MARK_BYTES_MAX];   /* mark: at or seq of the batch before */
    struct fall_model model;
    struct fall fall;
    struct str place;                                  /* of the rules, which live as long as the process */
    double hz;
    ms start, next, heard;                             /* of the first sample; when the next one is due; when told */
    bool fell;                                         /* what the batch before was answered */
    ms fell_at;
    double peak_g;
};
struct motion {
    pthread_mutex_t lock;
    const struct engine *engine;
    uint64_t hashes[MOTION_STREAMS_MAX];               /* of the names: a search reads these only */
    struct stream *streams[MOTION_STREAMS_MAX];
    int count;
};

struct batch {
    struct str mark, place;
    ms at;                                             /* 0: only numbered */
    double hz, scale;
    json_t *samples;
};

static void wrong(struct fault *fault, const char *field, struct label label, struct label rule)
{
    fault_field(fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

/* --- the model --------------------------------------------------------------------------------------------------------------- */

bool motion_model(const struct rule_set *set, struct str place, struct fall_model *m)
{
    const struct rule_entry *e = set ? rule_entry(set, place) : NULL;
    if (!e)
        return false;
    m->trigger_g = (double)rule_int(e, "trigger", 0) / 1e6;
    m->bias = (double)rule_int(e, "bias", 0) / 1e6;
    for (int i = 0; i < FALL_FEATURES; i++)
        m->weight[i] = (double)rule_int(e, fall_feature_name((enum fall_feature)i), 0) / 1e6;
    return m->trigger_g > 1;                           /* at 1 g and below every still minute would be a peak */
}

bool motion_shipped_model(struct str place, struct fall_model *m)
{
    struct fault fault = { 0 };
    struct rules *rules = rules_load(&fault);
    bool found = rules && motion_model(rule_set(rules, "fall"), place, m);
    rules_free(rules);
    return found;
}

/* --- one batch --------------------------------------------------------------------------------------------------------------- */

static struct str text_of(struct arena *a, json_t *value)
{
    if (json_is_integer(value))
        return arena_format(a, "%lld", (long long)json_integer_value(value));
    return json_is_string(value) ? arena_copy(a, (struct str){ json_string_value(value), json_string_length(value) }) : S("");
}

static double scale_of(json_t *root, struct fault *fault)
{
    json_t *unit = json_object_get(root, "unit");
    struct str name = str_of(json_string_value(unit));
    if (!unit || str_is(name, "mg"))
        return 1;
    if (str_is(name, "g"))
        return 1000;
    if (!str_is(name, "m/s2"))
        wrong(fault, "unit", (struct label)L("单位", "Unit"), (struct label)L("应为 mg、g 或 m/s2", "must be mg, g or m/s2"));
    return 1000 / 9.80665;
}

static void read_time(struct arena *a, json_t *root, struct batch *b, struct fault *fault)
{
    json_t *at = json_object_get(root, "at");
    if (json_is_integer(at))
        b->at = json_integer_value(at);
    else if (at && !ms_from_rfc3339(text_of(a, at), &b->at))
        wrong(fault, "at", (struct label)L("时间", "Time"), (struct label)L("应为带时区的时间", "must be a time with its offset"));
    b->mark = b->at ? arena_format(a, "at %lld", (long long)b->at) : text_of(a, json_object_get(root, "seq"));
    if (b->mark.n == 0 || b->mark.n >= MARK_BYTES_MAX)
        wrong(fault, "seq", (struct label)L("序号", "Sequence"), (struct label)L("请给出 seq 或 at", "give seq or at"));
}

static bool is_sample(json_t *s)
{
    return json_array_size(s) == 3 && json_is_number(json_array_get(s, 0)) && json_is_number(json_array_get(s, 1)) &&
           json_is_number(json_array_get(s, 2));
}

static void read_samples(json_t *root, struct batch *b, struct fault *fault)
{
    static const struct label samples = L("采样", "Samples");
    b->samples = json_object_get(root, "samples");
    size_t n = json_array_size(b->samples);
    if (n == 0 || n > MOTION_SAMPLES_MAX)
        wrong(fault, "samples", samples, (struct label)L("应为 1 到 6000 组数", "must be 1 to 6000 of them"));
    for (size_t i = 0; i < n; i++)
        if (!is_sample(json_array_get(b->samples, i))) {
            wrong(fault, "samples", samples, (struct label)L("每组应为三个数 [x, y, z]", "each must be three numbers [x, y, z]"));
            return;
        }
}

static bool read_batch(struct arena *a, json_t *root, struct batch *b, struct fault *fault)
{
    b->hz = json_number_value(json_object_get(root, "hz"));
    b->place = text_of(a, json_object_get(root, "place"));
    b->scale = scale_of(root, fault);
    if (!(b->hz >= FALL_HZ_MIN && b->hz <= FALL_HZ_MAX))
        wrong(fault, "hz", (struct label)L("采样率", "Rate"), (struct label)L("应在 10 到 400 之间", "must be from 10 to 400"));
    read_time(a, root, b, fault);
    read_samples(root, b, fault);
    return fault->code == ERR_OK;
}

/* --- streams ----------------------------------------------------------------------------------------------------------------- */

static int unheard_longest(const struct motion *m)
{
    int oldest = 0;
    for (int i = 1; i < m->count; i++)
        if (m->streams[i]->heard < m->streams[oldest]->heard)
            oldest = i;
    return oldest;
}

static struct stream *find(struct motion *m, struct str device)
{
    uint64_t hash = str_hash(device);
    for (int i = 0; i < m->count; i++)
        if (m->hashes[i] == hash && str_is(device, m->streams[i]->name))
            return m->streams[i];
    int at = m->count < MOTION_STREAMS_MAX ? m->count++ : unheard_longest(m);
    if (!m->streams[at])
        m->streams[at] = malloc(sizeof *m->streams[at]);
    if (!m->streams[at])
        abort();
    memset(m->streams[at], 0, sizeof *m->streams[at]);
    memcpy(m->streams[at]->name, device.p, device.n);
    m->hashes[at] = hash;
    return m->streams[at];
}

/* A batch continues the one before when it begins where that ended; without times, when it comes soon after. */
static bool continues(const struct stream *s, const struct batch *b, struct str place, ms now)
{
    if (s->hz != b->hz || !str_eq(s->place, place))
        return false;
    return b->at ? b->at > s->next - GAP_MS && b->at < s->next + GAP_MS : now < s->next + LATE_MS;
}

static void feed(struct stream *s, const struct batch *b)
{
    size_t n = json_array_size(b->samples);
    s->fell = false;
    for (size_t i = 0; i < n; i++) {
        struct fall_event e;
        json_t *v = json_array_get(b->samples, i);
        if (!fall_feed(&s->fall, json_number_value(json_array_get(v, 0)) * b->scale, json_number_value(json_array_get(v, 1)) * b->scale,
                       json_number_value(json_array_get(v, 2)) * b->scale, &e) || (s->fell && e.peak_g < s->peak_g))
            continue;
        s->fell = true;
        s->fell_at = s->start + (ms)(e.at_s * 1000);
        s->peak_g = e.peak_g;
    }
}

static bool take_batch(struct motion *m, struct stream *s, const struct batch *b, ms now, struct fault *fault)
{
    const struct rule_set *set = rule_set(atomic_load(&m->engine->rules), "fall");
    const struct rule_entry *entry = rule_entry(set, b->place);
    ms length = (ms)((double)json_array_size(b->samples) / b->hz * 1000);
    if (!entry) {
        wrong(fault, "place", (struct label)L("佩戴位置", "Wearing place"), (struct label)L("没有这个佩戴位置的模型", "has no model"));
        return false;
    }
    if (str_is(b->mark, s->mark))
        return true;
    if (!continues(s, b, entry->key, now)) {
        if (!motion_model(set, b->place, &s->model)) {
            wrong(fault, "place", (struct label)L("佩戴位置", "Wearing place"), (struct label)L("没有这个佩戴位置的模型", "has no model"));
            return false;
        }
        fall_init(&s->fall, &s->model, b->hz);
        s->place = entry->key;
        s->hz = b->hz;
        s->start = b->at ? b->at : now - length;
    }
    feed(s, b);
    s->next = b->at ? b->at + length : now;
    s->heard = now;
    memcpy(s->mark, b->mark.p, b->mark.n);
    s->mark[b->mark.n] = 0;
    return true;
}

static struct str data_of(struct arena *a, const struct stream *s)
{
    struct json j = json_in(a);
    json_obj(&j);
    json_key_str(&j, "code", S("accelerometer"));
    json_key_str(&j, "means", S("加速度数据判定跌倒"));
    json_key_str(&j, "means_en", S("A fall by the accelerometer"));
    json_key_str(&j, "part", s->place);
    json_key(&j, "peak_g");
    json_num(&j, round(s->peak_g * 10) / 10);
    json_end(&j);
    return json_done(&j);
}

int motion_take(struct motion *m, struct arena *a, struct str device, struct str batch, ms now, struct signal_in *ret_signal,
                struct fault *fault)
{
    struct batch b = { 0 };
    json_t *root = json_loadb(batch.p ? batch.p : "", batch.n, JSON_REJECT_DUPLICATES, NULL);
    int answer = -1;
    if (!json_is_object(root) || device.n == 0 || device.n >= NAME_BYTES_MAX)
        fault_set(fault, ERR_MALFORMED, 0);
    else if (read_batch(a, root, &b, fault)) {
        pthread_mutex_lock(&m->lock);
        struct stream *s = find(m, device);
        if (take_batch(m, s, &b, now, fault))
            answer = s->fell;
        if (answer == 1)
            *ret_signal = (struct signal_in){ .kind = S("fall"), .device_at = s->fell_at, .at = now, .data = data_of(a, s),
                .sequence = arena_format(a, "fall %lld", (long long)s->fell_at), .protocol = ret_signal->protocol,
                .account = ret_signal->account };
        pthread_mutex_unlock(&m->lock);
    }
    json_decref(root);
    return answer;
}

struct motion *motion_new(const struct engine *e)
{
    struct motion *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->engine = e;
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

void motion_free(struct motion *m)
{
    for (int i = 0; m && i < m->count; i++)
        free(m->streams[i]);
    if (m)
        pthread_mutex_destroy(&m->lock);
    free(m);
}
