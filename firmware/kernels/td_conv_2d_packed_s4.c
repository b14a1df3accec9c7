#include "td_conv_2d_packed_s4.h"

#include "td_lanes_s4.h"
#include "td_pixel_sums_s4.h"
#include "td_window_bytes.h"

/* One channel of four pixels whose outputs fill the int8 range. */
TD_INLINE void finish_four(const td_finish_s4 *f, const int32_t *sums, int32_t step,
                           int8_t *output) {
  for (int32_t i = 0; i < TD_PIXELS; i++) {
    const int32_t value = td_finished_s4(f, sums[2 * i]);
#if TD_DSP
    output[i * step] = (int8_t)td_ssat8(value);
#else
    output[i * step] = (int8_t)td_clamp(value, INT8_MIN, INT8_MAX);
#endif
  }
}

/* One channel of some pixels. */
static void finish(const td_conv_2d_packed_s4_params *p, int32_t channel, const int32_t *sums,
                   int32_t pixels, int8_t *output) {
  const td_finish_s4 f =
      td_finish_s4_of(p->multiplier[channel], p->shift[channel], p->output_offset);
  if (f.is_usual && pixels == TD_PIXELS && p->activation_min == INT8_MIN &&
      p->activation_max == INT8_MAX) {
    finish_four(&f, sums, p->output_channels, output);
    return;
  }
  for (int32_t i = 0; i < pixels; i++) {
    const int32_t value = td_finished_any_s4(&f, sums[2 * i]);
    *output = (int8_t)td_clamp(value, p->activation_min, p->activation_max);
    output += p->output_channels;
  }
}

/* All channels of some pixels; `low` is what td_lanes_s4 returned for each. */
static void convolve(const td_conv_2d_packed_s4_params *p, const uint32_t *acts, int32_t groups,
                     const int32_t *low, const int8_t *filter, const int32_t *bias, int32_t pixels,
                     int8_t *output) {
  td_pixel_sums s;
  td_pixel_sums_s4_prepare(&s, acts, groups);
  for (int32_t c = 0; c < p->output_channels; c += 2) {
    const int32_t first = bias[c] * 16;
    const int32_t second = bias[c + 1] * 16;
    for (int32_t i = 0; i < TD_PIXELS; i++) {
      s.sums[2 * i] = first + low[i];
      s.sums[2 * i + 1] = second + low[i];
    }
    td_pixel_sums_s4(acts, filter, &s);
    filter += 8 * groups;
    finish(p, c, s.sums, pixels, output + c);
    if (c + 1 < p->output_channels) {
      finish(p, c + 1, s.sums + 1, pixels, output + c + 1);
    }
  }
}

void td_conv_2d_packed_s4(const td_conv_2d_packed_s4_params *p, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output,
                          void *scratch) {
  const td_window_bytes_params windows = {.input_height = p->input_height,
                                          .input_width = p->input_width,
                                          .input_channels = p->input_channels,
                                          .filter_height = p->filter_height,
                                          .filter_width = p->filter_width,
                                          .dilation_height = p->dilation_height,
                                          .dilation_width = p->dilation_width,
                                          .padding = p->input_zero_point};
  const int32_t taps = p->filter_height * p->filter_width * p->input_channels;
  const int32_t groups = (taps + TD_NIBBLE_GROUP - 1) / TD_NIBBLE_GROUP;
  uint32_t *const acts = (uint32_t *)scratch;
  int8_t *const window = (int8_t *)(acts + 4 * TD_PIXELS * groups);
  const int32_t right = p->output_width * p->stride_width - p->pad_left;
  int32_t y = -p->pad_top;
  int32_t x = -p->pad_left;
  for (int32_t i = taps; i < TD_NIBBLE_GROUP * groups; i++) {
    window[i] = 0; /* what fills up a window is multiplied by 0 */
  }
  for (int32_t left = p->output_height * p->output_width; left > 0; left -= TD_PIXELS) {
    const int32_t pixels = left < TD_PIXELS ? left : TD_PIXELS;
    int32_t low[TD_PIXELS] = {0, 0, 0, 0};
    for (int32_t i = 0; i < pixels; i++) {
      td_window_bytes(&windows, input, y, x, window);
      low[i] = td_lanes_s4(window, groups, TD_PIXELS, acts + i);
      x += p->stride_width;
      if (x >= right) {
        x = -p->pad_left;
        y += p->stride_height;
      }
    }
    convolve(p, acts, groups, low, filter, bias, pixels, output);
    output += pixels * p->output_channels;
  }
}
