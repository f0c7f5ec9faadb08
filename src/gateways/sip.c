/* sip.c -- see sip.h. libosip2 reads headers; the body is cut here, because its reader splits and copies bodies by their type. */
#include "gateways/sip.h"

#include <openssl/evp.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void be_quiet(const char *file, int line, osip_trace_level_t level, const char *format, va_list args)
{
    (void)file, (void)line, (void)level, (void)format, (void)args;
}

void sip_start(void)
{
    parser_init();
    osip_trace_initialize_func(END_TRACE_LEVEL, be_quiet);
}

/* --- frames ------------------------------------------------------------------------------------------------------------------ */

static size_t head_bytes(struct str s)
{
    size_t end = str_find(s, S("\r\n\r\n"));
    return end < s.n ? end + 4 : 0;
}

static bool line_is(struct str line, const char *name, struct str *ret_value)
{
    size_t n = strlen(name);
    if (line.n <= n || strncasecmp(line.p, name, n) != 0)
        return false;
    struct str rest = str_trim(str_from(line, n));
    if (rest.n == 0 || rest.p[0] != ':')
        return false;
    *ret_value = str_trim(str_from(rest, 1));
    return true;
}

/* -1: wrong, or there are too many lines. Without the header a datagram's body is all that follows. */
static int64_t content_length(struct str head, bool *ret_given)
{
    int64_t n = 0;
    int lines = 0;
    struct str line, value;
    *ret_given = false;
    while (str_cut(&head, '\n', &line)) {
        if (++lines > SIP_LINES_MAX)
            return -1;
        if (!line_is(line, "Content-Length", &value) && !line_is(line, "l", &value))
            continue;
        if (*ret_given || !str_to_i64(value, &n) || n < 0 || n > SIP_BYTES_MAX)
            return -1;
        *ret_given = true;
    }
    return n;
}

static bool starts_well(struct str s)
{
    for (size_t i = 0; i < s.n && i < 16; i++) {
        bool letter = (s.p[i] >= 'A' && s.p[i] <= 'Z') || (i > 0 && strchr("/.0123456789", s.p[i]) && s.p[i]);
        if (!letter)
            return i > 1 && s.p[i] == ' ';
    }
    return s.n < 16;
}

long sip_frame(struct str s)
{
    size_t blank = 0;
    bool given = false;
    while (blank < s.n && (s.p[blank] == '\r' || s.p[blank] == '\n'))
        blank++;
    if (blank)
        return (long)blank;
    if (s.n && !starts_well(s))
        return -1;
    size_t head = head_bytes(s);
    if (head == 0)
        return s.n > SIP_BYTES_MAX ? -1 : 0;
    int64_t body = content_length(str_head(s, head), &given);
    if (body < 0 || (int64_t)head + body > SIP_BYTES_MAX)
        return -1;
    return s.n < head + (size_t)body ? 0 : (long)(head + (size_t)body);
}

/* --- reading ----------------------------------------------------------------------------------------------------------------- */

static struct str kept(struct arena *a, const char *z)
{
    return z ? arena_copy(a, str_of(z)) : S("");
}

static struct str kept_free(struct arena *a, char *z)
{
    struct str s = kept(a, z);
    osip_free(z);
    return s;
}

static struct str bare(struct arena *a, const char *quoted)
{
    struct str s = str_trim(str_of(quoted));
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        s = (struct str){ s.p + 1, s.n - 2 };
    return arena_copy(a, s);
}

static struct str tag_of(struct arena *a, osip_from_t *who)
{
    osip_generic_param_t *tag = NULL;
    return osip_from_get_tag(who, &tag) == 0 && tag ? kept(a, tag->gvalue) : S("");
}

static bool read_names(struct arena *a, osip_message_t *m, struct sip *s)
{
    char *text = NULL;
    int64_t number = 0;
    if (!m->call_id || !m->cseq || !m->cseq->method || !m->cseq->number || !m->from || !m->to ||
        !str_to_i64(str_of(m->cseq->number), &number) || number < 0 || number > UINT32_MAX)
        return false;
    s->cseq = (uint32_t)number;
    s->cseq_method = kept(a, m->cseq->method);
    if (osip_call_id_to_str(m->call_id, &text) != 0)
        return false;
    s->call_id = kept_free(a, text);
    if (osip_from_to_str(m->from, &text) != 0)
        return false;
    s->from = kept_free(a, text);
    if (osip_to_to_str(m->to, &text) != 0)
        return false;
    s->to = kept_free(a, text);
    s->from_tag = tag_of(a, m->from);
    s->to_tag = tag_of(a, m->to);
    if (m->from->url && osip_uri_to_str(m->from->url, &text) == 0)
        s->from_uri = kept_free(a, text);
    return true;
}

static bool read_vias(struct arena *a, osip_message_t *m, struct sip *s)
{
    int count = osip_list_size(&m->vias);
    if (count < 1 || count > SIP_VIAS_MAX)
        return false;
    for (int i = 0; i < count; i++) {
        char *text = NULL;
        osip_generic_param_t *branch = NULL;
        osip_via_t *via = osip_list_get(&m->vias, i);
        if (osip_via_to_str(via, &text) != 0)
            return false;
        s->vias[s->via_count++] = kept_free(a, text);
        if (i == 0 && osip_via_param_get_byname(via, (char *)"branch", &branch) == 0 && branch)
            s->branch = kept(a, branch->gvalue);
    }
    return true;
}

static void read_contact_and_route(struct arena *a, osip_message_t *m, struct sip *s)
{
    char *text = NULL;
    osip_contact_t *contact = osip_list_get(&m->contacts, 0);
    struct buf route = buf_in(a);
    if (contact && contact->url && osip_uri_to_str(contact->url, &text) == 0)
        s->contact = kept_free(a, text);
    for (int i = osip_list_size(&m->record_routes) - 1; i >= 0; i--) {
        if (osip_record_route_to_str(osip_list_get(&m->record_routes, i), &text) != 0)
            continue;
        buf_put(&route, route.n ? S(", ") : S(""));
        buf_put(&route, kept_free(a, text));
    }
    s->route = buf_str(&route);
    if (m->content_type && osip_content_type_to_str(m->content_type, &text) == 0)
        s->content_type = kept_free(a, text);
}

static void read_authorization(struct arena *a, osip_message_t *m, struct sip *s)
{
    osip_authorization_t *z = osip_list_get(&m->authorizations, 0);
    if (!z || !z->auth_type || strcasecmp(z->auth_type, "Digest") != 0)
        return;
    s->has_auth = true;
    s->auth = (struct sip_auth){ bare(a, z->username), bare(a, z->realm), bare(a, z->nonce), bare(a, z->uri), bare(a, z->response),
        bare(a, z->algorithm), bare(a, z->cnonce), bare(a, z->nonce_count), bare(a, z->message_qop), bare(a, z->opaque) };
}

static void read_challenge(struct arena *a, osip_message_t *m, struct sip *s)
{
    osip_www_authenticate_t *z = osip_list_get(&m->www_authenticates, 0);
    if (!z) {
        z = osip_list_get(&m->proxy_authenticates, 0);
        s->is_proxy = z != NULL;
    }
    if (!z || !z->auth_type || strcasecmp(z->auth_type, "Digest") != 0)
        return;
    s->has_auth = true;
    s->auth = (struct sip_auth){ .realm = bare(a, z->realm), .nonce = bare(a, z->nonce), .algorithm = bare(a, z->algorithm),
        .qop = bare(a, z->qop_options), .opaque = bare(a, z->opaque) };
}

static bool read_parsed(struct arena *a, osip_message_t *m, struct sip *s)
{
    char *text = NULL;
    s->status = m->status_code;
    if (s->status == 0) {
        if (!m->sip_method || !m->req_uri || osip_uri_to_str(m->req_uri, &text) != 0)
            return false;
        s->method = kept(a, m->sip_method);
        s->uri = kept_free(a, text);
    } else if (s->status < 100 || s->status > 699)
        return false;
    if (!read_names(a, m, s) || !read_vias(a, m, s))
        return false;
    read_contact_and_route(a, m, s);
    if (s->status == 0)
        read_authorization(a, m, s);
    else
        read_challenge(a, m, s);
    return true;
}

/* The library looks for the body that a length promises, and takes one of many parts to pieces. */
static struct str without_length(struct arena *a, struct str head)
{
    struct buf b = buf_in(a);
    struct str line, value;
    while (str_cut(&head, '\n', &line)) {
        if (line_is(line, "Content-Length", &value) || line_is(line, "l", &value) || str_trim(line).n == 0)
            continue;
        buf_put(&b, line);
        buf_char(&b, '\n');
    }
    buf_put(&b, S("Content-Length: 0\r\n\r\n"));
    return buf_str(&b);
}

bool sip_read(struct arena *a, struct str message, struct sip *ret_sip)
{
    size_t head = head_bytes(message);
    struct sip s = { 0 };
    osip_message_t *m = NULL;
    bool given = false;
    int64_t body = head ? content_length(str_head(message, head), &given) : -1;
    if (body < 0 || message.n > SIP_BYTES_MAX || !starts_well(message) || memchr(message.p, 0, message.n))
        return false;
    s.body = given ? str_head(str_from(message, head), (size_t)body) : str_from(message, head);
    if (given && s.body.n < (size_t)body)
        return false;
    struct str headers = without_length(a, str_head(message, head));
    if (osip_message_init(&m) != 0)
        abort();
    bool ok = osip_message_parse(m, headers.p, headers.n) == 0 && read_parsed(a, m, &s);
    osip_message_free(m);
    if (ok)
        *ret_sip = s;
    return ok;
}

/* --- answering --------------------------------------------------------------------------------------------------------------- */

/* RFC 3261 18.2.1 and RFC 3581: where the request really came from, for a sender behind a router. */
static void put_top_via(struct buf *b, struct str via, struct str address)
{
    size_t colon = address.n;
    while (colon > 0 && address.p[colon - 1] != ':')
        colon--;
    struct str host = colon ? str_head(address, colon - 1) : address, port = str_from(address, colon), param;
    bool first = true, asked = false;
    while (str_cut(&via, ';', &param)) {
        asked |= str_eq(str_trim(param), S("rport"));
        if (str_starts(str_trim(param), S("rport")) || str_starts(str_trim(param), S("received=")))
            continue;
        buf_put(b, first ? S("") : S(";"));
        buf_put(b, param);
        first = false;
    }
    buf_put(b, S(";received="));
    buf_put(b, host);
    if (asked && port.n) {
        buf_put(b, S(";rport="));
        buf_put(b, port);
    }
}

static void put_header(struct buf *b, struct str name, struct str value)
{
    buf_put(b, name);
    buf_put(b, S(": "));
    buf_put(b, value);
    buf_put(b, S("\r\n"));
}

struct str sip_answer(struct arena *a, const struct sip *s, struct str address, int status, const char *reason, struct str extra,
                      struct str content_type, struct str body)
{
    struct buf b = buf_in(a);
    buf_format(&b, "SIP/2.0 %d %s\r\n", status, reason);
    for (int i = 0; i < s->via_count; i++) {
        buf_put(&b, S("Via: "));
        if (i == 0 && address.n)
            put_top_via(&b, s->vias[0], address);
        else
            buf_put(&b, s->vias[i]);
        buf_put(&b, S("\r\n"));
    }
    put_header(&b, S("From"), s->from);
    buf_put(&b, S("To: "));
    buf_put(&b, s->to);
    if (s->to_tag.n == 0 && status > 100)
        buf_format(&b, ";tag=wx%016llx", (unsigned long long)(str_hash(s->call_id) ^ str_hash(s->from_tag) * 31));
    buf_put(&b, S("\r\n"));
    put_header(&b, S("Call-ID"), s->call_id);
    buf_format(&b, "CSeq: %u " STR_FMT "\r\n", s->cseq, STR_ARG(s->cseq_method));
    buf_put(&b, extra);
    if (body.n)
        put_header(&b, S("Content-Type"), content_type);
    buf_format(&b, "Content-Length: %zu\r\n\r\n", body.n);
    buf_put(&b, body);
    return buf_str(&b);
}

/* --- digest ------------------------------------------------------------------------------------------------------------------ */

static struct str md5_of(struct arena *a, struct str text)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct buf b = buf_in(a);
    if (EVP_Digest(text.p, text.n, digest, &n, EVP_md5(), NULL) != 1)
        return S("");
    buf_hex(&b, digest, n);
    return buf_str(&b);
}

static struct str response_of(struct arena *a, const struct sip_auth *z, struct str method, struct str password)
{
    struct str ha1 = md5_of(a, arena_format(a, STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(z->user), STR_ARG(z->realm), STR_ARG(password)));
    struct str ha2 = md5_of(a, arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(method), STR_ARG(z->uri)));
    if (z->qop.n == 0)
        return md5_of(a, arena_format(a, STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(ha1), STR_ARG(z->nonce), STR_ARG(ha2)));
    return md5_of(a, arena_format(a, STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(ha1), STR_ARG(z->nonce),
                                  STR_ARG(z->nc), STR_ARG(z->cnonce), STR_ARG(z->qop), STR_ARG(ha2)));
}

static void seal_of(ms at, const uint8_t secret[32], uint8_t seal[8])
{
    crypto_shorthash(seal, (const uint8_t *)&at, sizeof at, secret);
}

struct str sip_nonce(struct arena *a, const uint8_t secret[32], ms now)
{
    uint8_t seal[crypto_shorthash_BYTES];
    struct buf b = buf_in(a);
    seal_of(now, secret, seal);
    buf_format(&b, "%016llx", (unsigned long long)now);
    buf_hex(&b, seal, sizeof seal);
    return buf_str(&b);
}

bool sip_nonce_ok(struct str nonce, const uint8_t secret[32], ms now, ms life)
{
    uint8_t bytes[16], seal[crypto_shorthash_BYTES];
    uint64_t at = 0;
    if (nonce.n != SIP_NONCE_BYTES || !str_hex(nonce, bytes, sizeof bytes))
        return false;
    for (int i = 0; i < 8; i++)
        at = at << 8 | bytes[i];
    seal_of((ms)at, secret, seal);
    return sodium_memcmp(seal, bytes + 8, sizeof seal) == 0 && (ms)at <= now && now - (ms)at < life;
}

struct str sip_challenge(struct arena *a, const char *realm, struct str nonce, bool stale)
{
    return arena_format(a, "WWW-Authenticate: Digest realm=\"%s\", nonce=\"" STR_FMT "\", algorithm=MD5, qop=\"auth\"%s\r\n", realm,
                        STR_ARG(nonce), stale ? ", stale=true" : "");
}

bool sip_knows(struct arena *a, const struct sip *s, const char *realm, struct str password)
{
    const struct sip_auth *z = &s->auth;
    struct str wanted;
    if (!s->has_auth || password.n == 0 || !str_is(z->realm, realm) || (z->qop.n && !str_is(z->qop, "auth")) ||
        (z->algorithm.n && (z->algorithm.n != 3 || strncasecmp(z->algorithm.p, "MD5", 3) != 0)))
        return false;
    wanted = response_of(a, z, s->method, password);
    return wanted.n == 32 && z->response.n == 32 && sodium_memcmp(wanted.p, z->response.p, 32) == 0;
}

struct str sip_credentials(struct arena *a, const struct sip *challenge, struct str method, struct str uri, struct str user,
                           struct str password, struct str cnonce)
{
    struct sip_auth z = challenge->auth;
    struct buf b = buf_in(a);
    z.user = user;
    z.uri = uri;
    z.cnonce = cnonce;
    z.nc = S("00000001");
    z.qop = str_has(z.qop, S("auth")) ? S("auth") : S("");
    buf_format(&b, "%s: Digest username=\"" STR_FMT "\", realm=\"" STR_FMT "\", nonce=\"" STR_FMT "\", uri=\"" STR_FMT "\", response=\"" STR_FMT
               "\", algorithm=MD5", challenge->is_proxy ? "Proxy-Authorization" : "Authorization", STR_ARG(user), STR_ARG(z.realm),
               STR_ARG(z.nonce), STR_ARG(uri), STR_ARG(response_of(a, &z, method, password)));
    if (z.qop.n)
        buf_format(&b, ", qop=auth, nc=00000001, cnonce=\"" STR_FMT "\"", STR_ARG(cnonce));
    if (z.opaque.n)
        buf_format(&b, ", opaque=\"" STR_FMT "\"", STR_ARG(z.opaque));
    buf_put(&b, S("\r\n"));
    return buf_str(&b);
}
