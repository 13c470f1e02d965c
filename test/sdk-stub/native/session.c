// NewSdk, Init, DestroySdk and the token: see session.h.
#define _GNU_SOURCE
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"
#include "json.h"

WeWorkFinanceSdk_t *NewSdk(void)
{
    hostile_act(hostile_at("NewSdk"));
    WeWorkFinanceSdk_t *sdk = calloc(1, sizeof *sdk);
    if (sdk != NULL)
        sdk->session = calloc(1, sizeof *sdk->session);
    return sdk;
}

int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret)
{
    if (sdk == NULL || corpid == NULL || secret == NULL || *corpid == '\0' || *secret == '\0')
        return SDK_BAD_PARAMETER;
    free(sdk->session->corpid);
    free(sdk->session->secret);
    sdk->session->corpid = strdup(corpid);
    sdk->session->secret = strdup(secret);
    hostile_learn(secret);
    hostile_act(hostile_at("Init"));
    return SDK_OK;
}

void DestroySdk(WeWorkFinanceSdk_t *sdk)
{
    if (sdk == NULL)
        return;
    hostile_act(hostile_at("DestroySdk"));
    free(sdk->session->corpid);
    free(sdk->session->secret);
    bytes_free(&sdk->session->token);
    free(sdk->session);
    free(sdk);
}

static int is_fresh(const struct session *session)
{
    return session->was_fetched && time(NULL) <= session->fetched_at + (time_t)session->expires_in;
}

// The real SDK lets an uncaught exception end the process here.
static void keep_token(struct session *session, const struct bytes *body)
{
    if (!json_is_object(body->at == NULL ? "" : body->at, body->length))
        abort();
    bytes_free(&session->token);
    json_string(body->at, body->length, "access_token", &session->token);
    session->expires_in = json_number(body->at, body->length, "expires_in", 0);
    session->fetched_at = time(NULL);
    session->was_fetched = 1;
#if STUB_VERSION == 3
    printf("TryRefresh ok: expires_in %lld\n", session->expires_in);
    fflush(stdout);
#endif
}

int session_refresh(struct session *session, const struct route *route)
{
    if (session->corpid == NULL)
        return SDK_BAD_PARAMETER;
    if (is_fresh(session))
        return SDK_OK;
    struct bytes target = {0};
    struct http_reply reply = {0};
    bytes_add_text(&target, "/cgi-bin/gettoken?corpid=");
    bytes_add_text(&target, session->corpid);
    bytes_add_text(&target, "&corpsecret=");
    bytes_add_text(&target, session->secret);
    struct http_request request = {.target = target.at};
    int code = http_call(route, &request, &reply);
    if (code == SDK_OK) {
        keep_token(session, &reply.body);
        hostile_act(hostile_order(&reply.body));
    }
    bytes_free(&target);
    http_free(&reply);
    return code;
}
