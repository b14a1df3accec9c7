#include "td_depthwise_packed_s16.h"

#include "td_finish_s16.h"
#include "td_fixedpoint.h"

#define OUTPUTS 4 /* that are made at a time */

#if TD_DSP

TD_INLINE int32_t multiply_low(uint32_t a, uint32_t b, int32_t acc) {
  int32_t sum;
  __asm("smlabb %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
}

TD_INLINE int32_t multiply_high(uint32_t a, uint32_t b, int32_t acc) {
  int32_t sum;
  __asm("smlatt %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
}

#else

static int32_t multiply_low(uint32_t a, uint32_t b, int32_t acc) {
  return td_wrap_add(td_low(a) * td_low(b), acc);
}

static int32_t multiply_high(uint32_t a, uint32_t b, int32_t acc) {
  return td_wrap_add(td_high(a) * td_high(b), acc);
}

#endif

/* Sums of four outputs in two channels; `rows` is the first one's window in the copied rows. */
__attribute__((always_inline, optimize("no-schedule-insns"))) static inline void
add_up(const td_depthwise_packed_s16_params *p, const uint32_t *rows, const int16_t *filter,
       int32_t stride, const int32_t *bias, int32_t *sums) {
  int32_t low0 = bias[0], low1 = low0, low2 = low0, low3 = low0;
  int32_t high0 = bias[1], high1 = high0, high2 = high0, high3 = high0;
  const int32_t dilation = p->dilation_width;
  const int32_t taps = 2 * p->filter_width;
  for (int32_t ky = p->filter_height; ky > 0; ky--) {
    const uint32_t *in = rows;
    for (const int16_t *const end = filter + taps; filter != end; filter += 2) {
      const uint32_t b = td_load_word(filter);
      low0 = multiply_low(in[0], b, low0);
      high0 = multiply_high(in[0], b, high0);
      low1 = multiply_low(in[stride], b, low1);
      high1 = multiply_high(in[stride], b, high1);
      low2 = multiply_low(in[2 * stride], b, low2);
      high2 = multiply_high(in[2 * stride], b, high2);
      low3 = multiply_low(in[3 * stride], b, low3);
      high3 = multiply_high(in[3 * stride], b, high3);
      in += dilation;
    }
    rows += p->columns;
  }
  sums[0] = low0;
  sums[1] = high0;
  sums[2] = low1;
  sums[3] = high1;
  sums[4] = low2;
  sums[5] = high2;
  sums[6] = low3;
  sums[7] = high3;
}

TD_NOINLINE static void add_up_1(const td_depthwise_packed_s16_params *p, const uint32_t *rows,
                                 const int16_t *filter, const int32_t *bias, int32_t *sums) {
  add_up(p, rows, filter, 1, bias, sums);
}

TD_NOINLINE static void add_up_2(const td_depthwise_packed_s16_params *p, const uint32_t *rows,
                                 const int16_t *filter, const int32_t *bias, int32_t *sums) {
  add_up(p, rows, filter, 2, bias, sums);
}

/* Four outputs in a mode without shifts. */
TD_INLINE void finish_four(const int32_t *sums, const int32_t *multiplier, int32_t mode,
                           int32_t step, int16_t *output) {
  for (int32_t i = 0; i < OUTPUTS; i++) {
    output[0] = (int16_t)td_saturated_s16(td_smmlar(sums[2 * i], multiplier[0], 0), mode);
    output[1] = (int16_t)td_saturated_s16(td_smmlar(sums[2 * i + 1], multiplier[1], 0), mode);
    output += step;
  }
}

/* Some outputs of channels `k` and the next. */
static void finish(const td_depthwise_packed_s16_params *p, int32_t k, const int32_t *sums,
                   int32_t count, int16_t *output) {
  const int32_t *multiplier = p->multiplier + k;
  if (count == OUTPUTS && p->mode == TD_PAIRS_RELU) {
    finish_four(sums, multiplier, TD_PAIRS_RELU, p->channels, output);
    return;
  }
  if (count == OUTPUTS && p->mode == TD_PAIRS_ALL) {
    finish_four(sums, multiplier, TD_PAIRS_ALL, p->channels, output);
    return;
  }
  for (int32_t i = 0; i < 2 * count; i++) {
    const int32_t shift = p->shift ? p->shift[k + i % 2] : 0;
    const int32_t scaled = td_scaled_s16(sums[i], multiplier[i % 2], shift);
    output[i / 2 * p->channels + i % 2] =
        (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
  }
}

/* Copies the rows of a row of windows, two channels of them, zeros around the image. */
static void copy_rows(const td_depthwise_packed_s16_params *p, const int16_t *input, int32_t y,
                      uint32_t *to) {
  const int32_t room = p->columns - p->pad_left;
  const int32_t width = p->input_width < room ? p->input_width : room;
  for (int32_t ky = p->filter_height; ky > 0; ky--, y += p->dilation_height) {
    uint32_t *const end = to + p->columns;
    if (y >= 0 && y < p->input_height) {
      const int16_t *in = input + y * p->input_width * p->channels;
      for (int32_t x = p->pad_left; x > 0; x--) {
        *to++ = 0;
      }
      for (int32_t x = width; x > 0; x--) {
        *to++ = td_load_word(in);
        in += p->channels;
      }
    }
    while (to != end) {
      *to++ = 0;
    }
  }
}

void td_depthwise_packed_s16(const td_depthwise_packed_s16_params *p, const int16_t *input,
                             const int16_t *filter, const int32_t *bias, int16_t *output,
                             void *scratch) {
  const int32_t taps = p->filter_height * p->filter_width;
  uint32_t *const rows = (uint32_t *)scratch;
  for (int32_t y = 0; y < p->output_height; y++) {
    for (int32_t k = 0; k < p->channels; k += 2) {
      copy_rows(p, input + k, y * p->stride_height - p->pad_top, rows);
      for (int32_t x = 0; x < p->output_width; x += OUTPUTS) {
        const int32_t left = p->output_width - x;
        int32_t sums[2 * OUTPUTS];
        if (p->stride_width == 1) {
          add_up_1(p, rows + x, filter + k * taps, bias + k, sums);
        } else {
          add_up_2(p, rows + 2 * x, filter + k * taps, bias + k, sums);
        }
        finish(p, k, sums, left < OUTPUTS ? left : OUTPUTS, output + x * p->channels + k);
      }
    }
    output += p->output_width * p->channels;
  }
}
