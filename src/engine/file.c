/* file.c -- see file.h. What may be kept is a short list: photos (always re-encoded), PDF, office files, text and sound. */
#include "engine/file.h"

#include "engine/engine.h"
#include "engine/office/jail.h"
#include "engine/outbox.h"

#include <assert.h>

SQL(insert_file, "insert into file(id, matter, account, name, type, bytes, width, height, hash, thumb_hash, qr, at)"
                 " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
SQL(select_file, "select id, matter, account, name, type, bytes, width, height, hash, thumb_hash, qr, at from file where id = $1");
SQL(select_files, "select id, matter, account, name, type, bytes, width, height, hash, thumb_hash, qr, at from file where matter = $1 order by id");

enum { FILE_BYTES_MAX = 20 << 20 };

/* By the bytes, never by what the sender says: X(first bytes, media type). */
static const struct { struct str magic; const char *type; bool picture; } types[] = {
    { { "\xff\xd8\xff", 3 }, "image/jpeg", true },
    { { "\x89PNG\r\n\x1a\n", 8 }, "image/png", true },
    { { "RIFF", 4 }, "image/webp", true },
    { { "%PDF-", 5 }, "application/pdf", false },
    { { "PK\x03\x04", 4 }, "application/zip", false },
    { { "OggS", 4 }, "audio/ogg", false },
    { { "#!AMR", 5 }, "audio/amr", false },
    { { "ID3", 3 }, "audio/mpeg", false },
};

static const char *office_type(struct str name)
{
    if (str_ends(name, S(".xlsx")))
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    if (str_ends(name, S(".docx")))
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    return NULL;
}

static const char *type_of(struct str name, struct str bytes, bool *ret_picture)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        if (!str_starts(bytes, types[i].magic))
            continue;
        bool wave = str_is(types[i].magic, "RIFF") && str_eq(str_head(str_from(bytes, 8), 4), S("WAVE"));
        bool zip = str_is(str_of(types[i].type), "application/zip");
        *ret_picture = types[i].picture && !wave;
        return wave ? "audio/wav" : zip ? office_type(name) : types[i].type;
    }
    *ret_picture = false;
    bool text = str_ends(name, S(".txt")) || str_ends(name, S(".csv"));
    return text && str_utf8_ok(bytes) ? "text/plain" : NULL;
}

static bool keep_picture(struct tx *tx, struct str bytes, struct file *f)
{
    struct picture p;
    char hash[65], thumb[65];
    if (!jail_picture(tx->arena, bytes, &p, &tx->fault) || !blob_put(tx->store, p.main, hash, &tx->fault) ||
        !blob_put(tx->store, p.thumb, thumb, &tx->fault))
        return false;
    f->type = S("image/jpeg");
    f->bytes = (int64_t)p.main.n;
    f->width = p.width;
    f->height = p.height;
    f->hash = arena_copy(tx->arena, str_of(hash));
    f->thumb_hash = arena_copy(tx->arena, str_of(thumb));
    f->qr = p.qr_count ? p.qr[0] : S("");
    return true;
}

bool file_prepare(struct tx *tx, struct str name, struct str type, struct str bytes, struct file *ret)
{
    (void)type;
    bool picture;
    if (bytes.n == 0 || bytes.n > FILE_BYTES_MAX) {
        tx_refuse(tx, bytes.n ? ERR_TOO_LARGE : ERR_MALFORMED, "文件应为 1 字节至 20 MB", "A file has 1 byte to 20 MB");
        return false;
    }
    const char *found = type_of(name, bytes, &picture);
    if (!found) {
        tx_refuse(tx, ERR_MEDIA_TYPE, "可上传照片（JPEG、PNG、WebP）、PDF、Word、Excel、文本和录音",
                  "Photos (JPEG, PNG, WebP), PDF, Word, Excel, text and sound are taken");
        return false;
    }
    struct file f = { .name = str_head_chars(name.n ? name : S("file"), 120), .type = str_of(found), .bytes = (int64_t)bytes.n };
    char hash[65];
    if (picture && !keep_picture(tx, bytes, &f))
        return false;
    if (!picture) {
        if (!blob_put(tx->store, bytes, hash, &tx->fault))
            return false;
        f.hash = arena_copy(tx->arena, str_of(hash));
    }
    *ret = f;
    return true;
}

int64_t file_add(struct tx *tx, const struct who *who, int64_t matter, struct file *f)
{
    assert(f->hash.n == 64);
    f->id = db_id(tx, "file");
    f->matter = matter;
    f->account = who->account;
    f->at = tx->now;
    db_run(tx, insert_file, IN(f->id, matter, REF0(f->account), f->name, f->type, f->bytes, f->width, f->height, f->hash, f->thumb_hash,
                               f->qr, f->at));
    return tx_failed(tx) ? 0 : f->id;
}

static struct outs outs_of(struct file *f, struct out *out)
{
    struct out all[] = { out_i64(&f->id), out_i64(&f->matter), out_i64(&f->account), out_str(&f->name), out_str(&f->type),
                         out_i64(&f->bytes), out_i64(&f->width), out_i64(&f->height), out_str(&f->hash), out_str(&f->thumb_hash),
                         out_str(&f->qr), out_i64(&f->at) };
    for (size_t i = 0; i < COUNT(all); i++)
        out[i] = all[i];
    return (struct outs){ out, (int)COUNT(all) };
}

bool file_get(struct tx *tx, int64_t id, struct file *f)
{
    struct out out[12];
    if (db_one(tx, select_file, IN(id), outs_of(f, out)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND);
    return false;
}

struct rows file_list(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_files, IN(matter));
}

bool file_row(struct rows *rows, struct file *f)
{
    struct out out[12];
    return db_row(rows, outs_of(f, out));
}
