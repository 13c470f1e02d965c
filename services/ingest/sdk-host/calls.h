/* The requests of ingest, each one call of the SDK and one answer. */
#ifndef MENSHEN_CALLS_H
#define MENSHEN_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "sdk-library.h"

typedef struct {
  SdkLibrary sdk;
  /* NULL until the first BEGIN, and when the SDK gave none. One handle: two threads on one corrupt the heap (measured). */
  SdkHandle *handle;
  /* The relay; the SDK can reach nothing else. */
  char proxy[32];
} Host;

/* Kinds of frames. */
enum { REQUEST_BEGIN = 1, REQUEST_CHAT_DATA = 2, REQUEST_MEDIA_DATA = 3, REQUEST_DECRYPT = 4 };
enum { TELL_READY = 128, TELL_UNUSABLE = 129, TELL_ANSWER = 130, TELL_REFUSED = 131 };

/* Why the library's answer was not passed on. */
enum {
  REFUSED_NO_HANDLE = 1,
  REFUSED_NO_BUFFER = 2,
  REFUSED_NEGATIVE_LENGTH = 3,
  REFUSED_TOO_LONG = 4,
  REFUSED_NO_CONTENT = 5,
};

/* Answers one request. False when the pipe is broken or the request is nonsense. */
bool answer_request(Host *host, Frame *request);

#endif
