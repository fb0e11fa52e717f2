// Log-linear histogram of nanoseconds, as in HDR: every power of two is cut into 128 equal parts, so that a value read
// back is wrong by less than 1 %.
#pragma once

#include <stdint.h>

enum { HISTOGRAM_BITS = 7, HISTOGRAM_CELLS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

struct histogram {
  uint64_t cells[HISTOGRAM_CELLS], count, max;
};

static inline unsigned histogram_cell(uint64_t value) {
  if (value < 1u << HISTOGRAM_BITS) return value;
  unsigned shift = 63 - __builtin_clzll(value) - HISTOGRAM_BITS;
  return ((shift + 1) << HISTOGRAM_BITS) + ((value >> shift) - (1u << HISTOGRAM_BITS));
}

static inline void histogram_add(struct histogram *h, uint64_t value) {
  h->cells[histogram_cell(value)]++;
  h->count++;
  if (value > h->max) h->max = value;
}

// The middle of the cell in which the given share of all values is reached.
static inline uint64_t histogram_quantile(const struct histogram *h, double share) {
  uint64_t wanted = share * h->count, seen = 0;
  for (unsigned cell = 0; cell < HISTOGRAM_CELLS; cell++) {
    if ((seen += h->cells[cell]) <= wanted) continue;
    if (cell < 1u << HISTOGRAM_BITS) return cell;
    unsigned shift = (cell >> HISTOGRAM_BITS) - 1;
    uint64_t low = ((cell & ((1u << HISTOGRAM_BITS) - 1)) + (1ull << HISTOGRAM_BITS)) << shift;
    uint64_t middle = low + (1ull << shift) / 2;
    return middle < h->max ? middle : h->max;
  }
  return h->max;
}
