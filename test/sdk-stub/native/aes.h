// The two ciphers of the protocol.
#ifndef MENSHEN_STUB_AES_H
#define MENSHEN_STUB_AES_H

#include "bytes.h"

// One round of the envelope: base64 of IV ‖ AES-256-CBC with PKCS#7, the key cut or filled with zeros to 32 bytes. 0 on any misfit.
int aes_open_round(const char *base64, size_t length, const char *key, size_t key_length, struct bytes *out);
// AES-128-ECB without padding; `hex_key` is 32 hex characters. 0 when the key or the length does not fit.
int aes_open_media(const struct bytes *ciphertext, const char *hex_key, size_t key_length, struct bytes *out);

#endif
