// TLS over a non-blocking socket: see tls.h.
#include "tls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "WeWorkFinanceSdk_C.h"
#include "openssl.h"

// Values of OpenSSL's headers, the same in 1.1 and 3.
enum {
    ERROR_WANT_READ = 2,
    ERROR_WANT_WRITE = 3,
    ERROR_SYSCALL = 5,
    VERIFY_NONE = 0,
    VERIFY_PEER = 1,
    CTRL_SET_SERVER_NAME = 55,
    VERIFIED = 0
};

struct tls {
    void *context;
    void *ssl;
    int fd;
    deadline end;
    int is_up;
};

#ifdef STUB_TRUSTED_CA
static int verify_mode(void *context)
{
    const struct openssl *library = openssl();
    void *bio = library->BIO_new_mem_buf(STUB_TRUSTED_CA, -1);
    for (;;) {
        void *certificate = library->PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (certificate == NULL)
            break;
        library->X509_STORE_add_cert(library->SSL_CTX_get_cert_store(context), certificate);
        library->X509_free(certificate);
    }
    library->BIO_free(bio);
    return VERIFY_PEER;
}
#else
static int verify_mode(void *context)
{
    (void)context;
    return VERIFY_NONE;
}
#endif

// 1 when the operation may be tried again.
static int wait_for(const struct tls *tls, int result)
{
    switch (openssl()->SSL_get_error(tls->ssl, result)) {
    case ERROR_WANT_READ:
        return wait_until(tls->end, tls->fd, POLLIN);
    case ERROR_WANT_WRITE:
        return wait_until(tls->end, tls->fd, POLLOUT);
    default:
        return 0;
    }
}

static int is_for_host(const struct tls *tls, const char *host)
{
    void *certificate = openssl()->SSL_get1_peer_certificate(tls->ssl);
    int fits = certificate != NULL && openssl()->X509_check_host(certificate, host, strlen(host), 0, NULL) == 1;
    if (certificate != NULL)
        openssl()->X509_free(certificate);
    return fits;
}

static int shake_hands(struct tls *tls, const char *host)
{
    const struct openssl *library = openssl();
    int result;
    library->ERR_clear_error();
    while ((result = library->SSL_connect(tls->ssl)) != 1)
        if (!wait_for(tls, result))
            return library->SSL_get_verify_result(tls->ssl) == VERIFIED ? SDK_NETWORK : SDK_CERTIFICATE;
    tls->is_up = 1;
    return is_for_host(tls, host) ? SDK_OK : SDK_NETWORK;
}

int tls_open(int fd, const char *host, deadline end, struct tls **out)
{
    const struct openssl *library = openssl();
    struct tls *tls = library == NULL ? NULL : calloc(1, sizeof *tls);
    if (tls == NULL)
        return SDK_SYSTEM;
    char name[256] = {0};
    strncpy(name, host, sizeof name - 1);
    tls->fd = fd;
    tls->end = end;
    tls->context = library->SSL_CTX_new(library->TLS_client_method());
    library->SSL_CTX_set_verify(tls->context, verify_mode(tls->context), NULL);
    tls->ssl = library->SSL_new(tls->context);
    library->SSL_ctrl(tls->ssl, CTRL_SET_SERVER_NAME, 0, name);
    library->SSL_set_fd(tls->ssl, fd);
    int code = shake_hands(tls, host);
    if (code == SDK_OK)
        *out = tls;
    else
        tls_close(tls);
    return code;
}

void tls_close(struct tls *tls)
{
    // Also after an error, as the SDK's HTTP library does: on a connection that was reset this write raises SIGPIPE.
    if (tls->is_up)
        openssl()->SSL_shutdown(tls->ssl);
    openssl()->SSL_free(tls->ssl);
    openssl()->SSL_CTX_free(tls->context);
    openssl()->ERR_clear_error();
    free(tls);
}

int tls_send(struct tls *tls, const void *bytes, size_t length)
{
    int result;
    openssl()->ERR_clear_error();
    while ((result = openssl()->SSL_write(tls->ssl, bytes, (int)length)) <= 0)
        if (!wait_for(tls, result))
            return 0;
    return 1;
}

long tls_receive(struct tls *tls, void *into, size_t length)
{
    int result;
    openssl()->ERR_clear_error();
    errno = 0;
    while ((result = openssl()->SSL_read(tls->ssl, into, (int)length)) <= 0) {
        int error = openssl()->SSL_get_error(tls->ssl, result);
        int reset = error == ERROR_SYSCALL && errno != 0;
        if (reset)
            return -1;
        if (error != ERROR_WANT_READ && error != ERROR_WANT_WRITE)
            return 0;
        if (!wait_for(tls, result))
            return -1;
        errno = 0;
    }
    return result;
}
