// A moment until which a call may take; the SDK's timeout covers the whole of it.
#ifndef MENSHEN_STUB_DEADLINE_H
#define MENSHEN_STUB_DEADLINE_H

// Milliseconds of the monotonic clock.
typedef long long deadline;

deadline deadline_in_seconds(int seconds);
// 1 when the descriptor is ready for `events` of poll, 0 when the time is over.
int wait_until(deadline end, int fd, short events);

#endif
