// Wrong results: bytes that are not the answer, lengths that are not theirs, codes nobody knows.
#define _GNU_SOURCE
#include "behaviours.h"

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "WeWorkFinanceSdk_C.h"
#include "memory.h"

struct result {
    char **buf;
    int *len;
};

static int replace(struct result result, const void *bytes, size_t length)
{
    *result.buf = give_out(bytes, length);
    *result.len = (int)length;
    return SDK_OK;
}

static int lie_garbage(struct result result)
{
    char garbage[4096];
    unsigned state = (unsigned)getpid() ^ (unsigned)(size_t)result.buf ^ 0x9e3779b9u;
    for (unsigned i = 0; i < sizeof garbage; i++) {
        state = state * 1664525u + 1013904223u;
        garbage[i] = (char)(state >> 24);
    }
    return replace(result, garbage, sizeof garbage);
}

static int lie_empty(struct result result)
{
    return replace(result, "", 0);
}

static int lie_other_json(struct result result)
{
    static const char text[] = "[{\"errcode\":\"0\",\"chatdata\":{}}]";
    return replace(result, text, sizeof text - 1);
}

static int lie_half(struct result result)
{
    if (*result.buf != NULL)
        *result.len /= 2;
    return SDK_OK;
}

// One byte in the middle of the answer: still JSON, mostly.
static int lie_flip(struct result result)
{
    if (*result.buf != NULL && *result.len > 0)
        (*result.buf)[*result.len / 2] ^= 1;
    return SDK_OK;
}

// A page that WeCom never sent: it would move the cursor past everything.
static int lie_forge(struct result result)
{
    static const char page[] = "{\"errcode\":0,\"errmsg\":\"ok\",\"chatdata\":[{\"seq\":900719925474099,\"msgid\":\"forged\","
                               "\"publickey_ver\":1,\"encrypt_random_key\":\"AAAA\",\"encrypt_chat_msg\":\"AAAA\"}]}";
    return replace(result, page, sizeof page - 1);
}

static int lie_file(struct result result)
{
    char text[4096];
    int fd = open("/etc/passwd", O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    return length < 0 ? replace(result, "", 0) : replace(result, text, (size_t)length);
}

static int lie_negative(struct result result)
{
    *result.len = -1;
    return SDK_OK;
}

static int lie_huge(struct result result)
{
    *result.len = INT_MAX;
    return SDK_OK;
}

static int lie_null(struct result result)
{
    *result.buf = NULL;
    *result.len = 4096;
    return SDK_OK;
}

static int lie_wild(struct result result)
{
    *result.buf = (char *)(size_t)0x10;
    *result.len = 4096;
    return SDK_OK;
}

// A little longer than it is: what lies behind goes with it.
static int lie_longer(struct result result)
{
    *result.len += 100;
    return SDK_OK;
}

struct target {
    char *at;
    int length;
};

static void *scribble_later(void *argument)
{
    struct target target = *(struct target *)argument;
    free(argument);
    for (int i = 0; i < 1000; i++)
        target.at[i % target.length] = (char)i;
    return NULL;
}

// Another thread writes into what was given out while the host copies it.
static int lie_thread(struct result result)
{
    pthread_t thread;
    struct target *target = malloc(sizeof *target);
    if (target == NULL || *result.buf == NULL || *result.len <= 0) {
        free(target);
        return SDK_OK;
    }
    *target = (struct target){*result.buf, *result.len};
    if (pthread_create(&thread, NULL, scribble_later, target) == 0)
        pthread_detach(thread);
    else
        free(target);
    return SDK_OK;
}

static const struct {
    const char *name;
    int (*lie)(struct result result);
} lies[] = {
    {"garbage", lie_garbage},   {"empty", lie_empty},       {"other-json", lie_other_json}, {"half", lie_half},
    {"flip", lie_flip},         {"forge", lie_forge},       {"read-file", lie_file},        {"negative-length", lie_negative},
    {"huge-length", lie_huge},  {"null-buffer", lie_null},  {"wild-buffer", lie_wild},      {"longer", lie_longer},
    {"thread-scribble", lie_thread},
};

int lie_as(const char *name, char **buf, int *len, int code)
{
    int number;
    if (sscanf(name, "code-%d", &number) == 1)
        return number;
    for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++)
        if (strcmp(lies[i].name, name) == 0)
            return lies[i].lie((struct result){buf, len});
    return code;
}

#else
typedef int lie_is_left_out;
#endif
