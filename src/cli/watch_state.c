/* watch_state.c -- see watch_state.h. */
#include "cli/watch_state.h"

struct label watch_part_trouble(enum watch_part part)
{
    static const struct label troubles[WATCH_PARTS] = {
        [WATCH_SERVER] = L("服务器没有回应", "the server does not answer"),
        [WATCH_WRITER] = L("数据写不进去", "nothing can be written"),
        [WATCH_TURN] = L("计时停了，超时不会被发现", "the clocks are not looked at: nothing runs late any more"),
        [WATCH_GATEWAY] = L("设备接入有故障，报警可能进不来", "a device gateway is in trouble: alarms may not come in"),
        [WATCH_CLOCK] = L("服务器的时间不对", "the server's time is wrong"),
        [WATCH_BEAT] = L("服务器收不到守望程序的信号（设备未登记或密钥不对）",
                         "the server does not take the watcher's sign of life (device not registered, or wrong key)"),
    };
    return troubles[part];
}

static bool is_well(enum watch_part part, const struct watch_limits *limits, ms wall, const struct watch_look *look)
{
    ms skew = look->at > wall ? look->at - wall : wall - look->at;
    switch (part) {
    case WATCH_SERVER: return look->heard;
    case WATCH_WRITER: return look->writable && look->oldest_wait <= limits->late;
    case WATCH_TURN: return look->at - look->turn_at <= limits->late;
    case WATCH_GATEWAY: return !look->gateway_trouble;
    case WATCH_CLOCK: return skew <= limits->skew;
    case WATCH_BEAT: return look->beat;
    default: return true;
    }
}

int watch_step(struct watch_state *state, const struct watch_limits *limits, ms now, ms wall, const struct watch_look *look,
               struct watch_word words[WATCH_PARTS])
{
    int count = 0;
    for (int p = 0; p < WATCH_PARTS; p++) {
        bool unknown = p != WATCH_SERVER && !look->heard;
        if (!state->parts[p].begun || (unknown && !state->parts[p].down)) {
            state->parts[p].begun = true;
            state->parts[p].well_at = now;
        }
        if (unknown)
            continue;
        ms lasted = now - state->parts[p].well_at;
        if (is_well((enum watch_part)p, limits, wall, look)) {
            if (state->parts[p].down)
                words[count++] = (struct watch_word){ (enum watch_part)p, true, lasted };
            state->parts[p].down = state->parts[p].tell_again = false;
            state->parts[p].well_at = now;
        } else if (lasted >= limits->silent &&
                   (!state->parts[p].down || state->parts[p].tell_again || now - state->parts[p].told_at >= limits->again)) {
            words[count++] = (struct watch_word){ (enum watch_part)p, false, lasted };
            state->parts[p].down = true;
            state->parts[p].tell_again = false;
            state->parts[p].told_at = now;
        }
    }
    return count;
}

void watch_untold(struct watch_state *state, enum watch_part part)
{
    state->parts[part].tell_again = state->parts[part].down;
}
