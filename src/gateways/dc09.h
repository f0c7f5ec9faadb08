/* dc09.h -- ANSI/SIA DC-09: what alarm panels and pendants send over TCP and UDP, read and written over slices. Implements
 * the parts that STANDARDS 3 names (frame, CRC-16/ARC, AES-CBC, Contact-ID and SIA data, replies); conformance is not claimed.
 *   <LF> crc4 len4 "id" seq4 [Rnnn] Lnnn #account [ data ] [xdata]... [_HH:MM:SS,MM-DD-YYYY] <CR>
 * A wrong CRC or a broken frame is met with silence; a wrong length alone is only noted, because the CRC already covers
 * the same bytes and panels are known that print it wrongly.
 * Units: ms UTC. Limits: 2,048 bytes a frame. Memory: slices of what was given; what is built, in the caller's arena.
 * Faults: none. Threading: pure functions. */
#ifndef WUXING_GATEWAYS_DC09_H
#define WUXING_GATEWAYS_DC09_H

#include "base/clock.h"

enum { DC09_FRAME_BYTES_MAX = 2048, DC09_EVENTS_MAX = 16, DC09_KEY_BYTES_MAX = 32 };

/* The next frame of a stream, without <LF> and <CR>. `ended`: nothing follows (a datagram), so a missing <CR> is forgiven.
 * False: more bytes are needed; in both cases `ret_used` bytes are done with. */
bool dc09_cut(struct str bytes, bool ended, struct str *ret_frame, size_t *ret_used);

struct dc09 {
    struct str id;                     /* SIA-DCS, ADM-CID, NULL, HENG-BO, ACK ..., without the asterisk */
    struct str sequence;               /* four digits, as sent */
    struct str receiver, line, account;   /* as sent, without R, L and #; receiver may be empty */
    bool encrypted, length_wrong;
    bool old_keep_alive;               /* the text SR....L.... ....XX [ID........]: answered with "ACK", nothing else */
    struct str sealed;                 /* encrypted: hexadecimal digits */
    struct str owner, data, extra;     /* account inside the data, or empty; data; all [xdata] */
    ms at;                             /* time stamp; 0: none, or not to be read */
    uint8_t key[DC09_KEY_BYTES_MAX];   /* what dc09_open opened it with */
    size_t key_bytes;
};
uint16_t dc09_crc(struct str);
bool dc09_parse(struct str frame, struct dc09 *ret_frame) MUST_USE;    /* false: not a frame, or a wrong CRC */
/* Decrypts. `key`: 32, 48 or 64 hexadecimal digits, or 16, 24 or 32 characters. False: not by this key. */
bool dc09_open(struct arena *, struct str key, struct dc09 *) MUST_USE;
struct str dc09_extra(const struct dc09 *, char name);                 /* the first [Xvalue] of that letter, or empty */

enum dc09_answer { DC09_ACK, DC09_NAK, DC09_DUH };
/* Whole frame. An ACK repeats sequence, receiver, line and account, is encrypted with the key that opened the message, and
 * carries `now` when the message had a time; a NAK always carries it, so that the device can set its clock. */
struct str dc09_reply(struct arena *, const struct dc09 *, enum dc09_answer, ms now);

/* What a device sends; for tests, the simulator and trying out. `body` as between "[" and <CR>: "#1234|1110 00 001]_...".
 * An empty key leaves it plain. */
struct str dc09_frame(struct arena *, struct str id, struct str address, struct str body, struct str key);
struct str dc09_stamp(struct arena *, ms at);                          /* _HH:MM:SS,MM-DD-YYYY */
ms dc09_stamp_ms(struct str stamp);                                    /* 0: not one */

/* One event of the data. Contact-ID: code is qualifier and event, "1110". SIA: the two letters, "FA". */
struct dc09_event {
    struct str code, zone, area, user, text;   /* zone, area (partition), user: without leading zeros, or empty */
    bool contact_id;
};
int dc09_events(const struct dc09 *, struct dc09_event ret_events[DC09_EVENTS_MAX]);

#endif
