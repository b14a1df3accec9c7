/* Where a sliding window meets its image: shared by convolutions and pooling. */
#ifndef TD_WINDOW_H
#define TD_WINDOW_H

#include <stdint.h>

typedef struct {
  int32_t begin;
  int32_t end;
} td_taps;

/* The taps k in [begin, end) of `count` for which 0 <= origin + k * dilation < size. */
static inline td_taps td_taps_inside(int32_t origin, int32_t dilation, int32_t count,
                                     int32_t size) {
  td_taps taps = {0, 0};
  if (origin < 0) {
    taps.begin = (dilation - 1 - origin) / dilation;
  }
  if (origin < size) {
    taps.end = (size - origin + dilation - 1) / dilation;
  }
  if (taps.end > count) {
    taps.end = count;
  }
  return taps;
}

#endif
