// The same call once more, from a thread of the library's own and on the same handle, while the host goes on: what the real one forbids.
#define _GNU_SOURCE
#include "hostile.h"

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "WeWorkFinanceSdk_C.h"

static void *call_again(void *argument)
{
    struct page_call *call = argument;
    Slice_t *slice = NewSlice();
    GetChatData(call->sdk, call->seq, call->limit, call->proxy, call->passwd, call->timeout, slice);
    FreeSlice(slice);
    free((char *)call->proxy);
    free((char *)call->passwd);
    free(call);
    return NULL;
}

void hostile_repeat(const char *order, const struct page_call *call)
{
    pthread_t thread;
    struct page_call *copy;
    if (order == NULL || strcmp(order, "second-thread") != 0 || (copy = malloc(sizeof *copy)) == NULL)
        return;
    *copy = *call;
    copy->proxy = strdup(call->proxy == NULL ? "" : call->proxy);
    copy->passwd = strdup(call->passwd == NULL ? "" : call->passwd);
    if (pthread_create(&thread, NULL, call_again, copy) == 0)
        pthread_detach(thread);
}

#else
typedef int again_is_left_out;
#endif
