/* dc09_event.c -- what the data of a frame says: Contact-ID (ADM-CID, HENG-BO) or SIA blocks (SIA-DCS). */
#include "gateways/dc09.h"

static struct str without_zeros(struct str s)
{
    while (s.n > 0 && s.p[0] == '0')
        s = str_from(s, 1);
    return s;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* "1110 00 129": qualifier and event, partition, zone or user. */
static int contact_id(struct str data, struct dc09_event *e)
{
    struct str rest = str_trim(data), part;
    if (!str_cut(&rest, ' ', &e->code) || e->code.n != 4)
        return 0;
    for (size_t i = 0; i < 4; i++)
        if ((e->code.p[i] < '0' || e->code.p[i] > '9') && (e->code.p[i] < 'A' || e->code.p[i] > 'F'))
            return 0;
    e->contact_id = true;
    if (str_cut(&rest, ' ', &part))
        e->area = without_zeros(part);
    if (str_cut(&rest, ' ', &part))
        e->zone = without_zeros(str_head(part, 16));
    return 1;
}

/* Up to the next "/" or "|" that stands outside ^text^; `ret_end` is which, or 0. */
static struct str cut_token(struct str *rest, char *ret_end)
{
    bool quoted = false;
    size_t n = 0;
    while (n < rest->n && (quoted || (rest->p[n] != '/' && rest->p[n] != '|')))
        quoted ^= rest->p[n++] == '^';
    struct str token = str_head(*rest, n);
    *ret_end = n < rest->n ? rest->p[n] : 0;
    *rest = str_from(*rest, n + 1);
    return token;
}

static struct str cut_quoted(struct str *token)
{
    size_t from = str_find(*token, S("^"));
    struct str inner = str_from(*token, from + 1), text = str_head(inner, str_find(inner, S("^")));
    *token = str_head(*token, from);
    return text;
}

struct reading { struct dc09_event *events; int count; struct str area, user; };

static void name_last(struct reading *r, struct str text)
{
    if (text.n && r->count && r->events[r->count - 1].text.n == 0)
        r->events[r->count - 1].text = text;
}

static void read_token(struct reading *r, struct str token)
{
    struct str text = cut_quoted(&token);
    if (token.n >= 2 && is_lower(token.p[0]) && is_lower(token.p[1])) {
        struct str value = without_zeros(str_from(token, 2));
        if (str_starts(token, S("ri")))
            r->area = value;
        else if (str_starts(token, S("id")))
            r->user = value;
    } else if (token.n >= 2 && is_upper(token.p[0]) && is_upper(token.p[1]) && r->count < DC09_EVENTS_MAX) {
        r->events[r->count++] = (struct dc09_event){ .code = str_head(token, 2), .zone = without_zeros(str_head(str_from(token, 2), 16)),
                                                     .area = r->area, .user = r->user, .text = text };
        return;
    }
    name_last(r, text);
}

/* N (new) or O (old) before modifiers or a code; "NA001" without it is the code NA. */
static bool is_block(struct str t)
{
    return t.n >= 3 && (t.p[0] == 'N' || t.p[0] == 'O') && (is_lower(t.p[1]) || (is_upper(t.p[1]) && is_upper(t.p[2])));
}

/* "Nri1/BA12^hall^/BA13|Atext": a block of events with what is said about them before, then blocks of text. */
static int sia(struct str data, struct dc09_event *events)
{
    struct reading r = { .events = events };
    struct str rest = str_trim(data);
    bool begins = true;
    for (char end = '/'; end;) {
        struct str token = cut_token(&rest, &end);
        if (begins && r.count && token.n && token.p[0] == 'A')
            name_last(&r, str_from(token, 1));
        else
            read_token(&r, begins && is_block(token) ? str_from(token, 1) : token);
        begins = end == '|';
    }
    return r.count;
}

int dc09_events(const struct dc09 *f, struct dc09_event ret_events[DC09_EVENTS_MAX])
{
    for (int i = 0; i < DC09_EVENTS_MAX; i++)
        ret_events[i] = (struct dc09_event){ 0 };
    if (str_is(f->id, "ADM-CID") || str_is(f->id, "HENG-BO"))
        return contact_id(f->data, &ret_events[0]);
    return str_is(f->id, "SIA-DCS") ? sia(f->data, ret_events) : 0;
}
