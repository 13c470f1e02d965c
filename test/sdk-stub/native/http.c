// HTTP/1.0: see http.h.
#define _GNU_SOURCE
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "WeWorkFinanceSdk_C.h"
#include "tls.h"

static void write_request(const struct http_request *request, struct bytes *out)
{
    bytes_add_text(out, request->body == NULL ? "GET " : "POST ");
    bytes_add_text(out, request->target);
    bytes_add_text(out, " HTTP/1.0\r\nHost: " WECOM_HOST "\r\nAccept: */*\r\n");
    if (request->header != NULL) {
        bytes_add_text(out, request->header);
        bytes_add_text(out, "\r\n");
    }
    if (request->body != NULL) {
        bytes_format(out, "Content-Length: %zu\r\n", request->body->length);
        bytes_add_text(out, "Content-Type: application/x-www-form-urlencoded\r\n");
    }
    bytes_add_text(out, "\r\n");
    if (request->body != NULL)
        bytes_add(out, request->body->at, request->body->length);
}

// What Content-Length promises, or -1: then the body lasts until the connection ends.
static long long promised(const struct bytes *head)
{
    const char *line = strcasestr(head->at, "\r\ncontent-length:");
    return line == NULL ? -1 : strtoll(line + strlen("\r\ncontent-length:"), NULL, 10);
}

static void split(struct bytes *all, struct http_reply *reply)
{
    char *end = all->at == NULL ? NULL : memmem(all->at, all->length, "\r\n\r\n", 4);
    if (end == NULL)
        return;
    size_t length = (size_t)(end - all->at) + 4;
    bytes_add(&reply->head, all->at, length);
    bytes_add(&reply->body, all->at + length, all->length - length);
    bytes_free(all);
}

static int is_complete(const struct http_reply *reply)
{
    return reply->head.at != NULL && (long long)reply->body.length == promised(&reply->head);
}

static int read_reply(struct tls *tls, struct http_reply *reply)
{
    struct bytes all = {0};
    char *part = malloc(65536);
    long got = -1;
    if (part == NULL)
        abort();
    while (!is_complete(reply) && (got = tls_receive(tls, part, 65536)) > 0) {
        struct bytes *into = reply->head.at == NULL ? &all : &reply->body;
        bytes_add(into, part, (size_t)got);
        if (reply->head.at == NULL)
            split(&all, reply);
    }
    free(part);
    int began = all.length > 0;
    bytes_free(&all);
    if (is_complete(reply))
        return SDK_OK;
    // Here the connection has ended or the time is over.
    if (got < 0 || began)
        return SDK_NETWORK;
    return reply->head.at == NULL || promised(&reply->head) < 0 ? SDK_OK : SDK_NETWORK;
}

int http_call(const struct route *route, const struct http_request *request, struct http_reply *reply)
{
    int fd = dial(route, WECOM_HOST);
    if (fd < 0)
        return SDK_NETWORK;
    struct tls *tls = NULL;
    struct bytes text = {0};
    int code = tls_open(fd, WECOM_HOST, route->end, &tls);
    if (code == SDK_OK) {
        write_request(request, &text);
        code = tls_send(tls, text.at, text.length) ? read_reply(tls, reply) : SDK_NETWORK;
        tls_close(tls);
        bytes_free(&text);
    }
    close(fd);
    return code;
}

void http_free(struct http_reply *reply)
{
    bytes_free(&reply->head);
    bytes_free(&reply->body);
}
