/* Reads requests and writes answers, whole or not at all. */
#define _GNU_SOURCE
#include "frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* An encrypted message for DecryptData is the longest thing that is ever sent here. */
enum { LONGEST_REQUEST = 64 * 1024 * 1024, MOST_PIECES = 4 };

static bool read_exactly(uint8_t *into, size_t length) {
  while (length > 0) {
    ssize_t got = read(PIPE, into, length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    length -= (size_t)got;
  }
  return true;
}

static uint32_t get_u32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool read_frame(Frame *frame) {
  uint8_t head[4];
  *frame = (Frame){0};
  if (!read_exactly(head, sizeof head)) return false;
  frame->length = get_u32(head);
  if (frame->length == 0 || frame->length > LONGEST_REQUEST) return false;
  frame->bytes = malloc(frame->length);
  if (frame->bytes == NULL) return false;
  if (read_exactly(frame->bytes, frame->length)) return true;
  forget_frame(frame);
  return false;
}

void forget_frame(Frame *frame) {
  if (frame->bytes != NULL) explicit_bzero(frame->bytes, frame->length);
  free(frame->bytes);
  *frame = (Frame){0};
}

/* The next `length` bytes, or NULL when there are not as many. */
static const uint8_t *take(Frame *frame, size_t length) {
  if (frame->damaged || frame->length - frame->at < length) {
    frame->damaged = true;
    return NULL;
  }
  const uint8_t *found = frame->bytes + frame->at;
  frame->at += length;
  return found;
}

uint8_t take_u8(Frame *frame) {
  const uint8_t *at = take(frame, 1);
  return at == NULL ? 0 : *at;
}

uint32_t take_u32(Frame *frame) {
  const uint8_t *at = take(frame, 4);
  return at == NULL ? 0 : get_u32(at);
}

uint64_t take_u64(Frame *frame) {
  const uint8_t *at = take(frame, 8);
  return at == NULL ? 0 : (uint64_t)get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

const char *take_text(Frame *frame) {
  size_t length = take_u32(frame);
  const uint8_t *at = take(frame, length + 1);
  if (at == NULL) return "";
  /* The first zero byte must be the one at the end. */
  if (memchr(at, 0, length + 1) == at + length) return (const char *)at;
  frame->damaged = true;
  return "";
}

bool is_whole(const Frame *frame) { return !frame->damaged && frame->at == frame->length; }

void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

bool write_frame(const Piece *pieces, size_t count) {
  struct iovec parts[MOST_PIECES + 1];
  uint8_t head[4];
  size_t left = 0;
  if (count > MOST_PIECES) return false;
  for (size_t i = 0; i < count; i++) {
    parts[i + 1] = (struct iovec){.iov_base = (void *)(uintptr_t)pieces[i].bytes, .iov_len = pieces[i].length};
    left += pieces[i].length;
  }
  if (left > UINT32_MAX) return false;
  put_u32(head, (uint32_t)left);
  parts[0] = (struct iovec){.iov_base = head, .iov_len = sizeof head};
  left += sizeof head;
  struct iovec *next = parts;
  size_t many = count + 1;
  while (left > 0) {
    ssize_t sent = writev(PIPE, next, (int)many);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    left -= (size_t)sent;
    for (; many > 0 && (size_t)sent >= next->iov_len; next++, many--) sent -= (ssize_t)next->iov_len;
    if (many == 0) break;
    next->iov_base = (uint8_t *)next->iov_base + sent;
    next->iov_len -= (size_t)sent;
  }
  return left == 0;
}
