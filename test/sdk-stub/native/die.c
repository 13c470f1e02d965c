// Ways to end the process, to stand still, or to eat its memory.
#define _GNU_SOURCE
#include "behaviours.h"

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LEAK_BYTES = 4 << 20, BALLOON_BYTES = 64 << 20 };

// Hides a constant from the compiler, which would otherwise see the mistake.
static volatile int one = 1;

static void die_segv(void)
{
    *(volatile int *)(long)(one - 1) = 1;
}

// Asks for a core file first, which would hold the secret.
static void die_core(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    prctl(PR_SET_DUMPABLE, 1);
    if (setrlimit(RLIMIT_CORE, &limit) != 0 && getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CORE, &limit);
    }
    signal(SIGSEGV, SIG_DFL);
    die_segv();
}

static void die_exit(void)
{
    exit(0);
}

static void die_quietly(void)
{
    _exit(7);
}

__attribute__((noinline)) static void die_stack(void)
{
    char small[16];
    volatile char *at = small;
    for (int i = 0; i < 4096 * one; i++)
        at[i] = (char)0xaa;
}

static void die_heap(void)
{
    char *block = malloc(64);
    if (block == NULL)
        return;
    memset(block - 16 * one, 0xff, 96);
    free(block);
    free(malloc(4096));
    abort();
}

static void die_sigpipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

static void hang(void)
{
    for (;;)
        pause();
}

// Deaf to everything that can be ignored.
static void hang_deaf(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_IGN);
    hang();
}

static void spin(void)
{
    while (one)
        ;
}

static void be_slow(void)
{
    usleep(250000);
}

static void leak(void)
{
    char *lost = malloc(LEAK_BYTES);
    if (lost != NULL)
        memset(lost, 1, LEAK_BYTES);
}

static void balloon(void)
{
    for (;;) {
        char *more = malloc(BALLOON_BYTES);
        if (more == NULL)
            abort();
        memset(more, 1, BALLOON_BYTES);
    }
}

static void *crash_later(void *nothing)
{
    usleep(2000);
    die_segv();
    return nothing;
}

static void crash_from_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash_later, NULL) == 0)
        pthread_detach(thread);
}

static const struct behaviour behaviours[] = {
    {"segv", die_segv},          {"abort", abort},
    {"core", die_core},          {"exit", die_exit},
    {"exit-quietly", die_quietly}, {"stack-smash", die_stack},
    {"heap-smash", die_heap},    {"sigpipe", die_sigpipe},
    {"hang", hang},              {"hang-deaf", hang_deaf},
    {"spin", spin},              {"slow", be_slow},
    {"leak", leak},              {"balloon", balloon},
    {"thread-crash", crash_from_thread},
};

void die_as(const char *name)
{
    for (unsigned i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (strcmp(behaviours[i].name, name) == 0)
            behaviours[i].act();
}

#else
typedef int die_is_left_out;
#endif
