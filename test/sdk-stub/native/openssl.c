// Finds OpenSSL when the stub is loaded, not at the first call: a host may have shut the file system by then.
#include "openssl.h"

#include <dlfcn.h>
#include <string.h>

static struct openssl functions;
static int is_found;
static const char *found_name = "neither libssl.so.3 nor libssl.so.1.1 with the libcrypto beside it";

// dlsym gives an object pointer; C has no cast from it to a function, so the bytes are copied.
static int find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    memcpy(slot, &symbol, sizeof symbol);
    return symbol != NULL;
}

#define FIND(library, name) find(library, #name, &functions.name)

static int find_ssl(void *ssl)
{
    return FIND(ssl, TLS_client_method) && FIND(ssl, SSL_CTX_new) && FIND(ssl, SSL_CTX_free) &&
           FIND(ssl, SSL_CTX_set_verify) && FIND(ssl, SSL_CTX_get_cert_store) && FIND(ssl, SSL_new) &&
           FIND(ssl, SSL_free) && FIND(ssl, SSL_set_fd) && FIND(ssl, SSL_ctrl) && FIND(ssl, SSL_connect) &&
           FIND(ssl, SSL_read) && FIND(ssl, SSL_write) && FIND(ssl, SSL_shutdown) &&
           FIND(ssl, SSL_get_error) &&
           FIND(ssl, SSL_get_verify_result) &&
           (FIND(ssl, SSL_get1_peer_certificate) ||
            find(ssl, "SSL_get_peer_certificate", &functions.SSL_get1_peer_certificate));
}

static int find_crypto(void *crypto)
{
    return FIND(crypto, X509_check_host) && FIND(crypto, X509_free) && FIND(crypto, X509_STORE_add_cert) &&
           FIND(crypto, BIO_new_mem_buf) && FIND(crypto, BIO_free) && FIND(crypto, PEM_read_bio_X509) &&
           FIND(crypto, ERR_clear_error) && FIND(crypto, EVP_aes_256_cbc) && FIND(crypto, EVP_aes_128_ecb) &&
           FIND(crypto, EVP_CIPHER_CTX_new) && FIND(crypto, EVP_CIPHER_CTX_free) &&
           FIND(crypto, EVP_CIPHER_CTX_set_padding) && FIND(crypto, EVP_DecryptInit_ex) &&
           FIND(crypto, EVP_DecryptUpdate) && FIND(crypto, EVP_DecryptFinal_ex);
}

static int load(const char *ssl_name, const char *crypto_name)
{
    void *crypto = dlopen(crypto_name, RTLD_NOW | RTLD_LOCAL);
    void *ssl = crypto == NULL ? NULL : dlopen(ssl_name, RTLD_NOW | RTLD_LOCAL);
    return ssl != NULL && find_crypto(crypto) && find_ssl(ssl);
}

__attribute__((constructor)) static void load_any(void)
{
    if (load("libssl.so.3", "libcrypto.so.3"))
        found_name = "libssl.so.3";
    else if (load("libssl.so.1.1", "libcrypto.so.1.1"))
        found_name = "libssl.so.1.1";
    else
        return;
    is_found = 1;
    // The first context reads OpenSSL's configuration file: made here, while files can still be read.
    functions.SSL_CTX_free(functions.SSL_CTX_new(functions.TLS_client_method()));
}

const struct openssl *openssl(void)
{
    return is_found ? &functions : NULL;
}

const char *openssl_name(void)
{
    return found_name;
}
