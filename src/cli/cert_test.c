/* cert_test.c -- the certificate is one that a TLS client would take; checked by the openssl library itself. */
#include "cli/capture.h"
#include "test/stores.h"

#define ERR_STATE openssl_err_state
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#undef ERR_STATE
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static struct capture c;

static X509 *read_cert(const char *path)
{
    FILE *f = fopen(path, "r");
    X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
    CHECK(cert != NULL);
    fclose(f);
    return cert;
}

static bool is_trusted(X509 *authority, X509 *server)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, authority);
    X509_STORE_CTX_init(context, store, server, NULL);
    X509_STORE_CTX_set_default(context, "ssl_server");
    bool ok = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return ok;
}

static const char *path_of(struct test_db *db, const char *name)
{
    return arena_format(&c.arena, "%s/tls/%s", db->dir, name).p;
}

TEST(a_certificate_is_signed_by_an_authority_that_is_made_once)
{
    struct test_db *db = test_db_open(false);
    struct stat st;
    capture_init(&c);
    CHECK_INT(RUN(&c, "cert", "--data", db->dir, "--name", "office.example", "--json"), 0);
    CHECK(str_has(buf_str(&c.out), S("server.pem")));
    X509 *authority = read_cert(path_of(db, "ca.pem")), *server = read_cert(path_of(db, "server.pem"));
    CHECK(is_trusted(authority, server));
    CHECK(X509_check_host(server, "office.example", 0, 0, NULL) == 1);
    CHECK(X509_check_host(server, "other.example", 0, 0, NULL) == 0);
    time_t limit = time(NULL) + 398 * 86400;
    CHECK(X509_cmp_time(X509_get0_notAfter(server), &limit) < 0);
    CHECK(stat(path_of(db, "server.key"), &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat(path_of(db, "ca.key"), &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat(path_of(db, "install.html"), &st) == 0 && st.st_size > 500);
    X509_free(server);
    CHECK_INT(RUN(&c, "cert", "--data", db->dir, "--name", "192.0.2.7"), 0);
    server = read_cert(path_of(db, "server.pem"));
    CHECK(is_trusted(authority, server));                    /* phones that trusted it need nothing new */
    CHECK(X509_check_ip_asc(server, "192.0.2.7", 0) == 1);
    X509_free(server);
    X509_free(authority);
    CHECK_INT(RUN(&c, "cert", "--data", db->dir, "--name", "a b"), 1);
    CHECK_INT(RUN(&c, "cert", "--data", db->dir, "--name", "x,DNS:evil.example"), 1);
    capture_free(&c);
    test_db_close(db);
}
