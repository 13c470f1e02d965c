// Bytes with a length, growing as they are written. Out of memory ends the process, as it does in C++.
#ifndef MENSHEN_STUB_BYTES_H
#define MENSHEN_STUB_BYTES_H

#include <stddef.h>

struct bytes {
    char *at;
    size_t length;
    size_t room;
};

// Always followed by a NUL that `length` does not count.
void bytes_add(struct bytes *bytes, const void *more, size_t length);
void bytes_add_text(struct bytes *bytes, const char *text);
void bytes_format(struct bytes *bytes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_free(struct bytes *bytes);

#endif
