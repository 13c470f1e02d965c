// A TCP connection to WeCom: straight, through an HTTP proxy (CONNECT) or through a SOCKS5 proxy.
#ifndef MENSHEN_STUB_DIAL_H
#define MENSHEN_STUB_DIAL_H

#include "deadline.h"

struct route {
    // `http://h:p`, `socks5://h:p`, or NULL / "" for none; then https_proxy of the environment counts, as in the real SDK.
    const char *proxy;
    // `user:password`, or NULL / "".
    const char *passwd;
    deadline end;
};

// A non-blocking socket whose other end is host:443, or -1.
int dial(const struct route *route, const char *host);

#endif
