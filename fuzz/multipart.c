/* multipart.c -- the first line is the Content-Type, the rest the body.
 * This exercises: src/http/multipart.c. Held: every part is a slice inside the body, names are UTF-8. */
#include "http/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = { (const char *)data, n }, type = str_head(text, str_find(text, S("\n")));
    struct str body = str_from(text, type.n + 1);
    struct arena arena;
    struct fault fault = { 0 };
    struct upload uploads[UPLOADS_MAX];
    int count = 0;
    arena_init(&arena, 0);
    if (multipart_read(&arena, body, type, uploads, &count, &fault) != (fault.code == ERR_OK) || count > UPLOADS_MAX)
        abort();
    for (int i = 0; i < count; i++)
        if (!str_utf8_ok(uploads[i].name) || uploads[i].bytes.p < body.p || uploads[i].bytes.p + uploads[i].bytes.n > body.p + body.n)
            abort();
    arena_free(&arena);
    return 0;
}
