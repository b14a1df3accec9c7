/* The body of the float32 convolutions, which differ in how weights lie in flash: the including
 * file defines TD_PARAMS, TD_WEIGHT (their type), TD_VALUE(w) (a weight as a float), TD_QUAD(w)
 * (the td_quad at *w, which goes on behind it) and TD_SCALED(p, sum, channel) (a sum as it is added
 * to the bias).
 *
 * filter: in each group of channels those that come in fours, the four weights of a tap side by
 * side: [groups][fours][height][width][filter_channels][4]. Then each group's channels that are
 * left over: [groups][rest][height][width][filter_channels].
 *
 * Up to four pixels and four channels are one step, so that each value that is loaded is used more
 * than once.
 */
#include "td_float.h"
#include "td_window.h"

typedef struct {
  const float *input; /* the first tap inside the image, of the first pixel */
  int32_t next;       /* to the second pixel's */
  int32_t input_row;  /* to the next row of taps */
  int32_t input_step; /* to the next run of taps in a row */
  int32_t first;      /* the first tap inside, in the filter */
  int32_t filter_row;
  int32_t rows;
  int32_t runs;
  int32_t run;
} td_float_walk;

/* Four channels of `pixels` pixels, a constant where this is inlined: sums[pixel][channel]. */
static inline __attribute__((always_inline)) void
block(const td_float_walk *w, const TD_WEIGHT *filter, int32_t pixels, float *sums) {
  float sum[4][4] = {{0.0f}};
  for (int32_t ky = 0; ky < w->rows; ky++) {
    const float *in = w->input + ky * w->input_row;
    const TD_WEIGHT *weights = filter + 4 * (w->first + ky * w->filter_row);
    for (int32_t i = 0; i < w->runs; i++, in += w->input_step) {
      const float *x[4];
#pragma GCC unroll 4
      for (int32_t k = 0; k < pixels; k++) {
        x[k] = in + k * w->next;
      }
      for (const TD_WEIGHT *end = weights + 4 * w->run; weights != end;) {
        const td_quad quad = TD_QUAD(&weights);
#pragma GCC unroll 4
        for (int32_t k = 0; k < pixels; k++) {
          const float value = *x[k]++;
          sum[k][0] = td_mac(sum[k][0], value, quad.first);
          sum[k][1] = td_mac(sum[k][1], value, quad.second);
          sum[k][2] = td_mac(sum[k][2], value, quad.third);
          sum[k][3] = td_mac(sum[k][3], value, quad.fourth);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int32_t k = 0; k < pixels; k++) {
#pragma GCC unroll 4
    for (int32_t c = 0; c < 4; c++) {
      sums[4 * k + c] = sum[k][c];
    }
  }
}

/* Functions of their own, so that each has the registers for itself. */
__attribute__((noinline)) static void four_by_four(const td_float_walk *w, const TD_WEIGHT *filter,
                                                   float *sums) {
  block(w, filter, 4, sums);
}

__attribute__((noinline)) static void two_by_four(const td_float_walk *w, const TD_WEIGHT *filter,
                                                  float *sums) {
  block(w, filter, 2, sums);
}

__attribute__((noinline)) static void one_by_four(const td_float_walk *w, const TD_WEIGHT *filter,
                                                  float *sums) {
  block(w, filter, 1, sums);
}

static float one_by_one(const td_float_walk *w, const TD_WEIGHT *filter) {
  float sum = 0.0f;
  for (int32_t ky = 0; ky < w->rows; ky++) {
    const float *in = w->input + ky * w->input_row;
    const TD_WEIGHT *weight = filter + w->first + ky * w->filter_row;
    for (int32_t i = 0; i < w->runs; i++, in += w->input_step) {
      const float *x = in;
      const TD_WEIGHT *const end = weight + w->run;
      const int32_t aligned = (uintptr_t)weight % 4 == 0;
      for (int32_t left = aligned ? w->run / 4 : 0; left != 0; left--) {
        const td_quad four = TD_QUAD(&weight);
        const td_quad values = td_quad_values(&x);
        sum = td_mac(sum, values.first, four.first);
        sum = td_mac(sum, values.second, four.second);
        sum = td_mac(sum, values.third, four.third);
        sum = td_mac(sum, values.fourth, four.fourth);
      }
      while (weight != end) {
        const float value = *x++;
        sum = td_mac(sum, value, TD_VALUE(*weight));
        weight++;
      }
    }
  }
  return sum;
}

static float finish(const TD_PARAMS *p, float sum, const float *bias, int32_t channel) {
  return td_limit(TD_SCALED(p, sum, channel) + bias[channel], p->activation_min, p->activation_max);
}

static void finish_four(const TD_PARAMS *p, const float *sums, const float *bias, int32_t channel,
                        float *output) {
  output += channel;
  output[0] = finish(p, sums[0], bias, channel);
  output[1] = finish(p, sums[1], bias, channel + 1);
  output[2] = finish(p, sums[2], bias, channel + 2);
  output[3] = finish(p, sums[3], bias, channel + 3);
}

/* One group's channels of one, two or four pixels, the first of them `channel`. */
static void group_of_channels(const TD_PARAMS *p, const td_float_walk *w, const TD_WEIGHT *fours,
                              const TD_WEIGHT *rest, const float *bias, int32_t channel,
                              int32_t channels, int32_t pixels, float *output) {
  const int32_t size = p->filter_height * p->filter_width * p->filter_channels;
  const int32_t end = channel + channels;
  for (; channel + 4 <= end; channel += 4, fours += 4 * size) {
    float sums[16];
    if (pixels == 4) {
      four_by_four(w, fours, sums);
    } else if (pixels == 2) {
      two_by_four(w, fours, sums);
    } else {
      one_by_four(w, fours, sums);
    }
    for (int32_t k = 0; k < pixels; k++) {
      finish_four(p, sums + 4 * k, bias, channel, output + k * p->output_channels);
    }
  }
  td_float_walk each = *w;
  for (; channel < end; channel++, rest += size) {
    each.input = w->input;
    for (int32_t k = 0; k < pixels; k++, each.input += w->next) {
      output[k * p->output_channels + channel] = finish(p, one_by_one(&each, rest), bias, channel);
    }
  }
}

/* How many pixels from the one at `x0` are one step: their windows meet the image alike. */
static int32_t pixels_alike(const TD_PARAMS *p, td_taps columns, int32_t x0, int32_t left) {
  int32_t pixels = 4;
  for (; pixels > 1; pixels /= 2) {
    const td_taps last = td_taps_inside(x0 + (pixels - 1) * p->stride_width, p->dilation_width,
                                        p->filter_width, p->input_width);
    if (pixels <= left && columns.begin == last.begin && columns.end == last.end) {
      break;
    }
  }
  return pixels;
}

/* One output row. */
static void convolve_row(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                         const float *bias, int32_t y0, float *output) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const int32_t groups = p->input_channels / p->filter_channels;
  const int32_t each = p->output_channels / groups;
  const int32_t size = p->filter_height * p->filter_width * p->filter_channels;
  const int32_t dense = p->dilation_width == 1 && groups == 1;
  for (int32_t x = 0; x < p->output_width;) {
    const int32_t x0 = x * p->stride_width - p->pad_left;
    const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
    const int32_t pixels = pixels_alike(p, columns, x0, p->output_width - x);
    const int32_t taps = columns.end - columns.begin;
    td_float_walk w;
    w.next = p->stride_width * p->input_channels;
    w.input_row = p->dilation_height * p->input_width * p->input_channels;
    w.input_step = p->dilation_width * p->input_channels;
    w.filter_row = p->filter_width * p->filter_channels;
    w.first = rows.begin * w.filter_row + columns.begin * p->filter_channels;
    w.rows = rows.end - rows.begin;
    w.runs = dense ? 1 : taps;
    w.run = dense ? taps * p->filter_channels : p->filter_channels;
    const int32_t top = y0 + rows.begin * p->dilation_height;
    const int32_t left = x0 + columns.begin * p->dilation_width;
    const float *in = input + (top * p->input_width + left) * p->input_channels;
    for (int32_t g = 0; g < groups; g++) {
      const TD_WEIGHT *fours = filter + g * (each & ~3) * size;
      const TD_WEIGHT *rest = filter + (groups * (each & ~3) + g * (each & 3)) * size;
      w.input = in + g * p->filter_channels;
      group_of_channels(p, &w, fours, rest, bias, g * each, each, pixels, output);
    }
    output += pixels * p->output_channels;
    x += pixels;
  }
}

static void convolve(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                     const float *bias, float *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      convolve_row(p, input, filter, bias, y * p->stride_height - p->pad_top, output);
      output += p->output_width * p->output_channels;
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
