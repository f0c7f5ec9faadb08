/* static.c -- pages and assets out of the binary. Names under /assets/ carry a hash of their content and are kept for a
 * year; entries are asked again each time by their etag. A path that is neither an asset nor an interface is a page of
 * one of the three entries (web/entries.ts holds the same rule). */
#include "http/assets.h"
#include "http/http.h"

static struct str entry_of(struct str path)
{
    static const struct { const char *prefix, *entry; } entries[] = {
        { "/phone", "/phone/index.html" }, { "/track", "/public/index.html" }, { "/r", "/public/index.html" },
        { "/a", "/public/index.html" }, { "/family", "/public/index.html" }, { "/elder", "/public/index.html" }, { "/answer", "/public/index.html" },
    };
    for (size_t i = 0; i < COUNT(entries); i++) {
        struct str prefix = str_of(entries[i].prefix);
        if (str_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/'))
            return str_of(entries[i].entry);
    }
    return S("/index.html");
}

static size_t first_row(struct str path)
{
    size_t low = 0, high = asset_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_cmp(str_of(assets[middle].path), path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool takes(struct str accept_encoding, const char *encoding)
{
    struct str part;
    if (!*encoding)
        return true;
    while (str_cut(&accept_encoding, ',', &part)) {
        part = str_trim(part);
        struct str name = str_trim(str_head(part, str_find(part, S(";"))));
        bool refused = str_ends(part, S("q=0")) || str_ends(part, S("q=0.0"));
        if (str_is(name, encoding) && !refused)
            return true;
    }
    return false;
}

static const struct asset *asset_for(struct str path, struct str accept_encoding)
{
    for (size_t i = first_row(path); i < asset_count && str_is(path, assets[i].path); i++)
        if (takes(accept_encoding, assets[i].encoding))
            return &assets[i];
    return NULL;
}

/* A file that is not there is a 404; only a figure's address holds a dot of its own (/figures/report.opened). */
static bool names_file(struct str path)
{
    size_t slash = path.n;
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    return str_starts(path, S("/assets/")) || (!str_starts(path, S("/figures/")) && str_has(str_from(path, slash), S(".")));
}

static bool is_interface(struct str path)
{
    static const char *const roots[] = { "/api/", "/open311/", "/gateway/", "/metrics", "/healthz", "/readyz", "/pulse" };
    for (size_t i = 0; i < COUNT(roots); i++)
        if (str_starts(path, str_of(roots[i])))
            return true;
    return false;
}

static void no_pages(struct work *w)
{
    w->answer = (struct answer){ .status = 200, .type = S("text/plain; charset=utf-8"),
        .body = S("吾行 Wuxing: 此程序未包含网页；接口在 /api/v1\nThis program was built without its pages; the API is at /api/v1\n") };
}

bool static_answer(struct work *w)
{
    struct str path = w->path;
    if (is_interface(path))
        return false;
    const struct asset *asset = asset_for(path, w->accept_encoding);
    bool is_entry = !asset;
    if (!asset && names_file(path))
        return false;
    if (!asset)
        asset = asset_for(entry_of(path), w->accept_encoding);
    if (!asset)
        asset = asset_for(S("/index.html"), w->accept_encoding);
    if (!asset) {
        no_pages(w);
        return true;
    }
    bool hashed = !is_entry && str_starts(path, S("/assets/"));
    w->cache = hashed ? S("public, max-age=31536000, immutable") : S("no-cache");
    w->encoding = str_of(asset->encoding);
    w->answer = (struct answer){ .status = 200, .type = str_of(asset->type), .etag = str_of(asset->etag),
                                 .body = { (const char *)asset->bytes, asset->n } };
    if (w->if_none_match.n && str_has(w->if_none_match, w->answer.etag)) {
        w->answer.status = 304;
        w->answer.body = (struct str){ 0 };
    }
    return true;
}
