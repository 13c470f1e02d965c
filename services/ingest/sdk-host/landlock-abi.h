/* The kernel's Landlock interface (Documentation/userspace-api/landlock.rst), written out here because the headers of a build machine may be
 * older than the kernel that runs the program. */
#ifndef MENSHEN_LANDLOCK_ABI_H
#define MENSHEN_LANDLOCK_ABI_H

#include <stdint.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { LANDLOCK_ASK_VERSION = 1, LANDLOCK_PATH = 1, LANDLOCK_PORT = 2 };

/* Accesses to files are bits from 0 up; each version of the interface knows a few more. */
enum { FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3, FS_BITS_V1 = 13, FS_BITS_V2 = 14, FS_BITS_V3 = 15, FS_BITS_V5 = 16 };
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };

typedef struct {
  uint64_t handled_fs;
  uint64_t handled_net; /* from version 4 */
  uint64_t scoped;      /* from version 6 */
} LandlockRules;

typedef struct {
  uint64_t allowed;
  int32_t folder;
} __attribute__((packed)) LandlockPath;

typedef struct {
  uint64_t allowed;
  uint64_t port;
} LandlockPort;

#endif
