#include "td_average_pool_2d_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_window.h"

__attribute__((noinline)) static int8_t mean(const td_average_pool_2d_s8_params *p, int32_t sum,
                                             int32_t count) {
  const int32_t half = sum > 0 ? count / 2 : -(count / 2);
  return (int8_t)td_clamp((sum + half) / count, p->activation_min, p->activation_max);
}

#if TD_DSP
#define LANE_SUMMANDS 256 /* int8 values whose sum fits 16 bits */

__attribute__((noinline)) static void add_lanes(uint32_t even, uint32_t odd, int32_t *sums) {
  sums[0] += td_low(even);
  sums[1] += td_low(odd);
  sums[2] += td_high(even);
  sums[3] += td_high(odd);
}

/* Sums of a window in four channels, the first of which is `input`'s. Rows that follow one another
 * are one run of pixels. */
__attribute__((noinline)) static void sum_channels(const td_average_pool_2d_s8_params *p,
                                                   const int8_t *input, int32_t y0, int32_t x0,
                                                   td_taps rows, td_taps columns, int32_t *sums) {
  const int32_t width = columns.end - columns.begin;
  const int32_t height = rows.end - rows.begin;
  const int32_t channels = p->channels;
  const int32_t next_row = (p->input_width - width) * channels;
  const int32_t runs = next_row == 0 ? 1 : height;
  const int32_t length = next_row == 0 ? height * width : width;
  const int8_t *pixel =
      input + ((y0 + rows.begin) * p->input_width + x0 + columns.begin) * channels;
  uint32_t even = 0;
  uint32_t odd = 0;
  int32_t room = LANE_SUMMANDS;
  sums[0] = sums[1] = sums[2] = sums[3] = 0;
  for (int32_t run = 0; run < runs; run++, pixel += next_row) {
    for (int32_t left = length; left > 0;) {
      const int32_t count = left < room ? left : room;
      for (const int8_t *end = pixel + count * channels; pixel != end; pixel += channels) {
        const uint32_t word = td_load_word(pixel);
        even = td_sxtab16(even, word);
        odd = td_sxtab16_odd(odd, word);
      }
      left -= count;
      room -= count;
      if (room == 0) {
        add_lanes(even, odd, sums);
        even = odd = 0;
        room = LANE_SUMMANDS;
      }
    }
  }
  add_lanes(even, odd, sums);
}
#endif

/* Small is better than fast: with DSP, what follows only starts the sums. */
#if TD_DSP
#pragma GCC optimize("Os")
#endif

/* All channels of one output pixel; `input` is the image's first pixel. */
static void pool_pixel(const td_average_pool_2d_s8_params *p, const int8_t *input, int32_t y0,
                       int32_t x0, int8_t *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
  int32_t c = 0;
#if TD_DSP
  for (; c + 4 <= p->channels; c += 4) {
    int32_t sums[4];
    sum_channels(p, input + c, y0, x0, rows, columns, sums);
    for (int32_t k = 0; k < 4; k++) {
      output[c + k] = mean(p, sums[k], count);
    }
  }
#endif
  for (; c < p->channels; c++) {
    int32_t sum = 0;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        sum += input[((y0 + ky) * p->input_width + x0 + kx) * p->channels + c];
      }
    }
    output[c] = mean(p, sum, count);
  }
}

void td_average_pool_2d_s8(const td_average_pool_2d_s8_params *p, const int8_t *input,
                           int8_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        pool_pixel(p, input, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left,
                   output);
        output += p->channels;
      }
    }
    input += input_size;
  }
}
