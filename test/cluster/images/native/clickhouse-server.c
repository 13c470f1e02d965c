// `clickhouse-server --config-file=FILE` on top of libchdb.so: the same engine and the same HTTP interface, in the program that the chart starts.
// It serves until its stdin ends, and as process 1 of a container it must see to SIGTERM itself.
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *end_when_told(void *signals) {
  int signal;
  sigwait(signals, &signal);
  _exit(0);
}

int main(int argc, char **argv) {
  static char query[] = "SYSTEM START LISTEN HTTP; SELECT count() FROM file('stdin','LineAsString','s String')";
  static sigset_t signals;
  pthread_t waiting;
  int feed[2];
  if (argc != 2) return 2;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Before the engine starts its threads, which inherit it.
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  if (pthread_create(&waiting, NULL, end_when_told, &signals) != 0) return 1;
  if (pipe(feed) != 0 || dup2(feed[0], STDIN_FILENO) < 0) return 1;
  void *library = dlopen("libchdb.so", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  int (*run)(int, char **);
  *(void **)&run = dlsym(library, "chdb_query_cmdline");
  if (run == NULL) return 1;
  char *arguments[] = {"clickhouse-local", argv[1], "--query", query, NULL};
  return run(4, arguments);
}
