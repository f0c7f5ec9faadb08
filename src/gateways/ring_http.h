/* ring_http.h -- telephones rung and texts sent through a vendor's HTTP gateway (doc/operations.md shows examples): one
 * POST for the voice call, one for the SMS, each with a body template of the office. Words in braces are filled in:
 *   {number} {matter} {text} {spoken} {attempt} {receipt} {secret}
 * escaped for JSON when the template begins with "{" or "[", for a form otherwise. {receipt} is the last part of the address
 * the gateway tells the outcome to: POST https://HOST/gateway/ring/{receipt} with {"result":"rang|answered|busy|failed"}.
 * A gateway that waits for the outcome answers the same JSON at once. Accepted alone does not count as a ring.
 * A text counts for nothing and is sent once per matter and number. It holds number and link only.
 * Limits: replies of 64 KiB, 50 s a call. Memory: the port owns copies. Threading: `lines` calls at a time. */
#ifndef WUXING_GATEWAYS_RING_HTTP_H
#define WUXING_GATEWAYS_RING_HTTP_H

#include "engine/engine.h"
#include "engine/ring_port.h"

struct ring_http_config {
    const char *voice_url, *voice_body;    /* NULL: no voice */
    const char *text_url, *text_body;      /* NULL: no SMS */
    const char *header;                    /* one more header, {secret} filled in; or NULL */
    const char *secret;                    /* of the vendor; also signs each body: X-Wuxing-Signature: sha256=... */
};
/* Faults: INVALID when an address comes without a template, or a template names an unknown word. */
struct ring_port *ring_http_new(const struct ring_http_config *, const struct engine *, struct fault *);
void ring_http_free(struct ring_port *);

/* A template with its words filled in; false when a word is unknown. */
struct ring_word { const char *name; struct str value; };
bool ring_http_fill(struct arena *, struct str template, const struct ring_word *words, struct str *ret_text) MUST_USE;
/* What a reply says: RING_OPEN when it names no outcome. */
enum ring_result ring_http_reply(struct str body);

#endif
