#include "td_depthwise_packed_s16.h"

#include "td_finish_s16.h"
#include "td_fixedpoint.h"
#include "td_window.h"

#define OUTPUTS 4 /* that are made at a time, inside the image */

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

/* Two channels' weights and outputs. */
typedef struct {
  const int16_t *filter;
  int32_t bias[2];
  int32_t multiplier[2];
  int32_t shift[2];
  int16_t activation_min;
  int16_t activation_max;
} channels_2;

TD_NOINLINE static void finish(const channels_2 *c, int32_t low, int32_t high, int16_t *output) {
  const int32_t first = td_scaled_s16(low, c->multiplier[0], c->shift[0]);
  const int32_t second = td_scaled_s16(high, c->multiplier[1], c->shift[1]);
  output[0] = (int16_t)td_clamp(first, c->activation_min, c->activation_max);
  output[1] = (int16_t)td_clamp(second, c->activation_min, c->activation_max);
}

/* One output; `input` is the first channel at row 0 and column `x0`, which may lie outside. */
TD_NOINLINE static void one(const td_depthwise_packed_s16_params *p, const channels_2 *c,
                            const int16_t *input, td_taps rows, td_taps columns, int16_t *output) {
  const int32_t row = p->dilation_height * p->input_width * p->channels;
  const int32_t step = p->dilation_width * p->channels;
  int32_t low = c->bias[0];
  int32_t high = c->bias[1];
  for (int32_t ky = rows.begin; ky < rows.end; ky++) {
    const int16_t *in = input + ky * row + columns.begin * step;
    const int16_t *w = c->filter + 2 * (ky * p->filter_width + columns.begin);
    for (int32_t kx = columns.begin; kx < columns.end; kx++) {
      const uint32_t a = td_load_word(in);
      const uint32_t b = td_load_word(w);
      low = multiply_low(a, b, low);
      high = multiply_high(a, b, high);
      in += step;
      w += 2;
    }
  }
  finish(c, low, high, output);
}

/* Four outputs side by side, `next` inputs apart, whose columns lie inside the image. */
__attribute__((noinline, optimize("no-schedule-insns"))) static void
four(const td_depthwise_packed_s16_params *p, const channels_2 *c, const int16_t *input,
     td_taps rows, int32_t next, int16_t *output) {
  int32_t low0 = c->bias[0], low1 = low0, low2 = low0, low3 = low0;
  int32_t high0 = c->bias[1], high1 = high0, high2 = high0, high3 = high0;
  const int32_t step = p->dilation_width * p->channels;
  for (int32_t ky = rows.begin; ky < rows.end; ky++) {
    const int16_t *in = input + ky * p->dilation_height * p->input_width * p->channels;
    const int16_t *w = c->filter + 2 * ky * p->filter_width;
    for (const int16_t *const end = w + 2 * p->filter_width; w != end; w += 2) {
      const uint32_t b = td_load_word(w);
      uint32_t a = td_load_word(in);
      low0 = multiply_low(a, b, low0);
      high0 = multiply_high(a, b, high0);
      a = td_load_word(in + next);
      low1 = multiply_low(a, b, low1);
      high1 = multiply_high(a, b, high1);
      a = td_load_word(in + 2 * next);
      low2 = multiply_low(a, b, low2);
      high2 = multiply_high(a, b, high2);
      a = td_load_word(in + 3 * next);
      low3 = multiply_low(a, b, low3);
      high3 = multiply_high(a, b, high3);
      in += step;
    }
  }
  finish(c, low0, high0, output);
  finish(c, low1, high1, output + p->channels);
  finish(c, low2, high2, output + 2 * p->channels);
  finish(c, low3, high3, output + 3 * p->channels);
}

/* Two channels of one row of outputs; `input` is the first one's, at row `y0`, column 0. */
static void convolve_row(const td_depthwise_packed_s16_params *p, const channels_2 *c,
                         const int16_t *input, td_taps rows, int16_t *output) {
  const int32_t stride = p->stride_width;
  const int32_t reach = (p->filter_width - 1) * p->dilation_width + (OUTPUTS - 1) * stride;
  for (int32_t x = 0; x < p->output_width;) {
    const int32_t x0 = x * stride - p->pad_left;
    int16_t *const out = output + x * p->channels;
    if (x0 >= 0 && x + OUTPUTS <= p->output_width && x0 + reach < p->input_width) {
      four(p, c, input + x0 * p->channels, rows, stride * p->channels, out);
      x += OUTPUTS;
    } else {
      const td_taps columns =
          td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
      one(p, c, input + x0 * p->channels, rows, columns, out);
      x++;
    }
  }
}

void td_depthwise_packed_s16(const td_depthwise_packed_s16_params *p, const int16_t *input,
                             const int16_t *filter, const int32_t *bias, int16_t *output) {
  const int32_t taps = p->filter_height * p->filter_width;
  for (int32_t y = 0; y < p->output_height; y++) {
    const int32_t y0 = y * p->stride_height - p->pad_top;
    const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
    const int16_t *const in = input + y0 * p->input_width * p->channels;
    for (int32_t k = 0; k < p->channels; k += 2) {
      channels_2 c = {.filter = filter + k * taps,
                      .bias = {bias[k], bias[k + 1]},
                      .multiplier = {p->multiplier[k], p->multiplier[k + 1]},
                      .shift = {0, 0},
                      .activation_min = p->activation_min,
                      .activation_max = p->activation_max};
      if (p->shift) {
        c.shift[0] = p->shift[k];
        c.shift[1] = p->shift[k + 1];
      }
      convolve_row(p, &c, in + k, rows, output + k);
    }
    output += p->output_width * p->channels;
  }
}
