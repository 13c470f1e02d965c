/* What this process gives up before a line of the SDK runs. Each layer that holds is reported; README.md beside this file says what each is for. */
#ifndef MENSHEN_CONFINE_H
#define MENSHEN_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  LAYER_NO_NEW_PRIVILEGES = 1 << 0,
  LAYER_NOT_DUMPABLE = 1 << 1,
  LAYER_DIES_WITH_PARENT = 1 << 2,
  LAYER_LIMITS = 1 << 3,
  LAYER_NO_CAPABILITIES = 1 << 4,
  LAYER_LANDLOCK_FILES = 1 << 5,
  LAYER_LANDLOCK_NETWORK = 1 << 6,
  LAYER_LANDLOCK_SCOPE = 1 << 7,
  LAYER_SECCOMP = 1 << 8,
};

/* Gives up everything that can be given up. Returns the layers that hold. */
uint32_t confine(const char *library_path, uint64_t memory_bytes, uint16_t relay_port);

/* Files: the library, its sisters, what the loader and OpenSSL read. Network: TCP to the relay's port. Returns the LAYER_LANDLOCK_ bits that hold. */
uint32_t confine_by_landlock(const char *library_path, uint16_t relay_port);

/* System calls that a client of one HTTP proxy never needs. True when the filter is in force. */
bool confine_by_seccomp(void);

#endif
