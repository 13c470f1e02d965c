// What a handle holds: who asks, and the access token until it expires.
#ifndef MENSHEN_STUB_SESSION_H
#define MENSHEN_STUB_SESSION_H

#include <time.h>

#include "WeWorkFinanceSdk_C.h"
#include "http.h"

struct session {
    char *corpid;
    char *secret;
    struct bytes token;
    time_t fetched_at;
    long long expires_in;
    int was_fetched;
};

// The box that callers hold: a pointer to the object and nothing else, as measured.
struct WeWorkFinanceSdk_t {
    struct session *session;
};

// Fetches a token when there is none or its time is over; not when the server called it dead. SDK_OK also when gettoken was refused: its
// errcode is ignored, and the next call goes out with an empty token. Ends the process when the answer is not JSON.
int session_refresh(struct session *session, const struct route *route);

#endif
