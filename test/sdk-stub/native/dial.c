// Connecting: see dial.h.
#define _GNU_SOURCE
#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base64.h"

static int is_given(const char *text)
{
    return text != NULL && *text != '\0';
}

static int connect_address(const struct addrinfo *address, deadline end)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int error = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (!wait_until(end, fd, POLLOUT) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = ETIMEDOUT;
    }
    if (error == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_host(const char *host, const char *port, deadline end)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *one = found; one != NULL && fd < 0; one = one->ai_next)
        fd = connect_address(one, end);
    freeaddrinfo(found);
    return fd;
}

static int send_all(int fd, const void *bytes, size_t length, deadline end)
{
    const char *from = bytes;
    while (length > 0) {
        // No MSG_NOSIGNAL: the SDK does not protect its host from SIGPIPE either.
        ssize_t sent = send(fd, from, length, 0);
        if (sent < 0 && (errno != EAGAIN || !wait_until(end, fd, POLLOUT)))
            return 0;
        if (sent > 0) {
            from += sent;
            length -= (size_t)sent;
        }
    }
    return 1;
}

static int receive_exactly(int fd, char *into, size_t length, deadline end)
{
    while (length > 0) {
        ssize_t got = wait_until(end, fd, POLLIN) ? recv(fd, into, length, 0) : 0;
        if (got <= 0)
            return 0;
        into += got;
        length -= (size_t)got;
    }
    return 1;
}

// Byte by byte, so that nothing of the TLS conversation behind the answer is swallowed.
static int proxy_agrees(int fd, deadline end)
{
    char head[4096] = {0};
    for (size_t length = 0; length + 1 < sizeof head; length++) {
        if (!receive_exactly(fd, head + length, 1, end))
            return 0;
        if (length >= 3 && memcmp(head + length - 3, "\r\n\r\n", 4) == 0)
            return strncmp(head, "HTTP/1.", 7) == 0 && strncmp(head + 8, " 2", 2) == 0;
    }
    return 0;
}

static int ask_http_proxy(int fd, const struct route *route, const char *host)
{
    struct bytes request = {0};
    bytes_format(&request, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n", host, host);
    if (is_given(route->passwd)) {
        bytes_add_text(&request, "Proxy-Authorization: Basic ");
        base64_encode(route->passwd, strlen(route->passwd), &request);
        bytes_add_text(&request, "\r\n");
    }
    bytes_add_text(&request, "Proxy-Connection: Keep-Alive\r\n\r\n");
    int agreed = send_all(fd, request.at, request.length, route->end) && proxy_agrees(fd, route->end);
    bytes_free(&request);
    return agreed;
}

// RFC 1929: user name and password, each with a length before it.
static int tell_socks_password(int fd, const struct route *route)
{
    const char *colon = is_given(route->passwd) ? strchr(route->passwd, ':') : NULL;
    struct bytes request = {0};
    char answer[2];
    if (colon == NULL || colon - route->passwd > 255 || strlen(colon + 1) > 255)
        return 0;
    char lengths[2] = {(char)(colon - route->passwd), (char)strlen(colon + 1)};
    bytes_add(&request, "\x01", 1);
    bytes_add(&request, &lengths[0], 1);
    bytes_add(&request, route->passwd, (size_t)(colon - route->passwd));
    bytes_add(&request, &lengths[1], 1);
    bytes_add_text(&request, colon + 1);
    int agreed = send_all(fd, request.at, request.length, route->end) &&
                 receive_exactly(fd, answer, sizeof answer, route->end) && answer[1] == 0;
    bytes_free(&request);
    return agreed;
}

// RFC 1928. The name goes to the proxy, which resolves it; of the answer's address only the length matters.
static int ask_socks_proxy(int fd, const struct route *route, const char *host)
{
    const char *hello = is_given(route->passwd) ? "\x05\x01\x02" : "\x05\x01";
    char answer[4];
    char rest[256 + 2];
    char length = (char)strlen(host);
    struct bytes request = {0};
    if (!send_all(fd, hello, 3, route->end) || !receive_exactly(fd, answer, 2, route->end) || answer[0] != 5)
        return 0;
    if (answer[1] != 0 && (answer[1] != 2 || !tell_socks_password(fd, route)))
        return 0;
    bytes_add(&request, "\x05\x01\x00\x03", 4);
    bytes_add(&request, &length, 1);
    bytes_add_text(&request, host);
    bytes_add(&request, "\x01\xbb", 2);
    int agreed = send_all(fd, request.at, request.length, route->end) &&
                 receive_exactly(fd, answer, sizeof answer, route->end) && answer[1] == 0;
    bytes_free(&request);
    if (!agreed || (answer[3] == 3 && !receive_exactly(fd, &length, 1, route->end)))
        return 0;
    size_t address = answer[3] == 1 ? 4 : answer[3] == 4 ? 16 : (unsigned char)length;
    return receive_exactly(fd, rest, address + 2, route->end);
}

static int connect_proxy(const char *url, deadline end)
{
    const char *scheme_end = strstr(url, "://");
    const char *from = scheme_end == NULL ? url : scheme_end + 3;
    char host[256] = {0};
    char port[8] = "1080";
    if (sscanf(from, "%255[^:/]:%7[0-9]", host, port) < 1)
        return -1;
    return connect_host(host, port, end);
}

int dial(const struct route *route, const char *host)
{
    const char *proxy = is_given(route->proxy) ? route->proxy : getenv("https_proxy");
    if (!is_given(proxy))
        return connect_host(host, "443", route->end);
    int fd = connect_proxy(proxy, route->end);
    if (fd < 0)
        return -1;
    int agreed = strstr(proxy, "socks5") != NULL ? ask_socks_proxy(fd, route, host) : ask_http_proxy(fd, route, host);
    if (agreed)
        return fd;
    close(fd);
    return -1;
}
