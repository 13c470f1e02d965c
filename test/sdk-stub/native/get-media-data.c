// GetMediaData: one piece of a file, decrypted. Its quirks are the measured ones; the dangerous one is the piece whose range header is
// missing, which is cut silently when its last byte happens to look like padding.
#include <stdio.h>
#include <string.h>

#include "WeWorkFinanceSdk_C.h"
#include "aes.h"
#include "base64.h"
#include "hostile.h"
#include "json.h"
#include "memory.h"
#include "protobuf.h"
#include "session.h"

#define FIRST_RANGE "Range:bytes=0-524287"

enum { PIECE_BYTES = 524288, BLOCK = 16, ERRCODE_IP = 301042, ERRCODE_EXPIRED = 301048 };

// What is asked for.
struct piece {
    struct bytes decoded_id;
    struct protobuf_field fileid;
    struct protobuf_field authkey;
    struct protobuf_field aeskey;
    const char *range;
};

// What the server says about its range.
struct range {
    int is_named;
    unsigned long long last;
    unsigned long long total;
};

static int is_index(const char *index)
{
    unsigned long long from;
    unsigned long long to;
    int end = 0;
    return sscanf(index, "Range:bytes=%llu-%llu%n", &from, &to, &end) == 2 && index[end] == '\0' && to >= from &&
           (to - from + 1) % BLOCK == 0;
}

static int read_request(struct piece *piece, const char *index, const char *sdkfileid)
{
    if (sdkfileid == NULL || *sdkfileid == '\0')
        return SDK_BAD_PARAMETER;
    piece->range = index == NULL || *index == '\0' ? FIRST_RANGE : index;
    if (!is_index(piece->range))
        return SDK_BAD_PARAMETER;
    struct protobuf_field fields[4];
    if (!base64_decode(sdkfileid, strlen(sdkfileid), &piece->decoded_id) ||
        !protobuf_read(piece->decoded_id.at, piece->decoded_id.length, fields) || fields[0].text == NULL)
        return SDK_BAD_FILE_ID;
    piece->fileid = fields[0];
    piece->authkey = fields[1];
    piece->aeskey = fields[2];
    return SDK_OK;
}

static void add_member(struct bytes *body, const char *name, const struct protobuf_field *value)
{
    struct bytes text = {0};
    bytes_add(&text, value->text, value->length);
    bytes_add_text(body, name);
    json_quote(text.at, body);
    bytes_free(&text);
}

static int ask(struct session *session, const struct piece *piece, const struct route *route, struct http_reply *reply)
{
    struct bytes target = {0};
    struct bytes body = {0};
    bytes_add_text(&target, "/cgi-bin/message/getchatmediadata?access_token=");
    bytes_add(&target, session->token.at, session->token.length);
    add_member(&body, "{\"fileid\":", &piece->fileid);
    add_member(&body, ",\"authkey\":", &piece->authkey);
    bytes_format(&body, ",\"version\":%d}", STUB_VERSION);
    struct http_request request = {.target = target.at, .body = &body, .header = piece->range};
    int code = http_call(route, &request, reply);
    bytes_free(&target);
    bytes_free(&body);
    return code;
}

// Looked for in exactly this spelling. A header that is there but says `bytes` leaves zeros: the next range then begins at 1.
static struct range read_range(const struct bytes *head)
{
    struct range range = {0};
    unsigned long long first = 0;
    const char *line = head->at == NULL ? NULL : strstr(head->at, "\r\nCONTENT-RANGE:");
    if (line == NULL)
        return range;
    range.is_named = 1;
    if (sscanf(line + strlen("\r\nCONTENT-RANGE:"), " BYTES %llu-%llu/%llu", &first, &range.last, &range.total) != 3)
        range.last = range.total = 0;
    return range;
}

static int read_content(const struct bytes *body, struct bytes *ciphertext)
{
    struct bytes text = {0};
    if (!json_is_object(body->at == NULL ? "" : body->at, body->length))
        return SDK_BAD_ANSWER;
    long long errcode = json_number(body->at, body->length, "errcode", 0);
    if (errcode != 0)
        return errcode == ERRCODE_IP ? SDK_IP_NOT_ALLOWED : errcode == ERRCODE_EXPIRED ? SDK_EXPIRED : SDK_BAD_ANSWER;
    int is_there = json_string(body->at, body->length, "content", &text) &&
                   base64_decode(text.at, text.length, ciphertext) && ciphertext->length > 0;
    bytes_free(&text);
    return is_there ? SDK_OK : SDK_SYSTEM;
}

// Only the last byte is looked at, as in the real SDK.
static int strip_padding(struct bytes *plain)
{
    unsigned char last = plain->length == 0 ? 0 : (unsigned char)plain->at[plain->length - 1];
    if (last < 1 || last > BLOCK)
        return 0;
    plain->length -= last;
    return 1;
}

static void write_index(const struct range *range, MediaData_t *out)
{
    char line[96];
    unsigned long long from = range->last + 1;
    unsigned long long to = from + PIECE_BYTES - 1;
    if (range->total > 0 && to > range->total - 1)
        to = range->total - 1;
    int length = snprintf(line, sizeof line, "Range:bytes=%llu-%llu", from, to);
    out->outindexbuf = give_out(line, (size_t)length);
    out->out_len = length;
}

static int open_piece(const struct piece *piece, const struct http_reply *reply, MediaData_t *out)
{
    struct bytes ciphertext = {0};
    struct bytes plain = {0};
    struct range range = read_range(&reply->head);
    int is_last = !range.is_named || range.last + 1 == range.total;
    int code = read_content(&reply->body, &ciphertext);
    if (code == SDK_OK && !aes_open_media(&ciphertext, piece->aeskey.text, piece->aeskey.length, &plain))
        code = SDK_DECRYPT;
    if (code == SDK_OK && is_last && !strip_padding(&plain))
        code = SDK_DECRYPT;
    if (code == SDK_OK) {
        out->data = give_out(plain.at, plain.length);
        out->data_len = (int)plain.length;
        out->is_finish = is_last;
        if (!is_last)
            write_index(&range, out);
    }
    bytes_free(&ciphertext);
    bytes_free(&plain);
    return code;
}

int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *indexbuf, const char *sdkFileId, const char *proxy,
                 const char *passwd, int timeout, MediaData_t *out)
{
    struct piece piece = {0};
    struct http_reply reply = {0};
    struct route route = {proxy, passwd, deadline_in_seconds(timeout)};
    int code = sdk == NULL || out == NULL ? SDK_BAD_PARAMETER : read_request(&piece, indexbuf, sdkFileId);
    const char *order = NULL;
    if (code == SDK_OK) {
        order = hostile_at("GetMediaData");
        hostile_act(order);
        code = session_refresh(sdk->session, &route);
    }
    if (code == SDK_OK)
        code = ask(sdk->session, &piece, &route, &reply);
    if (code == SDK_OK) {
        const char *told = hostile_order(&reply.body);
        hostile_act(told);
        order = told == NULL ? order : told;
        code = open_piece(&piece, &reply, out);
    }
    bytes_free(&piece.decoded_id);
    http_free(&reply);
    return out == NULL ? code : hostile_bend(order, &out->data, &out->data_len, code);
}
