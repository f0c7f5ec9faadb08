/* sip_media.c -- see sip_media.h. */
#include "gateways/sip_media.h"

#include <math.h>
#include <string.h>

enum { RATE = 8000, NOTE_MS = 250, NOTES = 3, ROUND_MS = 1500, LOUD = 8000 };

struct str media_offer(struct arena *a, struct str address, int port)
{
    const char *family = memchr(address.p, ':', address.n) ? "IP6" : "IP4";
    return arena_format(a, "v=0\r\no=wuxing 1 1 IN %s " STR_FMT "\r\ns=-\r\nc=IN %s " STR_FMT "\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0\r\n"
                        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendonly\r\n", family, STR_ARG(address), family,
                        STR_ARG(address), port);
}

static bool read_address(struct str line, struct media *m)
{
    struct str net, family, address;
    struct str rest = str_trim(str_from(line, 2));
    if (!str_cut(&rest, ' ', &net) || !str_cut(&rest, ' ', &family) || !str_cut(&rest, ' ', &address) || !str_is(net, "IN"))
        return false;
    address = str_head(address, str_find(address, S("/")));
    if (address.n == 0 || address.n >= sizeof m->address)
        return false;
    memcpy(m->address, address.p, address.n);
    m->address[address.n] = 0;
    return true;
}

static bool read_audio(struct str line, struct media *m)
{
    struct str kind, port, profile, payload;
    struct str rest = str_trim(str_from(line, 2));
    int64_t number = 0;
    if (!str_cut(&rest, ' ', &kind) || !str_cut(&rest, ' ', &port) || !str_cut(&rest, ' ', &profile) || !str_is(kind, "audio") ||
        !str_to_i64(port, &number) || number < 1 || number > 65535)
        return false;
    m->port = (int)number;
    while (str_cut(&rest, ' ', &payload))
        if (str_is(payload, "8") || str_is(payload, "0")) {
            m->payload = str_is(payload, "8") ? 8 : 0;
            return true;
        }
    return false;
}

bool media_read(struct str sdp, struct media *ret)
{
    struct media m = { .payload = -1 };
    struct str line;
    bool audio = false;
    while (str_cut(&sdp, '\n', &line)) {
        if (str_starts(line, S("c=")) && !(audio && m.address[0]))
            (void)read_address(line, &m);
        if (str_starts(line, S("m=")) && !audio)
            audio = read_audio(line, &m);
    }
    if (!audio || !m.address[0])
        return false;
    *ret = m;
    return true;
}

/* G.711: a sign, three bits of exponent, four of mantissa. */
static uint8_t a_law(int sample)
{
    int sign = sample >= 0 ? 0x80 : 0, size = sample >= 0 ? sample : -sample - 1, exponent = 0;
    size = size > 32767 ? 32767 : size;
    for (int high = size >> 8; high > 0 && exponent < 7; high >>= 1)
        exponent++;
    int mantissa = exponent ? size >> (exponent + 3) & 15 : size >> 4 & 15;
    return (uint8_t)((sign | exponent << 4 | mantissa) ^ 0x55);
}

static uint8_t mu_law(int sample)
{
    int sign = sample < 0 ? 0x80 : 0, size = (sample < 0 ? -sample : sample) + 132, exponent = 0;
    size = size > 32767 ? 32767 : size;
    for (int high = size >> 8; high > 0 && exponent < 7; high >>= 1)
        exponent++;
    return (uint8_t)~(sign | exponent << 4 | (size >> (exponent + 3) & 15));
}

static int tone(uint64_t sample)
{
    static const double hz[NOTES] = { 784, 988, 1319 };
    uint64_t in_round = sample % (ROUND_MS * RATE / 1000), note = in_round / (NOTE_MS * RATE / 1000);
    return note < NOTES ? (int)(LOUD * sin(2 * M_PI * hz[note] * (double)in_round / RATE)) : 0;
}

static void put(uint8_t *p, uint32_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        p[i] = (uint8_t)value;
}

void media_packet(const struct media *m, uint32_t n, uint32_t mark, uint8_t packet[MEDIA_PACKET_BYTES])
{
    packet[0] = 0x80;
    packet[1] = (uint8_t)(m->payload | (n == 0 ? 0x80 : 0));
    put(packet + 2, n & 0xffff, 2);
    put(packet + 4, n * MEDIA_SAMPLES, 4);
    put(packet + 8, mark, 4);
    for (int i = 0; i < MEDIA_SAMPLES; i++) {
        int sample = tone((uint64_t)n * MEDIA_SAMPLES + (uint64_t)i);
        packet[12 + i] = m->payload == 8 ? a_law(sample) : mu_law(sample);
    }
}
