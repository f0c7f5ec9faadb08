/* mqtt_link.c -- see mqtt_link.h. */
#define ERR_STATE openssl_err_state         /* base/fault.h has that name */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "gateways/mqtt_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct mqtt_link {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    char *out;
    size_t out_bytes, out_room;
    bool tls_wants_write;
};

bool mqtt_address_read(struct str text, struct mqtt_address *ret_address)
{
    struct mqtt_address a = { .port = 1883 };
    int64_t port;
    if (str_starts(text, S("mqtts://"))) {
        a.tls = true;
        a.port = 8883;
        text = str_from(text, 8);
    } else if (str_starts(text, S("mqtt://"))) {
        text = str_from(text, 7);
    } else {
        return false;
    }
    size_t colon = str_find(text, S(":"));
    if (str_starts(text, S("["))) {
        size_t end = str_find(text, S("]"));
        colon = end + 1 + str_find(str_from(text, end + 1), S(":"));
        struct str host = str_from(str_head(text, end), 1);
        if (end >= text.n || host.n == 0 || host.n >= sizeof a.host)
            return false;
        memcpy(a.host, host.p, host.n);
    } else {
        if (colon == 0 || colon >= sizeof a.host)
            return false;
        memcpy(a.host, text.p, colon);
    }
    if (colon < text.n) {
        if (!str_to_i64(str_from(text, colon + 1), &port) || port < 1 || port > 65535)
            return false;
        a.port = (int)port;
    }
    *ret_address = a;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket can be used; false at the end of time or when somebody stops us. */
static bool wait_for(int fd, short events, int stop_fd, int64_t until)
{
    struct pollfd polled[] = { { .fd = fd, .events = events }, { .fd = stop_fd, .events = POLLIN } };
    for (;;) {
        int64_t left = until - now_ms();
        int count = poll(polled, 2, left > 0 ? (int)left : 0);
        if (count < 0 && errno == EINTR)
            continue;
        return count > 0 && !polled[1].revents;
    }
}

static int connect_one(const struct addrinfo *to, int stop_fd, int64_t until)
{
    int on = 1, error = 0;
    socklen_t n = sizeof error;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if ((connect(fd, to->ai_addr, to->ai_addrlen) == 0 || (errno == EINPROGRESS && wait_for(fd, POLLOUT, stop_fd, until))) &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        return fd;
    }
    close(fd);
    return -1;
}

static int connect_any(const struct mqtt_address *a, int stop_fd, int64_t until)
{
    char service[16];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
    int fd = -1;
    snprintf(service, sizeof service, "%d", a->port);
    if (getaddrinfo(a->host, service, &hints, &found) != 0)
        return -1;
    for (struct addrinfo *to = found; to && fd < 0; to = to->ai_next)
        fd = connect_one(to, stop_fd, until);
    freeaddrinfo(found);
    return fd;
}

static bool is_number(const char *host)
{
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static bool begin_tls(struct mqtt_link *l, const char *host, const char *ca)
{
    l->context = SSL_CTX_new(TLS_client_method());
    if (!l->context || !SSL_CTX_set_min_proto_version(l->context, TLS1_2_VERSION))
        return false;
    SSL_CTX_set_verify(l->context, SSL_VERIFY_PEER, NULL);
    if (ca ? !SSL_CTX_load_verify_locations(l->context, ca, NULL) : !SSL_CTX_set_default_verify_paths(l->context))
        return false;
    l->ssl = SSL_new(l->context);
    if (!l->ssl || !SSL_set_fd(l->ssl, l->fd))
        return false;
    SSL_set_mode(l->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (is_number(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), host) == 1;
    return SSL_set1_host(l->ssl, host) == 1 && SSL_set_tlsext_host_name(l->ssl, host) == 1;
}

static bool shake_hands(struct mqtt_link *l, int stop_fd, int64_t until)
{
    for (;;) {
        int result = SSL_connect(l->ssl);
        if (result == 1)
            return true;
        int want = SSL_get_error(l->ssl, result);
        short events = want == SSL_ERROR_WANT_READ ? POLLIN : want == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
        if (!events || !wait_for(l->fd, events, stop_fd, until))
            return false;
    }
}

struct mqtt_link *mqtt_link_open(const struct mqtt_address *a, const char *ca, int timeout_ms, int stop_fd, struct fault *fault)
{
    int64_t until = now_ms() + timeout_ms;
    struct mqtt_link *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->fd = connect_any(a, stop_fd, until);
    if (l->fd < 0)
        fault_set(fault, ERR_UNAVAILABLE, "连不上消息服务器", "The broker cannot be reached");
    else if (a->tls && (!begin_tls(l, a->host, ca) || !shake_hands(l, stop_fd, until)))
        fault_set(fault, ERR_DENIED, "消息服务器的证书不可信，或没有 TLS", "The broker's certificate is not trusted, or it speaks no TLS");
    else
        return l;
    mqtt_link_close(l);
    return NULL;
}

void mqtt_link_close(struct mqtt_link *l)
{
    if (!l)
        return;
    if (l->ssl && SSL_is_init_finished(l->ssl))
        SSL_shutdown(l->ssl);
    SSL_free(l->ssl);
    SSL_CTX_free(l->context);
    if (l->fd >= 0)
        close(l->fd);
    free(l->out);
    free(l);
}

int mqtt_link_fd(const struct mqtt_link *l)
{
    return l->fd;
}

bool mqtt_link_wants_write(const struct mqtt_link *l)
{
    return l->out_bytes > 0 || l->tls_wants_write;
}

/* What TLS says about a call that did not succeed: 0 nothing now, -1 the end. */
static long tls_result(struct mqtt_link *l, int result)
{
    int want = SSL_get_error(l->ssl, result);
    l->tls_wants_write = want == SSL_ERROR_WANT_WRITE;
    return want == SSL_ERROR_WANT_READ || want == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

long mqtt_link_read(struct mqtt_link *l, char *to, size_t room)
{
    if (l->ssl) {
        int n = SSL_read(l->ssl, to, (int)room);
        return n > 0 ? n : tls_result(l, n);
    }
    ssize_t n = recv(l->fd, to, room, MSG_DONTWAIT);
    if (n > 0)
        return n;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

static long write_some(struct mqtt_link *l, const char *p, size_t n)
{
    if (l->ssl) {
        int done = SSL_write(l->ssl, p, (int)n);
        return done > 0 ? done : tls_result(l, done);
    }
    ssize_t done = send(l->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done > 0)
        return done;
    return done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

bool mqtt_link_flush(struct mqtt_link *l)
{
    size_t done = 0;
    long n = 1;
    while (done < l->out_bytes && (n = write_some(l, l->out + done, l->out_bytes - done)) > 0)
        done += (size_t)n;
    l->out_bytes -= done;
    if (done && l->out_bytes)
        memmove(l->out, l->out + done, l->out_bytes);
    return n >= 0;
}

bool mqtt_link_write(struct mqtt_link *l, struct str bytes)
{
    if (l->out_bytes + bytes.n > LINK_WAITING_BYTES_MAX)
        return false;
    if (l->out_bytes + bytes.n > l->out_room) {
        l->out_room = (l->out_bytes + bytes.n) * 2;
        l->out = realloc(l->out, l->out_room);
        if (!l->out)
            abort();
    }
    if (bytes.n)
        memcpy(l->out + l->out_bytes, bytes.p, bytes.n);
    l->out_bytes += bytes.n;
    return mqtt_link_flush(l);
}
