/* test.c -- see test.h. Every gateway has this shape: find the frame's end, decode, hand over with the answers. */
#include "gateways/test.h"

#include <string.h>

enum { LINE_BYTES_MAX = 1000 };

static void take_line(struct peer *p, struct str line)
{
    struct signal_in s = { .raw = line };
    struct str rest = str_trim(line);
    struct arena *a = peer_arena(p);
    if (!str_cut(&rest, ' ', &s.account) || !str_cut(&rest, ' ', &s.sequence) || !str_cut(&rest, ' ', &s.kind)) {
        peer_malformed(p);
        peer_send(p, S("no malformed\n"));
        return;
    }
    peer_signals(p, &s, 1, (struct port_answers){ arena_format(a, "ok " STR_FMT "\n", STR_ARG(s.sequence)),
        arena_format(a, "no " STR_FMT "\n", STR_ARG(s.sequence)), arena_format(a, "busy " STR_FMT "\n", STR_ARG(s.sequence)) });
}

static long take(struct peer *p, struct str bytes)
{
    const char *end = memchr(bytes.p, '\n', bytes.n);
    size_t n = end ? (size_t)(end - bytes.p) : bytes.n;
    if (!end && !peer_is_udp(p))
        return 0;
    if (n > LINE_BYTES_MAX)
        return -1;
    take_line(p, str_head(bytes, n));
    return (long)(end ? n + 1 : n);
}

const struct port_protocol test_protocol = {
    .name = "test", .label = L("试验", "Trial"), .tcp = true, .udp = true, .frame_bytes_max = LINE_BYTES_MAX + 1,
    .frame_ms = 10000, .idle_ms = 600000, .take = take,
};
