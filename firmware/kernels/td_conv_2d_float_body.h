/* The body of the float32 convolutions, which differ in how weights lie in flash: the including
 * file defines TD_PARAMS, TD_WEIGHT (their type), TD_VALUE(w) (a weight as a float) and
 * TD_SCALED(p, sum, channel) (a sum as it is added to the bias).
 *
 * Two pixels and four channels at a time, so that each value that is loaded is used more than once.
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

#define TD_FOUR(sum, x)                                                                            \
  sum[0] = td_mac(sum[0], x, v0);                                                                  \
  sum[1] = td_mac(sum[1], x, v1);                                                                  \
  sum[2] = td_mac(sum[2], x, v2);                                                                  \
  sum[3] = td_mac(sum[3], x, v3)

static void two_by_four(const td_float_walk *w, const TD_WEIGHT *filter, int32_t size,
                        float *sums) {
  float a[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  float b[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int32_t ky = 0; ky < w->rows; ky++) {
    const float *in = w->input + ky * w->input_row;
    const TD_WEIGHT *w0 = filter + w->first + ky * w->filter_row;
    for (int32_t i = 0; i < w->runs; i++, in += w->input_step) {
      const TD_WEIGHT *w1 = w0 + size;
      const TD_WEIGHT *w2 = w1 + size;
      const TD_WEIGHT *w3 = w2 + size;
      const float *x0 = in;
      const float *x1 = in + w->next;
      for (const TD_WEIGHT *end = w0 + w->run; w0 != end;) {
        const float v0 = TD_VALUE(*w0++);
        const float v1 = TD_VALUE(*w1++);
        const float v2 = TD_VALUE(*w2++);
        const float v3 = TD_VALUE(*w3++);
        const float left = *x0++;
        TD_FOUR(a, left);
        const float right = *x1++;
        TD_FOUR(b, right);
      }
    }
  }
  for (int32_t k = 0; k < 4; k++) {
    sums[k] = a[k];
    sums[4 + k] = b[k];
  }
}

static void one_by_four(const td_float_walk *w, const TD_WEIGHT *filter, int32_t size,
                        float *sums) {
  float a[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int32_t ky = 0; ky < w->rows; ky++) {
    const float *in = w->input + ky * w->input_row;
    const TD_WEIGHT *w0 = filter + w->first + ky * w->filter_row;
    for (int32_t i = 0; i < w->runs; i++, in += w->input_step) {
      const TD_WEIGHT *w1 = w0 + size;
      const TD_WEIGHT *w2 = w1 + size;
      const TD_WEIGHT *w3 = w2 + size;
      const float *x0 = in;
      for (const TD_WEIGHT *end = w0 + w->run; w0 != end;) {
        const float v0 = TD_VALUE(*w0++);
        const float v1 = TD_VALUE(*w1++);
        const float v2 = TD_VALUE(*w2++);
        const float v3 = TD_VALUE(*w3++);
        const float x = *x0++;
        TD_FOUR(a, x);
      }
    }
  }
  for (int32_t k = 0; k < 4; k++) {
    sums[k] = a[k];
  }
}

static float one_by_one(const td_float_walk *w, const TD_WEIGHT *filter) {
  float sum = 0.0f;
  for (int32_t ky = 0; ky < w->rows; ky++) {
    const float *in = w->input + ky * w->input_row;
    const TD_WEIGHT *weight = filter + w->first + ky * w->filter_row;
    for (int32_t i = 0; i < w->runs; i++, in += w->input_step) {
      for (int32_t c = 0; c < w->run; c++) {
        sum = td_mac(sum, in[c], TD_VALUE(weight[c]));
      }
      weight += w->run;
    }
  }
  return sum;
}

static float finish(const TD_PARAMS *p, float sum, const float *bias, int32_t channel) {
  return td_limit(TD_SCALED(p, sum, channel) + bias[channel], p->activation_min, p->activation_max);
}

/* `channels` channels of one or two pixels, the first of them `channel`. */
static void group_of_channels(const TD_PARAMS *p, const td_float_walk *w, const TD_WEIGHT *filter,
                              const float *bias, int32_t channel, int32_t channels, int32_t pixels,
                              float *output) {
  const int32_t size = p->filter_height * p->filter_width * p->filter_channels;
  const int32_t end = channel + channels;
  for (; channel + 4 <= end; channel += 4) {
    float sums[8];
    if (pixels == 2) {
      two_by_four(w, filter + channel * size, size, sums);
    } else {
      one_by_four(w, filter + channel * size, size, sums);
    }
    for (int32_t k = 0; k < 4 * pixels; k++) {
      const int32_t c = channel + (k & 3);
      output[(k >> 2) * p->output_channels + c] = finish(p, sums[k], bias, c);
    }
  }
  td_float_walk each = *w;
  for (; channel < end; channel++) {
    for (int32_t k = 0; k < pixels; k++) {
      each.input = w->input + k * w->next;
      output[k * p->output_channels + channel] =
          finish(p, one_by_one(&each, filter + channel * size), bias, channel);
    }
  }
}

/* One output row. Two neighbours whose windows meet the image alike are one step. */
static void convolve_row(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                         const float *bias, int32_t y0, float *output) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const int32_t groups = p->input_channels / p->filter_channels;
  const int32_t each = p->output_channels / groups;
  const int32_t dense = p->dilation_width == 1 && groups == 1;
  for (int32_t x = 0; x < p->output_width;) {
    const int32_t x0 = x * p->stride_width - p->pad_left;
    const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
    const td_taps after =
        td_taps_inside(x0 + p->stride_width, p->dilation_width, p->filter_width, p->input_width);
    const int32_t alike = columns.begin == after.begin && columns.end == after.end;
    const int32_t pixels = alike && x + 1 < p->output_width ? 2 : 1;
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
      w.input = in + g * p->filter_channels;
      group_of_channels(p, &w, filter, bias, g * each, each, pixels, output);
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
