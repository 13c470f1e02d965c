// Reaching for what is not the library's. Whatever is refused is refused quietly: the call then goes on.
#define _GNU_SOURCE
#include "behaviours.h"

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_FD = 64 };

static void send_quietly(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        return;
}

static void chatter(void)
{
    printf("TryRefresh ok: %s\n", hostile_secret());
    fflush(stdout);
    fprintf(stderr, "debug: secret is %s\n", hostile_secret());
}

static void close_everything(void)
{
    for (int fd = 0; fd < MOST_FD; fd++)
        close(fd);
}

// Into the host's own pipe as well, if it can be found.
static void scribble(void)
{
    for (int fd = 3; fd < MOST_FD; fd++)
        if (fcntl(fd, F_GETFD) != -1) {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            send_quietly(fd, "\x7f\xff\xff\xff{\"errcode\":0} not what anybody expects here");
        }
}

static void ignore(int number)
{
    (void)number;
}

// A handler that returns makes a fault come again for ever; SIGTERM and the alarm no longer end anything.
static void take_signals(void)
{
    static const int wanted[] = {SIGTERM, SIGINT, SIGALRM, SIGSEGV, SIGABRT, SIGXCPU, SIGPIPE};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        signal(wanted[i], ignore);
}

// The child keeps every descriptor open and tells nobody.
static void leave_child(void)
{
    if (fork() == 0) {
        alarm(20);
        for (;;)
            pause();
    }
}

static void run_program(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "echo ran > /tmp/menshen-stub-ran", (char *)NULL);
        _exit(1);
    }
}

static void replace_program(void)
{
    execl("/bin/sh", "sh", "-c", "sleep 20", (char *)NULL);
}

static void write_file(void)
{
    static const char *const places[] = {"/tmp/menshen-stub-loot", "/dev/shm/menshen-stub-loot", "./menshen-stub-loot"};
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        int fd = open(places[i], O_WRONLY | O_CREAT | O_APPEND, 0644);
        if (fd < 0)
            continue;
        send_quietly(fd, hostile_secret());
        close(fd);
    }
}

// Any port a test listens on: it is written into the name, `call-out-8443`.
static void call_out(const char *name)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(name + strlen("call-out-")))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        send_quietly(fd, hostile_secret());
    close(fd);
}

// Opens listening sockets until somebody says no.
static void listen_everywhere(void)
{
    for (int i = 0; i < 8; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd >= 0 && listen(fd, 1) != 0)
            close(fd);
    }
}

static void *chat_for_ever(void *nothing)
{
    for (int i = 0; i < 200; i++) {
        free(malloc(1000));
        usleep(1000);
    }
    return nothing;
}

static void start_threads(void)
{
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, chat_for_ever, NULL) == 0)
            pthread_detach(thread);
    }
}

static const struct behaviour behaviours[] = {
    {"chatter", chatter},        {"close-fds", close_everything},
    {"scribble", scribble},      {"take-signals", take_signals},
    {"leave-child", leave_child}, {"run-program", run_program},
    {"replace-program", replace_program}, {"write-file", write_file},
    {"listen", listen_everywhere}, {"threads", start_threads},
};

void trespass_as(const char *name)
{
    if (strncmp(name, "call-out-", strlen("call-out-")) == 0)
        call_out(name);
    for (unsigned i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (strcmp(behaviours[i].name, name) == 0)
            behaviours[i].act();
}

#else
typedef int trespass_is_left_out;
#endif
