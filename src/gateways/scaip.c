/* scaip.c -- see scaip.h. */
#include "gateways/scaip.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

/* --- reading ----------------------------------------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct scaip, member)
static const struct tag {
    const char *name;
    size_t offset, chars_max;
    bool number;
} tags[] = {
    { "ref", AT(ref), 16, false }, { "ver", AT(ver), 8, false },   { "cid", AT(cid), 33, false },  { "dty", AT(dty), 4, true },
    { "did", AT(did), 16, false }, { "dco", AT(dco), 3, false },   { "dte", AT(dte), 32, false },  { "mty", AT(mty), 2, false },
    { "stc", AT(stc), 4, true },   { "stt", AT(stt), 32, false },  { "pri", AT(pri), 1, true },    { "lco", AT(lco), 3, true },
    { "lva", AT(lva), 2, false },  { "lte", AT(lte), 32, false },  { "ico", AT(ico), 16, false },  { "ite", AT(ite), 128, false },
    { "sco", AT(sco), 1, true },   { "cha", AT(cha), 1, false },   { "hbo", AT(hbo), 4, false },   { "ame", AT(ame), 2, true },
    { "geo", AT(geo), 23, false }, { "tim", AT(tim), 32, false },  { "gga", AT(gga), 81, false },
};
enum { CALLBACK_CHARS_MAX = 256, TEXT_BYTES_MAX = 1024 };

struct reader {
    XML_Parser xml;
    struct arena *arena;
    struct scaip *out;
    int depth, root_depth, elements;       /* root_depth: of mrq, 0 before it */
    char open[16], text[TEXT_BYTES_MAX];
    size_t n;
    enum scaip_status status;
    bool over;
};

static void stop(struct reader *r, enum scaip_status status)
{
    if (r->status == SCAIP_OK)
        r->status = status;
    XML_StopParser(r->xml, XML_FALSE);
}

static void XMLCALL on_start(void *arg, const char *name, const char **attributes)
{
    (void)attributes;
    struct reader *r = arg;
    r->depth++;
    if (++r->elements > SCAIP_ELEMENTS_MAX || r->depth > 5 || strlen(name) >= sizeof r->open) {
        stop(r, SCAIP_FORMAT);
        return;
    }
    if (!r->root_depth && strcmp(name, "mrq") == 0 && r->depth <= 2) {
        r->root_depth = r->depth;
        r->out->wrapped = r->depth == 2;
    } else if (!r->root_depth && (r->depth > 1 || strcmp(name, "scaip") != 0))
        stop(r, SCAIP_FORMAT);
    memcpy(r->open, name, strlen(name) + 1);
    r->n = 0;
    r->over = false;
}

static void XMLCALL on_text(void *arg, const char *text, int n)
{
    struct reader *r = arg;
    size_t room = sizeof r->text - r->n, take = (size_t)n < room ? (size_t)n : room;
    memcpy(r->text + r->n, text, take);
    r->n += take;
    r->over |= take < (size_t)n;
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static void take_callback(struct reader *r, struct str value)
{
    if (str_chars(value) > CALLBACK_CHARS_MAX)
        stop(r, SCAIP_TOO_LONG);
    else if (r->out->callback_count < SCAIP_CALLBACKS_MAX)
        r->out->callbacks[r->out->callback_count++] = arena_copy(r->arena, value);
}

static void XMLCALL on_end(void *arg, const char *name)
{
    struct reader *r = arg;
    struct str value = str_trim((struct str){ r->text, r->n });
    bool leaf = strcmp(name, r->open) == 0;
    r->depth--;
    r->open[0] = 0;
    if (!leaf || !r->root_depth || value.n == 0)
        return;
    if (r->over)
        stop(r, SCAIP_TOO_LONG);
    else if (strcmp(name, "crd") == 0)
        take_callback(r, value);
    for (size_t i = 0; i < COUNT(tags) && r->status == SCAIP_OK; i++) {
        if (strcmp(name, tags[i].name) != 0)
            continue;
        if (str_chars(value) > tags[i].chars_max)
            stop(r, SCAIP_TOO_LONG);
        else if (tags[i].number && !is_number(value))
            stop(r, SCAIP_FORMAT);
        else
            *(struct str *)((char *)r->out + tags[i].offset) = arena_copy(r->arena, value);
    }
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(arg, SCAIP_FORMAT);
}

static enum scaip_status parse(struct arena *a, struct str body, struct scaip *out)
{
    struct reader r = { .xml = XML_ParserCreate(NULL), .arena = a, .out = out };
    if (!r.xml)
        abort();
    XML_SetUserData(r.xml, &r);
    XML_SetElementHandler(r.xml, on_start, on_end);
    XML_SetCharacterDataHandler(r.xml, on_text);
    XML_SetStartDoctypeDeclHandler(r.xml, on_doctype);
    enum XML_Status parsed = XML_Parse(r.xml, body.p, (int)body.n, 1);
    XML_ParserFree(r.xml);
    if (r.status != SCAIP_OK)
        return r.status;
    return parsed == XML_STATUS_OK && r.root_depth ? SCAIP_OK : SCAIP_FORMAT;
}

static void inherit(struct scaip *s, const struct scaip *earlier)
{
    for (size_t i = 0; i < COUNT(tags); i++) {
        struct str *here = (struct str *)((char *)s + tags[i].offset);
        if (here->n == 0 && tags[i].offset != AT(ame))
            *here = *(const struct str *)((const char *)earlier + tags[i].offset);
    }
    for (int i = 0; i < earlier->callback_count && s->callback_count < SCAIP_CALLBACKS_MAX; i++)
        s->callbacks[s->callback_count++] = earlier->callbacks[i];
}

static int64_t number_of(struct str s)
{
    int64_t n = SCAIP_ABSENT;
    return s.n && str_to_i64(s, &n) ? n : SCAIP_ABSENT;
}

static bool is_alnum(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z')))
            return false;
    return s.n > 0;
}

/* The standard says digits only; a plus in front is common. */
static bool controller_ok(struct scaip *s)
{
    if (s->cid.n && s->cid.p[0] == '+')
        s->cid = str_from(s->cid, 1);
    return is_number(s->cid) && s->cid.n <= 32;
}

enum scaip_status scaip_read(struct arena *a, struct str body, const struct scaip *earlier, struct scaip *ret)
{
    struct scaip s = { 0 };
    if (body.n == 0 || body.n > SCAIP_BYTES_MAX)
        return body.n ? SCAIP_TOO_LONG : SCAIP_FORMAT;
    enum scaip_status status = parse(a, body, &s);
    if (is_alnum(s.ref) || s.wrapped)
        *ret = (struct scaip){ .ref = is_alnum(s.ref) ? s.ref : S(""), .wrapped = s.wrapped };     /* what a refusal has to repeat */
    if (status != SCAIP_OK)
        return status;
    if (s.ref.n == 0)
        return SCAIP_NO_REF;
    if (!is_alnum(s.ref))
        return SCAIP_FORMAT;
    if (earlier)
        inherit(&s, earlier);
    s.parts_left = number_of(s.ame) > 0 ? number_of(s.ame) : 0;
    if (s.cid.n == 0 || (s.dty.n == 0 && s.parts_left == 0))
        return SCAIP_MISSING;
    if (!controller_ok(&s))
        return SCAIP_FORMAT;
    if (s.mty.n && !str_is(s.mty, "ME") && !str_is(s.mty, "RE") && !str_is(s.mty, "IN") && !str_is(s.mty, "PI"))
        return SCAIP_WRONG;
    s.type = number_of(s.dty);
    s.status = number_of(s.stc);
    s.place = number_of(s.lco);
    *ret = s;
    return SCAIP_OK;
}

/* --- meaning ----------------------------------------------------------------------------------------------------------------- */

static const struct rule_entry *code(struct arena *a, const struct rule_set *codes, const char *list, int64_t n)
{
    return n == SCAIP_ABSENT ? NULL : rule_entry(codes, arena_format(a, "%s/%lld", list, (long long)n));
}

static struct str kind_of(struct arena *a, const struct rule_set *codes, const struct scaip *s)
{
    struct str kind = rule_prop(code(a, codes, "stc", s->status), "kind");
    if (str_is(s->mty, "PI"))
        return S("heartbeat");
    if (str_is(s->mty, "RE"))
        return S("cancel");
    if (str_is(s->mty, "IN") && (kind.n == 0 || str_is(kind, "alarm")))
        return S("info");
    if (kind.n && !str_is(kind, "alarm"))
        return kind;
    kind = rule_prop(code(a, codes, "dty", s->type), "kind");
    return kind.n ? kind : S("rescue");
}

static void put_label(struct json *j, const char *zh, const char *en, const struct rule_entry *e)
{
    if (!e)
        return;
    json_key_str(j, zh, label_in(e->label, ZH));
    json_key_str(j, en, label_in(e->label, EN));
}

static void put_if(struct json *j, const char *key, struct str value)
{
    if (value.n)
        json_key_str(j, key, value);
}

static void put_point(struct json *j, struct str geo)
{
    struct str lat, lon;
    int64_t lat_e7 = 0, lon_e7 = 0;
    if (!str_cut(&geo, ',', &lat) || !str_cut(&geo, ',', &lon) || !str_to_degree(str_trim(lat), &lat_e7) ||
        !str_to_degree(str_trim(lon), &lon_e7) || lat_e7 < -900000000 || lat_e7 > 900000000)
        return;
    json_key(j, "lat");
    json_degree(j, lat_e7);
    json_key(j, "lon");
    json_degree(j, lon_e7);
}

static void put_callbacks(struct json *j, const struct scaip *s)
{
    if (s->callback_count == 0)
        return;
    json_key_list(j, "callback");
    for (int i = 0; i < s->callback_count; i++)
        json_str(j, s->callbacks[i]);
    json_end(j);
}

static bool is_alarm(struct str kind)
{
    static const char *const alarms[] = { "rescue", "fall", "fire", "gas", "water", "inactivity" };
    for (size_t i = 0; i < COUNT(alarms); i++)
        if (str_is(kind, alarms[i]))
            return true;
    return false;
}

void scaip_signal(struct arena *a, const struct rule_set *codes, const struct scaip *s, struct signal_in *out)
{
    struct json j = json_in(a);
    out->kind = kind_of(a, codes, s);
    json_obj(&j);
    put_if(&j, "code", s->stc);
    put_label(&j, "means", "means_en", code(a, codes, "stc", s->status));
    put_label(&j, "part", "part_en", code(a, codes, "dty", s->type));
    put_if(&j, "type", s->dty);
    put_if(&j, "device", s->did);
    put_if(&j, "zone", s->dco);
    put_label(&j, "place", "place_en", code(a, codes, "lco", s->place));
    put_if(&j, "place_text", s->lte);
    put_if(&j, "device_text", s->dte);
    put_if(&j, "text", s->stt.n ? s->stt : s->ite);
    put_if(&j, "priority", s->pri);
    put_if(&j, "ref", s->ref);
    put_callbacks(&j, s);
    if (is_alarm(out->kind))
        put_point(&j, s->geo);
    json_end(&j);
    out->data = json_done(&j);
    out->code = s->stc;
    out->zone = s->dco;
}

bool scaip_answers_apart(const struct rule_set *codes, struct str vendor)
{
    char key[64] = "vendor/";
    size_t n = vendor.n < sizeof key - 8 ? vendor.n : sizeof key - 8;
    for (size_t i = 0; i < n; i++)
        key[7 + i] = vendor.p[i] >= 'A' && vendor.p[i] <= 'Z' ? (char)(vendor.p[i] + 32) : vendor.p[i];
    return str_is(rule_prop(rule_entry(codes, (struct str){ key, 7 + n }), "answer"), "separate");
}

struct str scaip_answer(struct arena *a, const struct scaip *s, enum scaip_status status, int64_t heartbeat_min)
{
    struct buf b = buf_in(a);
    buf_put(&b, s->wrapped ? S("<scaip><mrs>") : S("<mrs>"));
    if (s->ref.n)
        buf_format(&b, "<ref>" STR_FMT "</ref>", STR_ARG(s->ref));
    buf_format(&b, "<snu>%d</snu>", (int)status);
    if (heartbeat_min > 0)
        buf_format(&b, "<hbi>%lld</hbi>", (long long)(heartbeat_min > 1440 ? 1440 : heartbeat_min));
    buf_put(&b, s->wrapped ? S("</mrs></scaip>") : S("</mrs>"));
    return buf_str(&b);
}
