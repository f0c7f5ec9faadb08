/* cert.c -- `wuxing cert`: a certificate authority of this installation and a certificate for its name, because a phone
 * on plain http has no offline work, microphone or notifications. The authority's key can sign for any name, so it stays
 * in the folder, readable by its owner only.
 * A certificate of 397 days is the longest that Safari takes. P-256 and SHA-256 throughout. */
#include "cli/run.h"

#include "base/json.h"
#include "engine/office/markup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#define ERR_STATE openssl_err_state      /* base/fault.h has that name */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#undef ERR_STATE
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AUTHORITY_DAYS = 3650, CERT_DAYS = 397 };

struct pair {
    EVP_PKEY *key;
    X509 *cert;
};

static void pair_free(struct pair *p)
{
    EVP_PKEY_free(p->key);
    X509_free(p->cert);
}

static bool extend(X509 *cert, X509 *issuer, int what, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, what, value);
    bool ok = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool set_serial(X509 *cert)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return ok;
}

/* A fresh key and an unsigned certificate with subject and life. */
static bool begin(struct pair *p, const char *name, int days)
{
    p->key = EVP_EC_gen("P-256");
    p->cert = X509_new();
    X509_NAME *subject = p->cert ? X509_get_subject_name(p->cert) : NULL;
    return p->key && subject && X509_set_version(p->cert, 2) && set_serial(p->cert) &&
           X509_gmtime_adj(X509_getm_notBefore(p->cert), -3600) &&
           X509_time_adj_ex(X509_getm_notAfter(p->cert), days, 0, NULL) && X509_set_pubkey(p->cert, p->key) &&
           X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Wuxing", -1, -1, 0) &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
}

static bool sign(struct pair *p, const struct pair *by)
{
    return X509_set_issuer_name(p->cert, X509_get_subject_name(by->cert)) && X509_sign(p->cert, by->key, EVP_sha256()) > 0;
}

static bool make_authority(struct pair *p, const char *host)
{
    struct arena arena;
    arena_init(&arena, 0);
    bool ok = begin(p, arena_format(&arena, "Wuxing %s", host).p, AUTHORITY_DAYS) &&
              extend(p->cert, p->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
              extend(p->cert, p->cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
              extend(p->cert, p->cert, NID_subject_key_identifier, "hash") && sign(p, p);
    arena_free(&arena);
    return ok;
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool make_cert(struct pair *p, const struct pair *authority, const char *host)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct str names = arena_format(&arena, "%s:%s", is_address(host) ? "IP" : "DNS", host);
    bool ok = begin(p, host, CERT_DAYS) && extend(p->cert, authority->cert, NID_basic_constraints, "critical,CA:FALSE") &&
              extend(p->cert, authority->cert, NID_key_usage, "critical,digitalSignature") &&
              extend(p->cert, authority->cert, NID_ext_key_usage, "serverAuth") &&
              extend(p->cert, authority->cert, NID_subject_alt_name, names.p) &&
              extend(p->cert, authority->cert, NID_authority_key_identifier, "keyid") && sign(p, authority);
    arena_free(&arena);
    return ok;
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static FILE *create(struct cli *cli, const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f)
        cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", path, strerror(errno)));
    return f;
}

static const char *path_in(struct cli *cli, const char *name)
{
    return arena_format(&cli->arena, "%s/tls/%s", cli->data, name).p;
}

static bool write_pair(struct cli *cli, const struct pair *p, const char *cert_name, const char *key_name, const X509 *chain)
{
    FILE *cert = create(cli, path_in(cli, cert_name), 0644);
    FILE *key = cert ? create(cli, path_in(cli, key_name), 0600) : NULL;
    bool ok = key && PEM_write_X509(cert, p->cert) && (!chain || PEM_write_X509(cert, (X509 *)chain)) &&
              PEM_write_PKCS8PrivateKey(key, p->key, NULL, NULL, 0, NULL, NULL);
    ok = (!cert || fclose(cert) == 0) && ok;
    return (!key || fclose(key) == 0) && ok;
}

static bool read_authority(struct cli *cli, struct pair *p)
{
    FILE *cert = fopen(path_in(cli, "ca.pem"), "re"), *key = fopen(path_in(cli, "ca.key"), "re");
    if (cert && key) {
        p->cert = PEM_read_X509(cert, NULL, NULL, NULL);
        p->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    }
    if (cert)
        fclose(cert);
    if (key)
        fclose(key);
    return p->cert && p->key;
}

static struct str fingerprint(struct cli *cli, X509 *cert)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct buf b = buf_in(&cli->arena);
    X509_digest(cert, EVP_sha256(), hash, &n);
    for (unsigned i = 0; i < n; i++)
        buf_format(&b, "%s%02X", i ? ":" : "", hash[i]);
    return buf_str(&b);
}

static const char page_style[] =
    "body{font:18px/1.6 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}"
    "a.get{display:block;background:#b3261e;color:#fff;padding:.8em;border-radius:.5em;text-align:center;text-decoration:none}"
    "code{font-size:13px;word-break:break-all}";

static struct str install_page(struct cli *cli, const char *host, struct str print)
{
    static const struct { const char *zh, *en; } steps[] = {
        { "苹果：点上面的按钮下载描述文件，在“设置”里安装；再到“通用 - 关于本机 - 证书信任设置”里打开完全信任。",
          "iPhone: get the profile with the button, install it in Settings, then switch on full trust in General, About, Certificate Trust Settings." },
        { "安卓：下载后在“设置 - 安全 - 加密与凭据 - 安装证书 - CA 证书”里选择这个文件。",
          "Android: after the download, Settings, Security, Encryption and credentials, Install a certificate, CA certificate." },
        { "鸿蒙：设置 - 隐私和安全 - 证书与凭据 - 从存储设备安装。",
          "HarmonyOS: Settings, Privacy and security, Certificates and credentials, Install from storage." },
        { "装好后，用浏览器打开下面的地址；地址栏里应没有“不安全”。", "Then open the address below; the browser must not say \"not secure\"." },
    };
    struct markup m = markup_html(&cli->arena);
    markup_open(&m, "html");
    markup_attr(&m, "lang", S("zh-CN"));
    markup_open(&m, "head");
    markup_open(&m, "meta");
    markup_attr(&m, "name", S("viewport"));
    markup_attr(&m, "content", S("width=device-width"));
    markup_close(&m);
    markup_leaf(&m, "title", S("五星：安装证书"));
    markup_open(&m, "link");                 /* pages are served without inline styles */
    markup_attr(&m, "rel", S("stylesheet"));
    markup_attr(&m, "href", S("/install/install.css"));
    markup_close(&m);
    markup_close(&m);
    markup_open(&m, "body");
    markup_leaf(&m, "h1", S("安装本单位的证书 / Install this office's certificate"));
    markup_open(&m, "p");
    markup_open(&m, "a");
    markup_attr(&m, "class", S("get"));
    markup_attr(&m, "href", S("/install/ca.crt"));
    markup_text(&m, S("下载证书 / Get the certificate"));
    markup_close(&m);
    markup_close(&m);
    markup_open(&m, "ol");
    for (size_t i = 0; i < COUNT(steps); i++) {
        markup_open(&m, "li");
        markup_leaf(&m, "p", str_of(steps[i].zh));
        markup_leaf(&m, "p", str_of(steps[i].en));
        markup_close(&m);
    }
    markup_close(&m);
    struct str url = arena_format(&cli->arena, strchr(host, ':') ? "https://[%s]/" : "https://%s/", host);
    markup_open(&m, "p");
    markup_open(&m, "a");
    markup_attr(&m, "href", url);
    markup_text(&m, url);
    markup_close(&m);
    markup_close(&m);
    markup_leaf(&m, "p", S("安装前请核对指纹（SHA-256）/ compare the fingerprint before you trust it:"));
    markup_open(&m, "p");
    markup_leaf(&m, "code", print);
    markup_close(&m);
    markup_close(&m);
    markup_close(&m);
    return markup_done(&m);
}

static bool write_text(struct cli *cli, const char *name, struct str text)
{
    FILE *f = create(cli, path_in(cli, name), 0644);
    bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
    return (!f || fclose(f) == 0) && ok;
}

static bool write_der(struct cli *cli, X509 *cert)
{
    unsigned char *bytes = NULL;
    int n = i2d_X509(cert, &bytes);
    bool ok = n > 0 && write_text(cli, "ca.crt", (struct str){ (char *)bytes, (size_t)n });
    OPENSSL_free(bytes);
    return ok;
}

static void print_result(struct cli *cli, struct str print)
{
    if (cli->json) {
        struct json j = json_in(&cli->arena);
        json_obj(&j);
        json_key_str(&j, "tls_cert", str_of(path_in(cli, "server.pem")));
        json_key_str(&j, "tls_key", str_of(path_in(cli, "server.key")));
        json_key_str(&j, "page", str_of(path_in(cli, "install.html")));
        json_key_str(&j, "ca_sha256", print);
        json_end(&j);
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
        return;
    }
    cli_print(cli, cli->lang == ZH ? "证书已生成。启动：\n  wuxing serve --data %s --listen 0.0.0.0:8443 --tls-cert %s --tls-key %s\n"
                                     "手机先打开 https://%s:8443/install 安装证书；请核对指纹：" STR_FMT "\n"
                                   : "The certificate is made. Start with\n  wuxing serve --data %s --listen 0.0.0.0:8443 --tls-cert %s --tls-key %s\n"
                                     "A phone opens https://%s:8443/install first and trusts the certificate there; compare the fingerprint: " STR_FMT "\n",
              cli->data, path_in(cli, "server.pem"), path_in(cli, "server.key"), cli_value(cli, "name"), STR_ARG(print));
}

int run_cert(struct cli *cli)
{
    const char *host = cli_value(cli, "name"), *folder = arena_format(&cli->arena, "%s/tls", cli->data).p;
    struct pair authority = { 0 }, server = { 0 };
    for (const char *p = host; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*", *p))
            return cli_fail(cli, (struct label)L("名称应为域名或 IP 地址", "the name is a host name or an IP address"));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", folder, strerror(errno)));
    bool ok = read_authority(cli, &authority);           /* phones trust it already: keep it */
    if (!ok)
        ok = make_authority(&authority, host) && write_pair(cli, &authority, "ca.pem", "ca.key", NULL);
    struct str print = ok ? fingerprint(cli, authority.cert) : S("");
    ok = ok && make_cert(&server, &authority, host) && write_pair(cli, &server, "server.pem", "server.key", authority.cert) &&
         write_der(cli, authority.cert) && write_text(cli, "install.css", str_of(page_style)) &&
         write_text(cli, "install.html", install_page(cli, host, print));
    pair_free(&server);
    pair_free(&authority);
    if (!ok)
        return cli_fail(cli, (struct label)L("证书没有生成", "the certificate could not be made"));
    print_result(cli, print);
    return 0;
}
