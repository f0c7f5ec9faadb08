/* assets.h -- the web files inside the binary, made by tools/embed from the built pages.
 * Rows are sorted by path (a leading slash, by bytes), and within a path br, gzip, identity: the first whose encoding
 * the client takes is the one to send. Every path has an identity row; a compressed row exists where it saves a tenth.
 * Memory: constant, mapped from the program file. Threading: constant. */
#ifndef WUXING_HTTP_ASSETS_H
#define WUXING_HTTP_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path;              /* "/index.html", "/assets/desk-3fa9c1.js" */
    const char *type;              /* "text/html; charset=utf-8" */
    const unsigned char *bytes;
    size_t n;
    const char *encoding;          /* "br", "gzip" or "" */
    const char *etag;              /* quoted, of the identity bytes plus the encoding */
};

extern const struct asset assets[];
extern const size_t asset_count;

#endif
