/* scaip.h -- SCAIP messages (SS 91100): the XML that a care telephone sends, what it means, and the XML it is answered. The
 * SIP around it is scaip_port.c. Implements the parts of the standard that STANDARDS.md describes; tested with its examples and
 * messages of two makes, not with real devices.
 * Limits: SCAIP_BYTES_MAX a body, no document type, no entities of its own, SCAIP_ELEMENTS_MAX elements.
 * Memory: texts in the arena. Faults: none; scaip_read gives the status number that refuses. Threading: pure. */
#ifndef WUXING_GATEWAYS_SCAIP_H
#define WUXING_GATEWAYS_SCAIP_H

#include "engine/device.h"
#include "engine/rule.h"

enum { SCAIP_BYTES_MAX = 8 << 10, SCAIP_ELEMENTS_MAX = 64, SCAIP_CALLBACKS_MAX = 4, SCAIP_ABSENT = -1 };

enum scaip_status {                        /* snu */
    SCAIP_OK, SCAIP_TOO_LONG, SCAIP_FORMAT, SCAIP_WRONG, SCAIP_HOLD, SCAIP_NOT_TREATED, SCAIP_BUSY, SCAIP_MISSING,
    SCAIP_NO_REF = 10
};

struct scaip {
    bool wrapped;                          /* <scaip><mrq>: answered in the same dress */
    struct str ref, ver, cid, dty, did, dco, dte, mty, stc, stt, pri, lco, lva, lte, ico, ite, sco, cha, hbo, ame, geo, tim, gga;
    struct str callbacks[SCAIP_CALLBACKS_MAX];         /* crd */
    int callback_count;
    int64_t type, status, place, parts_left;           /* dty, stc, lco, ame as numbers; SCAIP_ABSENT */
};

/* Parts of one message: `earlier` is NULL or what came before; what this part does not say is taken from there. */
enum scaip_status scaip_read(struct arena *, struct str body, const struct scaip *earlier, struct scaip *ret_request);
/* Fills kind, data, code and zone. */
void scaip_signal(struct arena *, const struct rule_set *codes, const struct scaip *, struct signal_in *);
/* A response; interval in minutes or 0. */
struct str scaip_answer(struct arena *, const struct scaip *, enum scaip_status, int64_t heartbeat_min);
bool scaip_answers_apart(const struct rule_set *codes, struct str vendor);

#endif
