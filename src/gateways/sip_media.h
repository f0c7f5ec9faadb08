/* sip_media.h -- the little sound of a telephone that rings: an offer (SDP) of G.711 on one address, what the other side answers,
 * and packets (RTP) of the attention tones that whoever picks up hears. Nothing is listened to.
 * Memory: the arena's. Faults: none. Threading: pure. Source: RFC 3264, 3550, 4566; ITU-T G.711. */
#ifndef WUXING_GATEWAYS_SIP_MEDIA_H
#define WUXING_GATEWAYS_SIP_MEDIA_H

#include "base/arena.h"

enum { MEDIA_PACKET_MS = 20, MEDIA_SAMPLES = 160, MEDIA_PACKET_BYTES = 12 + MEDIA_SAMPLES };

struct media { char address[64]; int port, payload; };             /* payload: 8 A-law, 0 mu-law */

struct str media_offer(struct arena *, struct str address, int port);
/* Where the other side wants its sound; false when it takes none of ours. */
bool media_read(struct str sdp, struct media *ret_media);
/* The n-th packet: three notes and a pause, again and again. `mark` is the stream's own number. */
void media_packet(const struct media *, uint32_t n, uint32_t mark, uint8_t ret_packet[MEDIA_PACKET_BYTES]);

#endif
