/* One request, one call of the SDK, one answer. Nothing the SDK says about lengths is believed before it was looked at. */
#define _GNU_SOURCE
#include "calls.h"

/* A page of 1000 big messages is several MB, a piece of a file 512 KiB. */
enum { LONGEST_CONTENT = 64 * 1024 * 1024, LONGEST_PIECE = 4 * 1024 * 1024, LONGEST_INDEX = 1024 };
enum { ANSWER_HEAD = 14, REFUSED_HEAD = 6 };

typedef struct {
  const char *bytes;
  int length;
  int most;
} Content;

static bool refuse(uint32_t id, uint8_t why) {
  uint8_t head[REFUSED_HEAD] = {TELL_REFUSED};
  put_u32(head + 1, id);
  head[5] = why;
  return write_frame(&(Piece){head, sizeof head}, 1);
}

static uint8_t problem_of(Content content) {
  if (content.length < 0) return REFUSED_NEGATIVE_LENGTH;
  if (content.length > content.most) return REFUSED_TOO_LONG;
  if (content.length > 0 && content.bytes == NULL) return REFUSED_NO_CONTENT;
  return 0;
}

typedef struct {
  uint32_t id;
  int code;
  bool is_finish;
  Content index;
  Content data;
} Answer;

static bool give(Answer answer) {
  uint8_t why = problem_of(answer.index);
  if (why == 0) why = problem_of(answer.data);
  if (why != 0) return refuse(answer.id, why);
  uint8_t head[ANSWER_HEAD] = {TELL_ANSWER};
  put_u32(head + 1, answer.id);
  put_u32(head + 5, (uint32_t)answer.code);
  head[9] = answer.is_finish;
  put_u32(head + 10, (uint32_t)answer.index.length);
  return write_frame(
      (Piece[]){
          {head, sizeof head},
          {answer.index.bytes, (size_t)answer.index.length},
          {answer.data.bytes, (size_t)answer.data.length},
      },
      3);
}

/* After a failure the content is not looked at: nothing says what is in it. */
static bool give_slice(Host *host, uint32_t id, int code, SdkSlice *slice) {
  Content content = {NULL, 0, LONGEST_CONTENT};
  if (code == 0) {
    content.bytes = host->sdk.GetContentFromSlice(slice);
    content.length = host->sdk.GetSliceLen(slice);
  }
  return give((Answer){.id = id, .code = code, .is_finish = true, .data = content});
}

/* A new handle with the secret as it is now. The old one keeps a dead token until the end of its life (measured), so it goes. */
static bool begin(Host *host, uint32_t id, Frame *request) {
  const char *corpid = take_text(request);
  const char *secret = take_text(request);
  if (!is_whole(request)) return false;
  if (host->handle != NULL) host->sdk.DestroySdk(host->handle);
  host->handle = host->sdk.NewSdk();
  if (host->handle == NULL) return refuse(id, REFUSED_NO_HANDLE);
  return give((Answer){.id = id, .code = host->sdk.Init(host->handle, corpid, secret), .is_finish = true});
}

static bool chat_data(Host *host, uint32_t id, Frame *request) {
  uint64_t seq = take_u64(request);
  uint32_t limit = take_u32(request);
  uint32_t timeout_seconds = take_u32(request);
  const char *passwd = take_text(request);
  if (!is_whole(request)) return false;
  if (host->handle == NULL) return refuse(id, REFUSED_NO_HANDLE);
  /* A new slice for every call: a used one leaks what was in it (measured). */
  SdkSlice *slice = host->sdk.NewSlice();
  if (slice == NULL) return refuse(id, REFUSED_NO_BUFFER);
  int code = host->sdk.GetChatData(host->handle, seq, limit, host->proxy, passwd, (int)timeout_seconds, slice);
  bool given = give_slice(host, id, code, slice);
  host->sdk.FreeSlice(slice);
  return given;
}

static bool media_data(Host *host, uint32_t id, Frame *request) {
  uint32_t timeout_seconds = take_u32(request);
  const char *passwd = take_text(request);
  const char *index = take_text(request);
  const char *sdk_file_id = take_text(request);
  if (!is_whole(request)) return false;
  if (host->handle == NULL) return refuse(id, REFUSED_NO_HANDLE);
  SdkMedia *media = host->sdk.NewMediaData();
  if (media == NULL) return refuse(id, REFUSED_NO_BUFFER);
  Answer answer = {.id = id, .index = {NULL, 0, LONGEST_INDEX}, .data = {NULL, 0, LONGEST_PIECE}};
  answer.code = host->sdk.GetMediaData(host->handle, index, sdk_file_id, host->proxy, passwd, (int)timeout_seconds, media);
  if (answer.code == 0) {
    answer.is_finish = host->sdk.IsMediaDataFinish(media) != 0;
    answer.index.bytes = host->sdk.GetOutIndexBuf(media);
    answer.index.length = host->sdk.GetIndexLen(media);
    answer.data.bytes = host->sdk.GetData(media);
    answer.data.length = host->sdk.GetDataLen(media);
  }
  bool given = give(answer);
  host->sdk.FreeMediaData(media);
  return given;
}

/* Only to compare our own decryption with the SDK's: capture does not use it. */
static bool decrypt(Host *host, uint32_t id, Frame *request) {
  const char *key = take_text(request);
  const char *message = take_text(request);
  if (!is_whole(request)) return false;
  SdkSlice *slice = host->sdk.NewSlice();
  if (slice == NULL) return refuse(id, REFUSED_NO_BUFFER);
  int code = host->sdk.DecryptData(key, message, slice);
  bool given = give_slice(host, id, code, slice);
  host->sdk.FreeSlice(slice);
  return given;
}

bool answer_request(Host *host, Frame *request) {
  uint8_t kind = take_u8(request);
  uint32_t id = take_u32(request);
  switch (kind) {
    case REQUEST_BEGIN: return begin(host, id, request);
    case REQUEST_CHAT_DATA: return chat_data(host, id, request);
    case REQUEST_MEDIA_DATA: return media_data(host, id, request);
    case REQUEST_DECRYPT: return decrypt(host, id, request);
    default: return false;
  }
}
