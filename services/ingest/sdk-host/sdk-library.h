/* The C interface of the Finance SDK, as its own header and measurements give it: 17 functions, everything else opaque.
 * Lengths and buffers are read by the SDK's getters only, never from the structures. */
#ifndef MENSHEN_SDK_LIBRARY_H
#define MENSHEN_SDK_LIBRARY_H

typedef struct SdkHandle SdkHandle;
typedef struct SdkSlice SdkSlice;
typedef struct SdkMedia SdkMedia;

typedef struct {
  SdkHandle *(*NewSdk)(void);
  int (*Init)(SdkHandle *, const char *corpid, const char *secret);
  void (*DestroySdk)(SdkHandle *);
  int (*GetChatData)(SdkHandle *, unsigned long long seq, unsigned int limit, const char *proxy, const char *passwd,
                     int timeout_seconds, SdkSlice *);
  int (*DecryptData)(const char *key, const char *message, SdkSlice *);
  /* indexbuf comes before sdkFileid. */
  int (*GetMediaData)(SdkHandle *, const char *indexbuf, const char *sdk_file_id, const char *proxy, const char *passwd,
                      int timeout_seconds, SdkMedia *);
  SdkSlice *(*NewSlice)(void);
  void (*FreeSlice)(SdkSlice *);
  char *(*GetContentFromSlice)(SdkSlice *);
  int (*GetSliceLen)(SdkSlice *);
  SdkMedia *(*NewMediaData)(void);
  void (*FreeMediaData)(SdkMedia *);
  char *(*GetOutIndexBuf)(SdkMedia *);
  int (*GetIndexLen)(SdkMedia *);
  char *(*GetData)(SdkMedia *);
  int (*GetDataLen)(SdkMedia *);
  int (*IsMediaDataFinish)(SdkMedia *);
} SdkLibrary;

/* Loads the library with local binding: the 2020 build exports its own OpenSSL. Returns NULL, or what is wrong, for people. */
const char *load_sdk_library(const char *path, SdkLibrary *sdk);

#endif
