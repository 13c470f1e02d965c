// What a caller gets is allocated so that only FreeSlice and FreeMediaData can give it back, as with C++ new[]: free() on it ends the process.
#ifndef MENSHEN_STUB_MEMORY_H
#define MENSHEN_STUB_MEMORY_H

#include <stddef.h>

// A copy with a NUL behind it.
char *give_out(const void *bytes, size_t length);
void take_back(char *given);

#endif
