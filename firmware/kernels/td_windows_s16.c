#include "td_windows_s16.h"

#include <string.h>

#include "td_fixedpoint.h"
#include "td_pixel_sums.h"
#include "td_window.h"

/* Where a pixel's next input goes: its words are TD_PIXELS apart. */
typedef struct {
  uint32_t *word;
  int32_t odd; /* whether the word's low half is taken */
} place;

TD_INLINE void store_half(uint32_t *word, int32_t high, int16_t value) {
  memcpy((char *)word + 2 * high, &value, sizeof value);
}

static place put(place at, const int16_t *from, int32_t count) {
  if (at.odd && count > 0) {
    store_half(at.word, 1, *from++);
    at.word += TD_PIXELS;
    at.odd = 0;
    count--;
  }
  for (; count >= 2; count -= 2) {
    *at.word = td_load_word(from);
    at.word += TD_PIXELS;
    from += 2;
  }
  if (count > 0) {
    store_half(at.word, 0, *from);
    at.odd = 1;
  }
  return at;
}

TD_NOINLINE static place put_zeros(place at, int32_t count) {
  for (; !at.odd && count >= 2; count -= 2) {
    *at.word = 0;
    at.word += TD_PIXELS;
  }
  for (; count > 0; count--) {
    store_half(at.word, at.odd, 0);
    at.word += at.odd ? TD_PIXELS : 0;
    at.odd ^= 1;
  }
  return at;
}

void td_window_s16(const td_windows_s16_params *p, const int16_t *input, int32_t y, int32_t x,
                   uint32_t *acts) {
  const int32_t depth = p->input_channels;
  const td_taps taps = td_taps_inside(x, p->dilation_width, p->filter_width, p->input_width);
  const int32_t inside = taps.end > taps.begin ? taps.end - taps.begin : 0;
  const int32_t dense = p->dilation_width == 1;
  const int32_t run = dense ? inside * depth : depth;
  const int32_t runs = dense ? 1 : inside;
  const int32_t before = inside > 0 ? taps.begin * depth : p->filter_width * depth;
  const int32_t after = inside > 0 ? (p->filter_width - taps.end) * depth : 0;
  const int32_t row = p->dilation_height * p->input_width * depth;
  const int16_t *from = input + (y * p->input_width + x + taps.begin * p->dilation_width) * depth;
  place at = {acts, 0};
  for (int32_t ky = p->filter_height; ky > 0; ky--) {
    if (y < 0 || y >= p->input_height) {
      at = put_zeros(at, p->filter_width * depth);
    } else {
      if (before > 0) {
        at = put_zeros(at, before);
      }
      const int16_t *in = from;
      for (int32_t i = inside > 0 ? runs : 0; i > 0; i--) {
        at = put(at, in, run);
        in += p->dilation_width * depth;
      }
      if (after > 0) {
        at = put_zeros(at, after);
      }
    }
    y += p->dilation_height;
    from += row;
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
