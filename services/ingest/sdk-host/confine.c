/* The plain layers: limits, privileges, descriptors, signals. */
#define _GNU_SOURCE
#include "confine.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frames.h"

enum { MOST_DESCRIPTORS = 64 };

static bool limit(int resource, uint64_t most) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) return false;
  rlim_t hard = now.rlim_max != RLIM_INFINITY && now.rlim_max < most ? now.rlim_max : (rlim_t)most;
  return setrlimit(resource, &(struct rlimit){.rlim_cur = hard, .rlim_max = hard}) == 0;
}

/* No core file, no file at all, no more memory than allowed: an allocation that fails ends the SDK, not the machine. */
static bool set_limits(uint64_t memory_bytes) {
  bool holds = limit(RLIMIT_CORE, 0);
  holds = limit(RLIMIT_FSIZE, 0) && holds;
  holds = limit(RLIMIT_NOFILE, MOST_DESCRIPTORS) && holds;
  holds = limit(RLIMIT_MEMLOCK, 0) && holds;
  return limit(RLIMIT_AS, memory_bytes) && holds;
}

static bool drop_capabilities(void) {
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  return syscall(SYS_capset, &head, none) == 0;
}

/* SIGPIPE would end the process when WeCom resets a connection (measured); ignored, the SDK answers 10001. */
static void set_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

static void close_other_descriptors(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, PIPE + 1, ~0U, 0) == 0) return;
#endif
  for (int fd = PIPE + 1; fd < 4096; fd++) close(fd);
}

uint32_t confine(const char *library_path, uint64_t memory_bytes, uint16_t relay_port) {
  uint32_t layers = 0;
  clearenv();
  umask(077);
  setsid();
  if (chdir("/") != 0) return 0;
  close_other_descriptors();
  set_signals();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) layers |= LAYER_DIES_WITH_PARENT;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) layers |= LAYER_NO_NEW_PRIVILEGES;
  if (set_limits(memory_bytes)) layers |= LAYER_LIMITS;
  layers |= confine_by_landlock(library_path, relay_port);
  if (drop_capabilities()) layers |= LAYER_NO_CAPABILITIES;
  if (prctl(PR_SET_DUMPABLE, 0) == 0) layers |= LAYER_NOT_DUMPABLE;
  if (confine_by_seccomp()) layers |= LAYER_SECCOMP;
  return layers;
}
