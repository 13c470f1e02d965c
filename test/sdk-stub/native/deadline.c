// Waiting with an end: see deadline.h.
#define _GNU_SOURCE
#include "deadline.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// 0 means "no end" to the SDK's HTTP library.
deadline deadline_in_seconds(int seconds)
{
    return now_ms() + (seconds > 0 ? (long long)seconds * 1000 : 24LL * 3600 * 1000);
}

int wait_until(deadline end, int fd, short events)
{
    for (;;) {
        long long left = end - now_ms();
        struct pollfd one = {.fd = fd, .events = events};
        int ready = left <= 0 ? 0 : poll(&one, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0)
            return 1;
        if (left <= 0 || (ready < 0 && errno != EINTR))
            return 0;
    }
}
