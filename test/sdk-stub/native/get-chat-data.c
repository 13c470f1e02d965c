// GetChatData: a page of envelopes. The answer's body is the result, whatever it is and whatever the HTTP status was.
#include "hostile.h"
#include "json.h"
#include "memory.h"
#include "session.h"

// The real SDK derives a decimal uint32 from the token in a way we do not know; servers of ours take any, so this is a hash of our choice.
static unsigned sign(const struct bytes *token)
{
    unsigned hash = 2166136261u;
    for (size_t i = 0; i < token->length; i++)
        hash = (hash ^ (unsigned char)token->at[i]) * 16777619u;
    return hash;
}

static int pull(struct session *session, unsigned long long seq, unsigned limit, const struct route *route,
                struct http_reply *reply)
{
    struct bytes target = {0};
    struct bytes body = {0};
    bytes_add_text(&target, "/cgi-bin/message/getchatdata?access_token=");
    bytes_add(&target, session->token.at, session->token.length);
    bytes_format(&body, "{\"seq\":%llu,\"limit\":%u,\"version\":%d,\"encrypt_sign\":\"%u\"}", seq, limit, STUB_VERSION,
                 sign(&session->token));
    struct http_request request = {.target = target.at, .body = &body};
    int code = http_call(route, &request, reply);
    bytes_free(&target);
    bytes_free(&body);
    return code;
}

int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy,
                const char *passwd, int timeout, Slice_t *out)
{
    if (sdk == NULL || out == NULL || limit == 0 || limit > 1000)
        return SDK_BAD_PARAMETER;
    const char *order = hostile_at("GetChatData");
    hostile_act(order);
    struct route route = {proxy, passwd, deadline_in_seconds(timeout)};
    struct http_reply reply = {0};
    int code = session_refresh(sdk->session, &route);
    if (code == SDK_OK)
        code = pull(sdk->session, seq, limit, &route, &reply);
    if (code == SDK_OK) {
        out->buf = give_out(reply.body.at, reply.body.length);
        out->len = (int)reply.body.length;
        const char *told = hostile_order(&reply.body);
        hostile_act(told);
        hostile_repeat(told, &(struct page_call){sdk, seq, limit, proxy, passwd, timeout});
        order = told == NULL ? order : told;
    }
    http_free(&reply);
    return hostile_bend(order, &out->buf, &out->len, code);
}
