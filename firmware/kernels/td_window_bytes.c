#include "td_window_bytes.h"

#include <string.h>

#include "td_window.h"

static int8_t *fill(int8_t *to, int32_t value, int32_t count) {
  memset(to, value, (size_t)count);
  return to + count;
}

static int8_t *copy(int8_t *to, const int8_t *from, int32_t count) {
  memcpy(to, from, (size_t)count);
  return to + count;
}

void td_window_bytes(const td_window_bytes_params *p, const int8_t *input, int32_t y, int32_t x,
                     int8_t *window) {
  const int32_t depth = p->input_channels;
  const td_taps taps = td_taps_inside(x, p->dilation_width, p->filter_width, p->input_width);
  const int32_t inside = taps.end > taps.begin ? taps.end - taps.begin : 0;
  const int32_t dense = p->dilation_width == 1;
  const int32_t run = dense ? inside * depth : depth;
  for (int32_t ky = 0; ky < p->filter_height; ky++, y += p->dilation_height) {
    if (inside == 0 || y < 0 || y >= p->input_height) {
      window = fill(window, p->padding, p->filter_width * depth);
      continue;
    }
    const int8_t *from = input + (y * p->input_width + x + taps.begin * p->dilation_width) * depth;
    window = fill(window, p->padding, taps.begin * depth);
    for (int32_t i = dense ? 1 : inside; i > 0; i--) {
      window = copy(window, from, run);
      from += p->dilation_width * depth;
    }
    window = fill(window, p->padding, (p->filter_width - taps.end) * depth);
  }
}
