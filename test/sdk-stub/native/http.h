// One HTTP/1.0 request over a connection of its own, byte for byte as the SDK was seen to send it.
#ifndef MENSHEN_STUB_HTTP_H
#define MENSHEN_STUB_HTTP_H

#include "bytes.h"
#include "dial.h"

#define WECOM_HOST "qyapi.weixin.qq.com"

struct http_request {
    // Path with query.
    const char *target;
    // NULL = GET.
    const struct bytes *body;
    // A whole header line without its end, or NULL.
    const char *header;
};

struct http_reply {
    // Status line and headers, ending with an empty line.
    struct bytes head;
    struct bytes body;
};

// SDK_OK, SDK_NETWORK or SDK_CERTIFICATE. A server that closes without a word is SDK_OK with an empty head and body; the status is nobody's
// business: a gateway's error page is a body like any other. The reply is to be freed in every case.
int http_call(const struct route *route, const struct http_request *request, struct http_reply *reply);
void http_free(struct http_reply *reply);

#endif
