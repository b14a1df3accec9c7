#include "td_windows_s16.h"

#include <string.h>

#include "td_pixel_sums.h"
#include "td_window.h"

/* Input `k` of a pixel, whose words are TD_PIXELS apart. */
static uint16_t *place(uint32_t *acts, int32_t k) {
  return (uint16_t *)(void *)(acts + k / 2 * TD_PIXELS) + k % 2;
}

/* Writes `count` inputs from `from`, zeros when it is NULL, as inputs `k` and following. */
static int32_t put(uint32_t *acts, int32_t k, const int16_t *from, int32_t count) {
  int32_t i = 0;
  if (k % 2 && count > 0) {
    *place(acts, k) = from ? (uint16_t)from[0] : 0;
    i = 1;
  }
  uint32_t *word = acts + (k + i) / 2 * TD_PIXELS;
  if (from) {
    const int16_t *const end = from + i + ((count - i) & ~1);
    for (const int16_t *in = from + i; in != end; in += 2) {
      *word = td_load_word(in);
      word += TD_PIXELS;
    }
  } else {
    for (int32_t pairs = (count - i) / 2; pairs > 0; pairs--) {
      *word = 0;
      word += TD_PIXELS;
    }
  }
  if ((count - i) % 2) {
    *place(acts, k + count - 1) = from ? (uint16_t)from[count - 1] : 0;
  }
  return k + count;
}

void td_window_s16(const td_windows_s16_params *p, const int16_t *input, int32_t y, int32_t x,
                   uint32_t *acts) {
  const int32_t depth = p->input_channels;
  const td_taps taps = td_taps_inside(x, p->dilation_width, p->filter_width, p->input_width);
  const int32_t inside = taps.end > taps.begin ? taps.end - taps.begin : 0;
  const int32_t dense = p->dilation_width == 1;
  const int32_t run = dense ? inside * depth : depth;
  int32_t k = 0;
  for (int32_t ky = 0; ky < p->filter_height; ky++, y += p->dilation_height) {
    if (inside == 0 || y < 0 || y >= p->input_height) {
      k = put(acts, k, 0, p->filter_width * depth);
      continue;
    }
    const int16_t *from = input + (y * p->input_width + x + taps.begin * p->dilation_width) * depth;
    k = put(acts, k, 0, taps.begin * depth);
    for (int32_t i = dense ? 1 : inside; i > 0; i--) {
      k = put(acts, k, from, run);
      from += p->dilation_width * depth;
    }
    k = put(acts, k, 0, (p->filter_width - taps.end) * depth);
  }
}

void td_windows_inside_s16(const td_windows_s16_params *p, const int16_t *input, int32_t y,
                           int32_t x, int32_t stride, uint32_t *acts) {
  const int32_t run = p->filter_width * p->input_channels;
  const int32_t step = stride * p->input_channels;
  const int32_t row = p->dilation_height * p->input_width * p->input_channels;
  const int16_t *from = input + (y * p->input_width + x) * p->input_channels;
  for (int32_t ky = p->filter_height; ky > 0; ky--, from += row) {
    const int16_t *p0 = from;
    const int16_t *p1 = p0 + step;
    const int16_t *p2 = p1 + step;
    const int16_t *p3 = p2 + step;
    for (const int16_t *const end = p0 + run; p0 != end; acts += TD_PIXELS) {
      acts[0] = td_load_word(p0);
      acts[1] = td_load_word(p1);
      acts[2] = td_load_word(p2);
      acts[3] = td_load_word(p3);
      p0 += 2;
      p1 += 2;
      p2 += 2;
      p3 += 2;
    }
  }
}
