/* xlsx_part.c -- see xlsx_part.h. */
#include "engine/office/xlsx_part.h"

#include <expat.h>
#include <string.h>
#include <zip.h>

enum {
    ENTRIES_MAX = 2000,
    UNPACKED_BYTES_MAX = 256 << 20,
    RATIO_MAX = 200,                       /* real worksheets pack 10 to 60 times, a bomb of zeros 1,000 */
    RATIO_FREE_BYTES = 1 << 20,
    DEPTH_MAX = 64,
    CHUNK_BYTES = 32 << 10,
    PATH_BYTES_MAX = 512,
};

enum refusal book_open(struct arena *a, struct str bytes, struct book *ret_book)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.p, bytes.n, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    zip_error_fini(&error);
    if (!zip) {
        zip_source_free(source);
        return REFUSE_DAMAGED;
    }
    if (zip_get_num_entries(zip, 0) > ENTRIES_MAX) {
        zip_discard(zip);
        return REFUSE_ENTRIES;
    }
    *ret_book = (struct book){ .arena = a, .zip = zip };
    return REFUSE_NONE;
}

void book_close(struct book *b)
{
    if (b->zip)
        zip_discard(b->zip);
    b->zip = NULL;
}

bool book_has(struct book *b, const char *path)
{
    return zip_name_locate(b->zip, path, ZIP_FL_NOCASE) >= 0;
}

void book_refuse(struct book *b, enum refusal why)
{
    if (b->why != REFUSE_NONE)
        return;
    b->why = why;
    XML_StopParser(b->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

struct str attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (!strcmp(local_name(attributes[0]), name))
            return str_of(attributes[1]);
    return S("");
}

/* --- expat's side: after XML_StopParser it may still call a handler or two ------------------------------ */

static void on_open(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct book *b = data;
    if (b->why != REFUSE_NONE)
        return;
    if (++b->depth > DEPTH_MAX)
        book_refuse(b, REFUSE_DEPTH);
    else
        b->walk->open(b, b->state, local_name(name), attributes);
}

static void on_close(void *data, const XML_Char *name)
{
    struct book *b = data;
    if (b->why != REFUSE_NONE)
        return;
    b->depth--;
    if (b->walk->close)
        b->walk->close(b, b->state, local_name(name));
}

static void on_text(void *data, const XML_Char *p, int n)
{
    struct book *b = data;
    if (b->why == REFUSE_NONE && b->walk->text)
        b->walk->text(b, b->state, (struct str){ p, (size_t)n });
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    book_refuse(data, REFUSE_DTD);
}

/* --- one part ------------------------------------------------------------------------------------------- */

static enum refusal feed(struct book *b, zip_file_t *file, size_t packed_bytes)
{
    size_t part_bytes = 0;
    for (;;) {
        void *chunk = XML_GetBuffer(b->parser, CHUNK_BYTES);
        zip_int64_t n = chunk ? zip_fread(file, chunk, CHUNK_BYTES) : -1;
        if (n < 0)
            return REFUSE_DAMAGED;
        part_bytes += (size_t)n;
        b->unpacked_bytes += (size_t)n;
        if (b->unpacked_bytes > UNPACKED_BYTES_MAX)
            return REFUSE_UNPACKED;
        if (part_bytes > RATIO_FREE_BYTES && part_bytes / RATIO_MAX > packed_bytes)
            return REFUSE_RATIO;
        if (XML_ParseBuffer(b->parser, (int)n, n == 0) != XML_STATUS_OK)
            return b->why != REFUSE_NONE ? b->why : REFUSE_DAMAGED;
        if (n == 0)
            return REFUSE_NONE;
    }
}

static enum refusal walk_file(struct book *b, zip_file_t *file, size_t packed_bytes)
{
    b->parser = XML_ParserCreate(NULL);
    if (!b->parser)
        return REFUSE_DAMAGED;
    /* or expat asks the kernel, which the jail forbids */
    XML_SetHashSalt(b->parser, (unsigned long)(uintptr_t)b->parser | 1);
    XML_SetUserData(b->parser, b);
    XML_SetElementHandler(b->parser, on_open, on_close);
    XML_SetCharacterDataHandler(b->parser, on_text);
    XML_SetStartDoctypeDeclHandler(b->parser, on_doctype);
    enum refusal why = feed(b, file, packed_bytes);
    XML_ParserFree(b->parser);
    b->parser = NULL;
    return why;
}

enum refusal book_walk(struct book *b, const char *path, const struct part_walk *walk, void *state)
{
    zip_int64_t index = strlen(path) < PATH_BYTES_MAX ? zip_name_locate(b->zip, path, ZIP_FL_NOCASE) : -1;
    zip_stat_t stat;
    if (index < 0 || zip_stat_index(b->zip, (zip_uint64_t)index, 0, &stat) ||
        !(stat.valid & ZIP_STAT_COMP_SIZE))
        return REFUSE_DAMAGED;
    if (stat.valid & ZIP_STAT_SIZE && stat.size > UNPACKED_BYTES_MAX)
        return REFUSE_UNPACKED;
    zip_file_t *file = zip_fopen_index(b->zip, (zip_uint64_t)index, 0);
    if (!file)
        return REFUSE_DAMAGED;
    b->walk = walk;
    b->state = state;
    b->depth = 0;
    enum refusal why = walk_file(b, file, (size_t)stat.comp_size);
    zip_fclose(file);
    return why;
}
