/* Frames on the private pipe: u32 length, then that many bytes. Numbers are little-endian. README.md beside this file has the table. */
#ifndef MENSHEN_FRAMES_H
#define MENSHEN_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PIPE = 3 };

/* One request. `damaged` is set by the first field that does not fit; nothing of such a request is used. */
typedef struct {
  uint8_t *bytes;
  size_t length;
  size_t at;
  bool damaged;
} Frame;

typedef struct {
  const void *bytes;
  size_t length;
} Piece;

/* Waits for a frame. False when the other side is gone or sent nonsense: there is nobody left to tell. */
bool read_frame(Frame *frame);
/* Wipes and frees: a frame may hold a secret. */
void forget_frame(Frame *frame);

uint8_t take_u8(Frame *frame);
uint32_t take_u32(Frame *frame);
uint64_t take_u64(Frame *frame);
/* A text without zero bytes in it, which the sender ends with one. Valid until the frame is forgotten. */
const char *take_text(Frame *frame);
/* Whether every field fitted and nothing is left over. */
bool is_whole(const Frame *frame);

void put_u32(uint8_t *at, uint32_t value);
/* Sends one frame made of the pieces. False when the other side is gone, or a piece is not readable memory. */
bool write_frame(const Piece *pieces, size_t count);

#endif
