// The ciphers: see aes.h.
#include "aes.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "openssl.h"

enum { BLOCK = 16, LONG_KEY = 32, SHORT_KEY = 16 };

struct key {
    const void *(*cipher)(void);
    unsigned char bytes[LONG_KEY];
    const unsigned char *iv;
    int is_padded;
};

static int decrypt(const struct key *key, const void *from, size_t length, struct bytes *out)
{
    const struct openssl *library = openssl();
    unsigned char *plain = malloc(length + BLOCK);
    void *context = library->EVP_CIPHER_CTX_new();
    int head = 0;
    int tail = 0;
    if (plain == NULL || context == NULL)
        abort();
    int is_open = library->EVP_DecryptInit_ex(context, key->cipher(), NULL, key->bytes, key->iv) == 1 &&
                  library->EVP_CIPHER_CTX_set_padding(context, key->is_padded) == 1 &&
                  library->EVP_DecryptUpdate(context, plain, &head, from, (int)length) == 1 &&
                  library->EVP_DecryptFinal_ex(context, plain + head, &tail) == 1;
    if (is_open)
        bytes_add(out, plain, (size_t)(head + tail));
    library->ERR_clear_error();
    library->EVP_CIPHER_CTX_free(context);
    free(plain);
    return is_open;
}

int aes_open_round(const char *base64, size_t length, const char *key, size_t key_length, struct bytes *out)
{
    struct bytes raw = {0};
    int is_open = 0;
    if (openssl() != NULL && base64_decode(base64, length, &raw) && raw.length >= 2 * BLOCK && raw.length % BLOCK == 0) {
        struct key round = {openssl()->EVP_aes_256_cbc, {0}, (const unsigned char *)raw.at, 1};
        memcpy(round.bytes, key, key_length < LONG_KEY ? key_length : LONG_KEY);
        is_open = decrypt(&round, raw.at + BLOCK, raw.length - BLOCK, out);
    }
    bytes_free(&raw);
    return is_open;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

int aes_open_media(const struct bytes *ciphertext, const char *hex_key, size_t key_length, struct bytes *out)
{
    if (openssl() == NULL || key_length != 2 * SHORT_KEY || ciphertext->length % BLOCK != 0)
        return 0;
    struct key key = {openssl()->EVP_aes_128_ecb, {0}, NULL, 0};
    for (size_t i = 0; i < SHORT_KEY; i++) {
        int high = hex_digit(hex_key[2 * i]);
        int low = hex_digit(hex_key[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        key.bytes[i] = (unsigned char)(high << 4 | low);
    }
    return decrypt(&key, ciphertext->at, ciphertext->length, out);
}
