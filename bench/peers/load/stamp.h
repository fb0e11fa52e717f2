// The payload of echo requests. Every byte follows from the connection, the number of the request and the position, so
// that nothing has to be kept to check an answer, and that an answer to another connection, to an earlier request or
// from a reused buffer is told from the right one.
#pragma once

#include <stdint.h>
#include <string.h>

enum { STAMP_PIECE = 64 * 1024 };

static inline uint64_t stamp_seed(uint32_t connection, uint64_t request) {
  uint64_t x = ((uint64_t)connection << 40) ^ request; // splitmix64's mixing of its state
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// `length` (up to STAMP_PIECE) bytes of the payload from `offset` on; good until the next call.
static inline const char *stamp(uint64_t seed, uint64_t offset, size_t length) {
  static uint64_t words[STAMP_PIECE / 8 + 2];
  size_t skip = offset % 8, count = (skip + length + 7) / 8;
  uint64_t state = seed + offset / 8 * 0x9e3779b97f4a7c15;
  for (size_t i = 0; i < count; i++, state += 0x9e3779b97f4a7c15) words[i] = state ^ (state >> 29);
  return (const char *)words + skip;
}
