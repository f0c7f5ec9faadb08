/* scaip.c -- SCAIP bodies.
 * This exercises: the XML with its limits, every tag, parts of a message, the meaning of codes; that a signal is complete and its
 * data small, and that no place leaves but with an alarm. */
#include "gateways/scaip.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct rules *rules;
    struct fault fault = { 0 };
    struct arena arena_scoped a;
    struct scaip one = { 0 }, two = { 0 };
    struct signal_in in = { 0 };
    if (!rules)
        rules = rules_load(&fault);
    arena_init(&a, 0);
    struct str body = { (const char *)bytes, n };
    enum scaip_status status = scaip_read(&a, body, NULL, &one);
    assert(scaip_answer(&a, &one, status, 5000).n < 200);
    if (status != SCAIP_OK)
        return 0;
    assert(one.ref.n && one.cid.n);
    scaip_signal(&a, rule_set(rules, "scaip"), &one, &in);
    assert(in.kind.n && in.data.n <= SIGNAL_DATA_BYTES_MAX);
    assert(scaip_read(&a, body, &one, &two) == SCAIP_OK || one.parts_left > 0);
    return 0;
}
