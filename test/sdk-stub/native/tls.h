// TLS as the measured builds do it: the chain is not verified, the host name is. Built with STUB_TRUSTED_CA (PEM text) it
// verifies the chain as well, against those certificates only.
#ifndef MENSHEN_STUB_TLS_H
#define MENSHEN_STUB_TLS_H

#include <stddef.h>

#include "deadline.h"

struct tls;

// SDK_OK, SDK_NETWORK (handshake, host name) or SDK_CERTIFICATE. The socket stays the caller's.
int tls_open(int fd, const char *host, deadline end, struct tls **out);
void tls_close(struct tls *tls);
int tls_send(struct tls *tls, const void *bytes, size_t length);
// Bytes read; 0 at the end of the stream, however it ended; -1 when the time is over or the connection was reset.
long tls_receive(struct tls *tls, void *into, size_t length);

#endif
