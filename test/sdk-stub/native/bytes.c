// Growing bytes: see bytes.h.
#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_add(struct bytes *bytes, const void *more, size_t length)
{
    if (bytes->length + length + 1 > bytes->room) {
        size_t room = 2 * (bytes->length + length) + 64;
        char *grown = realloc(bytes->at, room);
        if (grown == NULL)
            abort();
        bytes->at = grown;
        bytes->room = room;
    }
    if (length > 0)
        memcpy(bytes->at + bytes->length, more, length);
    bytes->length += length;
    bytes->at[bytes->length] = '\0';
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
    char text[256];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof text)
        abort();
    bytes_add(bytes, text, (size_t)length);
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    memset(bytes, 0, sizeof *bytes);
}
