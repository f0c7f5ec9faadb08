/* gsm.h -- what is said to a GSM modem and what it says: lines of AT commands (3GPP TS 27.007), calls (+CLCC), and texts as PDUs
 * in UCS2 (TS 23.040, 27.005). Pure; the tty is in ring_gsm.c.
 * Memory: the arena's. Faults: none. Threading: pure. */
#ifndef WUXING_GATEWAYS_GSM_H
#define WUXING_GATEWAYS_GSM_H

#include "base/arena.h"

enum gsm_line { GSM_NOTHING, GSM_OK, GSM_ERROR, GSM_BUSY, GSM_NO_CARRIER, GSM_NO_ANSWER, GSM_PROMPT, GSM_INFO };
/* The next line of what came: its kind and text; bytes used, 0 when no line is whole. "> " is a line without an end. */
size_t gsm_next(struct str bytes, enum gsm_line *ret_kind, struct str *ret_text);

/* The state of the first voice call that we made, of a +CLCC line; false when it is none. */
enum gsm_call { GSM_ACTIVE, GSM_HELD, GSM_DIALING, GSM_ALERTING };
bool gsm_call_state(struct str line, enum gsm_call *ret_state);
/* Whether a +CREG answer says that there is a network. */
bool gsm_has_network(struct str line);

enum { GSM_TEXT_PARTS_MAX = 4 };
struct gsm_pdu { struct str hex; int bytes; };         /* bytes: for AT+CMGS, without the service centre */
/* 1 to GSM_TEXT_PARTS_MAX, 0 when the number is none or the text too long (268 characters). `mark` joins the parts. */
int gsm_text(struct arena *, struct str number, struct str text, uint8_t mark, struct gsm_pdu ret_parts[GSM_TEXT_PARTS_MAX]);

#endif
