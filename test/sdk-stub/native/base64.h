// Base64, strict: length a multiple of four, padding at the end only, no white space. The SDK refuses a key with a newline, so do we.
#ifndef MENSHEN_STUB_BASE64_H
#define MENSHEN_STUB_BASE64_H

#include "bytes.h"

// Returns 0 and leaves `out` as it was when the text is not base64.
int base64_decode(const char *text, size_t length, struct bytes *out);
void base64_encode(const void *from, size_t length, struct bytes *out);

#endif
