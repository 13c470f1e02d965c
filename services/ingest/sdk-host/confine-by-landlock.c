/* The layer that names what may be read and where one may connect to. Where the kernel has no Landlock the process goes on without it, and says so. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "landlock-abi.h"

/* What the loader reads, then what OpenSSL, curl and the C library look at while they run. None of it is secret; what is missing is passed over. */
static const char *const READABLE[] = {
    "/lib",           "/lib64",           "/usr/lib",         "/usr/lib64",
    "/etc/ld.so.cache", "/etc/localtime", "/etc/hosts",       "/etc/host.conf",
    "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/gai.conf", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/usr/share/ca-certificates",
    "/dev/null",      "/dev/random",      "/dev/urandom",
};

static void allow_reading(int rules, const char *path) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat found;
  if (fstat(fd, &found) == 0) {
    LandlockPath rule = {.allowed = FS_READ_FILE, .folder = fd};
    if (S_ISDIR(found.st_mode)) rule.allowed |= FS_READ_DIR;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_PATH, &rule, 0);
  }
  close(fd);
}

/* Folder of a path, into a buffer of PATH_MAX. False when it has none. */
static bool folder_of(const char *path, char *folder) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL || slash == path || (size_t)(slash - path) >= PATH_MAX) return false;
  memcpy(folder, path, (size_t)(slash - path));
  folder[slash - path] = 0;
  return true;
}

/* Where this system keeps its C library, on systems that keep it elsewhere. */
static int allow_system_library(struct dl_phdr_info *info, size_t size, void *rules) {
  char folder[PATH_MAX];
  (void)size;
  if (info->dlpi_name[0] == '/' && folder_of(info->dlpi_name, folder)) allow_reading(*(int *)rules, folder);
  return 0;
}

/* The library and the libraries beside it, but nothing else of that folder. */
static void allow_library(int rules, const char *path) {
  char folder[PATH_MAX];
  allow_reading(rules, path);
  if (!folder_of(path, folder)) return;
  DIR *beside = opendir(folder);
  if (beside == NULL) return;
  for (struct dirent *entry = readdir(beside); entry != NULL; entry = readdir(beside)) {
    char sister[PATH_MAX];
    if (strstr(entry->d_name, ".so") == NULL) continue;
    if (snprintf(sister, sizeof sister, "%s/%s", folder, entry->d_name) < (int)sizeof sister) allow_reading(rules, sister);
  }
  closedir(beside);
}

static uint64_t all_file_accesses(long version) {
  int bits = version >= 5 ? FS_BITS_V5 : version >= 3 ? FS_BITS_V3 : version == 2 ? FS_BITS_V2 : FS_BITS_V1;
  return (1ULL << bits) - 1;
}

uint32_t confine_by_landlock(const char *library_path, uint16_t relay_port) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);
  if (version < 1) return 0;
  LandlockRules wanted = {
      .handled_fs = all_file_accesses(version),
      .handled_net = NET_BIND_TCP | NET_CONNECT_TCP,
      .scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL,
  };
  size_t known = version >= 6 ? sizeof wanted : version >= 4 ? offsetof(LandlockRules, scoped) : offsetof(LandlockRules, handled_net);
  int rules = (int)syscall(SYS_landlock_create_ruleset, &wanted, known, 0);
  if (rules < 0) return 0;
  for (size_t i = 0; i < sizeof READABLE / sizeof *READABLE; i++) allow_reading(rules, READABLE[i]);
  dl_iterate_phdr(allow_system_library, &rules);
  allow_library(rules, library_path);
  if (version >= 4) {
    LandlockPort relay = {.allowed = NET_CONNECT_TCP, .port = relay_port};
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_PORT, &relay, 0);
  }
  long failed = syscall(SYS_landlock_restrict_self, rules, 0);
  close(rules);
  if (failed != 0) return 0;
  uint32_t layers = LAYER_LANDLOCK_FILES;
  if (version >= 4) layers |= LAYER_LANDLOCK_NETWORK;
  if (version >= 6) layers |= LAYER_LANDLOCK_SCOPE;
  return layers;
}
