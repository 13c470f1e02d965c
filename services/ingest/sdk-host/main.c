/* The host of one Finance SDK handle: gives up everything it does not need, loads the library, answers requests until ingest is gone.
 * menshen-sdk-host LIBRARY MEMORY_BYTES RELAY_PORT, with a socket on descriptor 3. Nothing secret is on its command line or in its environment. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "confine.h"

enum { PROTOCOL = 1, LONGEST_PROBLEM = 512 };
enum { EXIT_USAGE = 64, EXIT_NONSENSE = 65, EXIT_UNUSABLE = 66 };

static bool tell_ready(uint32_t layers) {
  uint8_t head[9] = {TELL_READY};
  put_u32(head + 1, PROTOCOL);
  put_u32(head + 5, layers);
  return write_frame(&(Piece){head, sizeof head}, 1);
}

static void tell_unusable(const char *problem) {
  uint8_t kind = TELL_UNUSABLE;
  write_frame((Piece[]){{&kind, 1}, {problem, strnlen(problem, LONGEST_PROBLEM)}}, 2);
}

int main(int argc, char **argv) {
  if (argc != 4 || argv[1][0] != '/') return EXIT_USAGE;
  uint64_t memory_bytes = strtoull(argv[2], NULL, 10);
  unsigned long relay_port = strtoul(argv[3], NULL, 10);
  if (memory_bytes == 0 || relay_port == 0 || relay_port > UINT16_MAX) return EXIT_USAGE;
  static Host host;
  snprintf(host.proxy, sizeof host.proxy, "http://127.0.0.1:%lu", relay_port);
  uint32_t layers = confine(argv[1], memory_bytes, (uint16_t)relay_port);
  const char *problem = load_sdk_library(argv[1], &host.sdk);
  if (problem != NULL) {
    tell_unusable(problem);
    return EXIT_UNUSABLE;
  }
  if (!tell_ready(layers)) return EXIT_NONSENSE;
  Frame request;
  while (read_frame(&request)) {
    bool answered = answer_request(&host, &request);
    forget_frame(&request);
    /* _exit: what the library registered for the end of the process is not run. */
    if (!answered) _exit(EXIT_NONSENSE);
  }
  _exit(0);
}
