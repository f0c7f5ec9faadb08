/* port_socket.c -- sockets and addresses of the device ports. IPv6 callers own a whole /64; two addresses may share a slot:
 * a cap is then met a little sooner. */
#include "gateways/port_own.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024, UDP_ROOM_BYTES = 4 << 20 };

ms steady_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int port_bind(const char *address, int port, int type)
{
    char service[16];
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type };
    struct addrinfo *found = NULL;
    int on = 1, room = UDP_ROOM_BYTES;
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0;
    if (ok && type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    else if (ok)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    ok = ok && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0);
    freeaddrinfo(found);
    if (!ok && fd >= 0)
        close(fd);
    return ok ? fd : -1;
}

static int number_of(const struct sockaddr_storage *name)
{
    const void *p = name;
    return ntohs(name->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)p)->sin6_port : ((const struct sockaddr_in *)p)->sin_port);
}

int port_number(int fd)
{
    struct sockaddr_storage name = { 0 };
    socklen_t n = sizeof name;
    return getsockname(fd, (struct sockaddr *)&name, &n) == 0 ? number_of(&name) : 0;
}

void address_settle(struct address *a)
{
    const void *p = &a->name;
    struct str bytes = S("");
    if (a->name.ss_family == AF_INET) {
        const struct in_addr *in = &((const struct sockaddr_in *)p)->sin_addr;
        a->loopback = ntohl(in->s_addr) >> 24 == 127;
        bytes = (struct str){ (const char *)in, sizeof *in };
    } else if (a->name.ss_family == AF_INET6) {
        const struct in6_addr *in = &((const struct sockaddr_in6 *)p)->sin6_addr;
        a->loopback = IN6_IS_ADDR_LOOPBACK(in);
        bytes = (struct str){ (const char *)in, 8 };
    }
    a->slot = (uint32_t)(str_hash(bytes) % ADDRESSES);
}

struct str address_text(struct arena *arena, const struct address *a)
{
    char host[INET6_ADDRSTRLEN] = "?";
    const void *p = &a->name;
    if (a->name.ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)p)->sin_addr, host, sizeof host);
    else if (a->name.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)p)->sin6_addr, host, sizeof host);
    return arena_format(arena, a->name.ss_family == AF_INET6 ? "[%s]:%d" : "%s:%d", host, number_of(&a->name));
}
