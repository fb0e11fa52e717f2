// The content of bulk transfers: byte i is i % 251. A prime, so that no power of two of lost, doubled or moved bytes
// goes unnoticed.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PATTERN_PERIOD = 251, PATTERN_PIECE = 256 * 1024 };

// Any piece of up to PATTERN_PIECE bytes of the pattern lies ready in one table.
static unsigned char pattern_table[PATTERN_PIECE + PATTERN_PERIOD];

static inline void pattern_set_up(void) {
  for (size_t i = 0; i < sizeof pattern_table; i++) pattern_table[i] = i % PATTERN_PERIOD;
}

static inline const unsigned char *pattern_at(uint64_t offset) {
  return pattern_table + offset % PATTERN_PERIOD;
}

static inline int pattern_matches(const void *bytes, size_t length, uint64_t offset) {
  return memcmp(bytes, pattern_at(offset), length) == 0;
}
