/* Loads the Finance SDK and finds its functions. */
#define _GNU_SOURCE
#include "sdk-library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

typedef struct {
  const char *name;
  size_t offset;
} Function;

#define FUNCTION(name) {#name, offsetof(SdkLibrary, name)}

static const Function FUNCTIONS[] = {
    FUNCTION(NewSdk),         FUNCTION(Init),          FUNCTION(DestroySdk),          FUNCTION(GetChatData),
    FUNCTION(DecryptData),    FUNCTION(GetMediaData),  FUNCTION(NewSlice),            FUNCTION(FreeSlice),
    FUNCTION(GetSliceLen),    FUNCTION(NewMediaData),  FUNCTION(GetContentFromSlice), FUNCTION(FreeMediaData),
    FUNCTION(GetOutIndexBuf), FUNCTION(GetIndexLen),   FUNCTION(GetData),             FUNCTION(GetDataLen),
    FUNCTION(IsMediaDataFinish),
};

const char *load_sdk_library(const char *path, SdkLibrary *sdk) {
  static char problem[128];
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return dlerror();
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    void *found = dlsym(library, FUNCTIONS[i].name);
    if (found == NULL) {
      snprintf(problem, sizeof problem, "the function %s is missing", FUNCTIONS[i].name);
      return problem;
    }
    *(void **)((char *)sdk + FUNCTIONS[i].offset) = found;
  }
  return NULL;
}
