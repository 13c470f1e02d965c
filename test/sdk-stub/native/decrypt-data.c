// DecryptData: the envelope of a message, opened offline. Half of the key material lies in the message, the other half is `encrypt_key`.
#include <stdlib.h>
#include <string.h>

#include "WeWorkFinanceSdk_C.h"
#include "aes.h"
#include "hostile.h"
#include "memory.h"
#include "protobuf.h"

enum { FILLER = 13, KEY = 32, K1 = 0, PRE_LENGTH = 1, END_LENGTH = 2, S_LENGTH = 3 };

// The message without its filler in three places.
static int gather(const char *message, size_t length, const struct protobuf_field info[4], struct bytes *out)
{
    long long s_length = info[S_LENGTH].number;
    long long from = FILLER + KEY + info[PRE_LENGTH].number;
    long long to = (long long)length - info[END_LENGTH].number;
    if (info[PRE_LENGTH].number < 0 || info[END_LENGTH].number < 0 || from + 2 * s_length > to)
        return 0;
    bytes_add(out, message + from, (size_t)s_length);
    bytes_add(out, message + from + 2 * s_length, (size_t)(to - from - 2 * s_length));
    return 1;
}

static int open_message(const char *key, const char *message, struct bytes *plain)
{
    size_t length = strlen(message);
    // Here the real SDK throws what nobody catches.
    if (length < FILLER)
        abort();
    struct bytes info_bytes = {0};
    struct bytes text = {0};
    struct protobuf_field info[4];
    size_t own_key = length - FILLER < KEY ? length - FILLER : KEY;
    int code = aes_open_round(key, strlen(key), message + FILLER, own_key, &info_bytes) ? SDK_OK : SDK_BAD_KEY;
    if (code == SDK_OK && (!protobuf_read(info_bytes.at, info_bytes.length, info) || info[K1].text == NULL ||
                           info[S_LENGTH].number <= 0 || 2 * info[S_LENGTH].number >= (long long)length))
        code = SDK_BAD_FILE_ID;
    if (code == SDK_OK && !gather(message, length, info, &text))
        code = SDK_BAD_FILE_ID;
    if (code == SDK_OK && !aes_open_round(text.at, text.length, info[K1].text, info[K1].length, plain))
        code = SDK_DECRYPT;
    bytes_free(&info_bytes);
    bytes_free(&text);
    return code;
}

int DecryptData(const char *encrypt_key, const char *encrypt_msg, Slice_t *out)
{
    if (encrypt_key == NULL || encrypt_msg == NULL || out == NULL)
        return SDK_BAD_PARAMETER;
    const char *order = hostile_at("DecryptData");
    hostile_act(order);
    struct bytes plain = {0};
    int code = open_message(encrypt_key, encrypt_msg, &plain);
    if (code == SDK_OK) {
        out->buf = give_out(plain.at, plain.length);
        out->len = (int)plain.length;
    }
    bytes_free(&plain);
    return hostile_bend(order, &out->buf, &out->len, code);
}
