// How the hostile builds misbehave. In a faithful build every call here is nothing.
//
// Built with STUB_ALWAYS="segv" and STUB_AT="GetChatData" the library does that at that function, every time ("load": while it is loaded).
// Built with STUB_OBEYS it does what the server's answer tells it, in `errmsg`: {"errcode":0,"errmsg":"stub:segv", …}. So a test chooses per
// call, with no environment variable and no file, both of which a careful host takes away.
#ifndef MENSHEN_STUB_HOSTILE_H
#define MENSHEN_STUB_HOSTILE_H

#include "bytes.h"

struct WeWorkFinanceSdk_t;

// The arguments of a call of GetChatData.
struct page_call {
    struct WeWorkFinanceSdk_t *sdk;
    unsigned long long seq;
    unsigned limit;
    const char *proxy;
    const char *passwd;
    int timeout;
};

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

// The order for a function of the interface, or NULL.
const char *hostile_at(const char *function);
// The order in an answer, or NULL. Valid until the next call.
const char *hostile_order(const struct bytes *answer);
// Does what has nothing to do with the result: crash, hang, leak, write where it must not …
void hostile_act(const char *order);
// Makes the result wrong; returns the code for the caller.
int hostile_bend(const char *order, char **buf, int *len, int code);
// Makes the call once more from a thread of its own, when that is the order.
void hostile_repeat(const char *order, const struct page_call *call);
// The secret, for the behaviours that try to carry it away.
void hostile_learn(const char *secret);

#else

static inline const char *hostile_at(const char *function)
{
    (void)function;
    return 0;
}

static inline const char *hostile_order(const struct bytes *answer)
{
    (void)answer;
    return 0;
}

static inline void hostile_act(const char *order)
{
    (void)order;
}

static inline int hostile_bend(const char *order, char **buf, int *len, int code)
{
    (void)order;
    (void)buf;
    (void)len;
    return code;
}

static inline void hostile_repeat(const char *order, const struct page_call *call)
{
    (void)order;
    (void)call;
}

static inline void hostile_learn(const char *secret)
{
    (void)secret;
}

#endif
#endif
