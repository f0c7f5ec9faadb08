/* multipart.c -- RFC 7578 multipart/form-data over a body that is whole in memory; libmicrohttpd's own post processor is
 * not used for what comes from outside (CVE-2023-27371). Slices only: nothing is copied but names. */
#include "http/http.h"

enum { BOUNDARY_BYTES_MAX = 70, HEAD_BYTES_MAX = 8192 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_word(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

/* The value of `name=` among the parameters of a header; quoted values lose their quotes and backslashes. */
static bool parameter(struct arena *arena, struct str header, struct str name, struct str *ret_value)
{
    size_t i = str_find(header, S(";"));
    while (i < header.n) {
        for (i++; i < header.n && (header.p[i] == ' ' || header.p[i] == '\t'); i++)
            continue;
        size_t start = i;
        while (i < header.n && header.p[i] != '=' && header.p[i] != ';')
            i++;
        struct str key = str_trim(str_head(str_from(header, start), i - start));
        struct buf b = buf_in(arena);
        if (i < header.n && header.p[i] == '=') {
            bool quoted = ++i < header.n && header.p[i] == '"';
            for (i += quoted; i < header.n && header.p[i] != (quoted ? '"' : ';'); i++) {
                if (quoted && header.p[i] == '\\' && i + 1 < header.n && (header.p[i + 1] == '"' || header.p[i + 1] == '\\'))
                    i++;
                buf_char(&b, header.p[i]);
            }
            while (i < header.n && header.p[i] != ';')
                i++;
        }
        if (same_word(key, name)) {
            *ret_value = buf_str(&b);
            return true;
        }
    }
    return false;
}

static void read_head(struct arena *arena, struct str head, struct upload *part, bool *ret_is_file)
{
    struct str line;
    *ret_is_file = false;
    part->type = S("application/octet-stream");
    while (head.n) {
        size_t end = str_find(head, S("\r\n"));
        line = str_head(head, end);
        head = str_from(head, end + 2);
        size_t colon = str_find(line, S(":"));
        struct str name = str_head(line, colon), value = str_trim(str_from(line, colon + 1)), encoded;
        if (same_word(name, S("content-type"))) {
            part->type = value;
        } else if (same_word(name, S("content-disposition"))) {
            *ret_is_file = parameter(arena, value, S("filename"), &part->name);
            if (parameter(arena, value, S("filename*"), &encoded) && same_word(str_head(encoded, 7), S("utf-8''")) &&
                percent_decode(arena, str_from(encoded, 7), false, &part->name))
                *ret_is_file = true;
        }
    }
    if (!str_utf8_ok(part->name))
        part->name = S("");
    /* A path is what old browsers send: only its last part is a name. */
    for (size_t i = part->name.n; i > 0; i--)
        if (part->name.p[i - 1] == '/' || part->name.p[i - 1] == '\\') {
            part->name = str_from(part->name, i);
            break;
        }
}

static bool malformed(struct fault *fault)
{
    fault_set(fault, ERR_MALFORMED, "上传内容的 multipart 格式有错", "The multipart upload is malformed");
    return false;
}

bool multipart_read(struct arena *arena, struct str body, struct str content_type, struct upload *uploads, int *ret_count,
                    struct fault *fault)
{
    struct str boundary;
    *ret_count = 0;
    if (!parameter(arena, content_type, S("boundary"), &boundary) || boundary.n == 0 || boundary.n > BOUNDARY_BYTES_MAX)
        return malformed(fault);
    struct str mark = arena_join(arena, S("--"), boundary), next = arena_join(arena, S("\r\n--"), boundary);
    size_t at = str_find(body, mark);
    if (at == body.n || (at > 0 && !str_ends(str_head(body, at), S("\r\n"))))
        return malformed(fault);
    body = str_from(body, at + mark.n);
    while (!str_starts(body, S("--"))) {
        while (body.n && (body.p[0] == ' ' || body.p[0] == '\t'))
            body = str_from(body, 1);
        if (!str_starts(body, S("\r\n")))
            return malformed(fault);
        body = str_from(body, 2);
        size_t head_end = str_find(str_head(body, HEAD_BYTES_MAX), S("\r\n\r\n"));
        struct str rest = str_from(body, head_end + 4);
        size_t end = str_find(rest, next);
        if (head_end >= HEAD_BYTES_MAX || head_end + 4 > body.n || end == rest.n)
            return malformed(fault);
        struct upload part = { 0 };
        bool is_file;
        read_head(arena, str_head(body, head_end), &part, &is_file);
        part.bytes = str_head(rest, end);
        if (is_file && *ret_count == UPLOADS_MAX) {
            fault_set(fault, ERR_TOO_LARGE, "一次最多上传 20 个文件", "At most 20 files at once");
            return false;
        }
        if (is_file)
            uploads[(*ret_count)++] = part;
        body = str_from(rest, end + next.n);
    }
    return true;
}
