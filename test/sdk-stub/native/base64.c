// Base64: see base64.h.
#include "base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char character)
{
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);
    return found == NULL ? -1 : (int)(found - alphabet);
}

int base64_decode(const char *text, size_t length, struct bytes *out)
{
    if (length % 4 != 0)
        return 0;
    size_t padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length - padding; i++)
        if (value_of(text[i]) < 0)
            return 0;
    for (size_t i = 0; i < length; i += 4) {
        unsigned group = 0;
        for (size_t j = i; j < i + 4; j++)
            group = group << 6 | (unsigned)(text[j] == '=' ? 0 : value_of(text[j]));
        unsigned char three[3] = {(unsigned char)(group >> 16), (unsigned char)(group >> 8), (unsigned char)group};
        bytes_add(out, three, i + 4 == length ? 3 - padding : 3);
    }
    return 1;
}

void base64_encode(const void *from, size_t length, struct bytes *out)
{
    const unsigned char *bytes = from;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned group = (unsigned)bytes[i] << 16;
        group |= left > 1 ? (unsigned)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (unsigned)bytes[i + 2] : 0;
        char four[4] = {alphabet[group >> 18 & 63], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
                        alphabet[group & 63]};
        if (left < 3)
            four[3] = '=';
        if (left < 2)
            four[2] = '=';
        bytes_add(out, four, 4);
    }
}
