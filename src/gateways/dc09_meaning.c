/* dc09_meaning.c -- from codes to the office's kinds of signals; see dc09_port.h. */
#include "gateways/dc09_port.h"

#include <string.h>

static const struct rule_entry *entry_of(const struct rule_set *set, const char *prefix, struct str code)
{
    char key[8];
    size_t n = strlen(prefix);
    if (n + code.n > sizeof key)
        return NULL;
    memcpy(key, prefix, n);
    memcpy(key + n, code.p, code.n);
    return rule_entry(set, (struct str){ key, n + code.n });
}

static const struct rule_entry *contact_id(const struct rule_set *set, struct str id, struct str event)
{
    bool own = str_is(id, "HENG-BO");
    char hundred[3] = { event.p[0], 'x', 'x' };
    const struct rule_entry *e = own ? entry_of(set, "hb", event) : NULL;
    e = e ? e : rule_entry(set, event);
    e = e ? e : own ? entry_of(set, "hb", S("xxx")) : NULL;
    e = e ? e : rule_entry(set, (struct str){ hundred, sizeof hundred });
    return e ? e : rule_entry(set, S("xxx"));
}

const struct rule_entry *dc09_meaning(const struct rules *rules, struct str id, const struct dc09_event *event, struct str *ret_kind)
{
    const struct rule_set *set = rule_set(rules, event->contact_id ? "contact_id" : "sia_codes");
    const struct rule_entry *e = event->contact_id ? contact_id(set, id, str_from(event->code, 1)) : rule_entry(set, event->code);
    e = e || event->contact_id ? e : rule_entry(set, S("xx"));
    bool over = event->contact_id && event->code.p[0] == '3';
    struct str kind = rule_prop(e, over ? "end" : "kind");
    *ret_kind = kind.n ? kind : S("info");
    return e;
}
