// The functions of OpenSSL that the stub calls, found at run time in libssl and libcrypto (3, else 1.1), declared by ourselves: so it
// compiles where the OpenSSL headers are not installed. Their types are opaque here.
#ifndef MENSHEN_STUB_OPENSSL_H
#define MENSHEN_STUB_OPENSSL_H

#include <stddef.h>

struct openssl {
    void *(*TLS_client_method)(void);
    void *(*SSL_CTX_new)(const void *method);
    void (*SSL_CTX_free)(void *context);
    void (*SSL_CTX_set_verify)(void *context, int mode, void *callback);
    void *(*SSL_CTX_get_cert_store)(void *context);
    void *(*SSL_new)(void *context);
    void (*SSL_free)(void *ssl);
    int (*SSL_set_fd)(void *ssl, int fd);
    long (*SSL_ctrl)(void *ssl, int command, long argument, void *pointer);
    int (*SSL_connect)(void *ssl);
    int (*SSL_read)(void *ssl, void *buffer, int length);
    int (*SSL_write)(void *ssl, const void *buffer, int length);
    int (*SSL_shutdown)(void *ssl);
    int (*SSL_get_error)(const void *ssl, int result);
    long (*SSL_get_verify_result)(const void *ssl);
    // SSL_get_peer_certificate in 1.1.
    void *(*SSL_get1_peer_certificate)(const void *ssl);
    int (*X509_check_host)(void *certificate, const char *name, size_t length, unsigned flags, char **peer);
    void (*X509_free)(void *certificate);
    int (*X509_STORE_add_cert)(void *store, void *certificate);
    void *(*BIO_new_mem_buf)(const void *bytes, int length);
    int (*BIO_free)(void *bio);
    void *(*PEM_read_bio_X509)(void *bio, void **certificate, void *callback, void *argument);
    void (*ERR_clear_error)(void);
    const void *(*EVP_aes_256_cbc)(void);
    const void *(*EVP_aes_128_ecb)(void);
    void *(*EVP_CIPHER_CTX_new)(void);
    void (*EVP_CIPHER_CTX_free)(void *context);
    int (*EVP_CIPHER_CTX_set_padding)(void *context, int padding);
    int (*EVP_DecryptInit_ex)(void *context, const void *type, void *engine, const unsigned char *key,
                              const unsigned char *iv);
    int (*EVP_DecryptUpdate)(void *context, unsigned char *out, int *written, const unsigned char *in, int length);
    int (*EVP_DecryptFinal_ex)(void *context, unsigned char *out, int *written);
};

// NULL when this machine has neither version. `openssl_name` then says what was looked for, else which library was found.
const struct openssl *openssl(void);
const char *openssl_name(void);

#endif
