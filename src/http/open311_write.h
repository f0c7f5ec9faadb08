/* open311_write.h -- one writer for Open311's two formats, and how a matter looks as a service request. In JSON lists are
 * arrays and the root has no name; in XML each object carries its element's name (STANDARDS.md section 6).
 * Memory: the request's arena. Threading: one thread. */
#ifndef WUXING_HTTP_OPEN311_WRITE_H
#define WUXING_HTTP_OPEN311_WRITE_H

#include "http/http.h"

struct matter_item;
enum { WRITER_DEPTH_MAX = 8 };
struct writer {
    bool json;
    struct json j;
    struct buf xml;
    const char *open[WRITER_DEPTH_MAX];
    bool is_list[WRITER_DEPTH_MAX];
    int depth;
};
struct writer writer_new(struct arena *, bool json);
void writer_root(struct writer *, const char *name);           /* an object that is the whole answer */
void writer_list(struct writer *, const char *name);           /* the root's, or a member */
void writer_object(struct writer *, const char *name);         /* an entry of a list */
void writer_text(struct writer *, const char *name, struct str);
void writer_int(struct writer *, const char *name, int64_t);
void writer_bool(struct writer *, const char *name, bool);
void writer_null(struct writer *, const char *name);
void writer_time(struct writer *, const char *name, ms);
void writer_degree(struct writer *, const char *name, int64_t e7);
void writer_texts(struct writer *, const char *name, const char *each, const char *const *texts);
void writer_end(struct writer *);
struct str writer_done(struct writer *);
struct str writer_type(const struct writer *);

void open311_write_request(struct req *, struct writer *, const struct matter_item *, bool notes);

/* Turns w->fault into Open311's errors, in the format of the path (.json, else XML). */
void open311_fault(struct work *);
/* For the fuzzer: an encoded form of POST requests into open311_form_bytes() zeroed bytes. */
bool open311_form(struct str text, struct arena *, struct fault *, void *to);
size_t open311_form_bytes(void);

#endif
