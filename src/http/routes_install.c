/* routes_install.c -- the page from which a phone installs the office's own certificate, and the certificate: the files
 * that `wuxing cert` left in DIR/tls. Public, because who needs them has no log-in yet; there is nothing secret in them. */
#include "http/http.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 64 << 10 };

static void send_file(struct req *r, const char *name, const char *type)
{
    const char *path = arena_format(r->arena, "%s/tls/%s", engine_of(r->tx)->dir, name).p;
    char *bytes = arena_alloc(r->arena, FILE_BYTES_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd >= 0 ? read(fd, bytes, FILE_BYTES_MAX) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0) {
        tx_refuse(r->tx, ERR_NOT_FOUND, "本单位没有自己的证书", "This office has no certificate of its own");
        return;
    }
    r->type = str_of(type);
    r->bytes = (struct str){ bytes, (size_t)n };
}

static void page_show(struct req *r)
{
    send_file(r, "install.html", "text/html; charset=utf-8");
}

static void style_show(struct req *r)
{
    send_file(r, "install.css", "text/css; charset=utf-8");
}

static void certificate_show(struct req *r)
{
    send_file(r, "ca.crt", "application/x-x509-ca-cert");
}

const struct route install_routes[] = {
    { GET, "/install", R_PUBLIC, .show = page_show, .flags = ROUTE_ROOT | ROUTE_SYSTEM,
      .about = L("手机安装证书的页面", "The page from which a phone installs the certificate") },
    { GET, "/install/install.css", R_PUBLIC, .show = style_show, .flags = ROUTE_ROOT | ROUTE_SYSTEM,
      .about = L("该页面的样式", "That page's style") },
    { GET, "/install/ca.crt", R_PUBLIC, .show = certificate_show, .flags = ROUTE_ROOT | ROUTE_SYSTEM,
      .about = L("本单位的证书", "The office's certificate") },
    { 0 } };
