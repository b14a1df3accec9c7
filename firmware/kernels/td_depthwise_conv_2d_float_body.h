/* The body of the float32 depthwise convolutions; what the including file defines is told in
 * td_conv_2d_float_body.h; and TD_EVEN, of which the channels are a multiple where TD_QUAD takes
 * four of them. Four channels at a time where each has one filter. */
#include "td_float.h"
#include "td_window.h"

typedef struct {
  int32_t rows; /* of taps inside the image, and how many in each */
  int32_t columns;
  int32_t input; /* the first of them, and from one row of them to the next */
  int32_t input_row;
  int32_t filter;
  int32_t filter_row;
} td_float_window;

__attribute__((noinline)) static void four_channels(const TD_PARAMS *p, const td_float_window *at,
                                                    const float *input, const TD_WEIGHT *filter,
                                                    float *sums) {
  const int32_t step = p->dilation_width * p->input_channels - 4;
  const int32_t rest = p->input_channels - 4;
  float a = 0.0f;
  float b = 0.0f;
  float c = 0.0f;
  float d = 0.0f;
  input += at->input;
  filter += at->filter;
  for (int32_t ky = at->rows; ky > 0; ky--) {
    const float *in = input;
    const TD_WEIGHT *w = filter;
    for (int32_t kx = at->columns; kx > 0; kx--) {
      const td_quad weights = TD_QUAD(&w);
      const td_quad x = td_quad_values(&in);
      a = td_mac(a, x.first, weights.first);
      b = td_mac(b, x.second, weights.second);
      c = td_mac(c, x.third, weights.third);
      d = td_mac(d, x.fourth, weights.fourth);
      in += step;
      w += rest;
    }
    input += at->input_row;
    filter += at->filter_row;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

static float one_channel(const TD_PARAMS *p, const td_float_window *at, const float *input,
                         const TD_WEIGHT *filter) {
  const int32_t step = p->dilation_width * p->input_channels;
  const int32_t channels = p->input_channels * p->depth_multiplier;
  float sum = 0.0f;
  input += at->input;
  filter += at->filter;
  for (int32_t ky = at->rows; ky > 0; ky--) {
    const float *in = input;
    const TD_WEIGHT *w = filter;
    for (int32_t kx = at->columns; kx > 0; kx--) {
      sum = td_mac(sum, *in, TD_VALUE(*w));
      in += step;
      w += channels;
    }
    input += at->input_row;
    filter += at->filter_row;
  }
  return sum;
}

static float finish(const TD_PARAMS *p, float sum, const float *bias, int32_t channel) {
  return td_limit(TD_SCALED(p, sum, channel) + bias[channel], p->activation_min, p->activation_max);
}

static void convolve_pixel(const TD_PARAMS *p, const td_float_window *at, const float *input,
                           const TD_WEIGHT *filter, const float *bias, float *output) {
  int32_t c = 0;
  const int32_t fours = p->depth_multiplier == 1 && p->input_channels % TD_EVEN == 0;
  for (; fours && c + 4 <= p->input_channels; c += 4) {
    float sums[4];
    four_channels(p, at, input + c, filter + c, sums);
    output[c] = finish(p, sums[0], bias, c);
    output[c + 1] = finish(p, sums[1], bias, c + 1);
    output[c + 2] = finish(p, sums[2], bias, c + 2);
    output[c + 3] = finish(p, sums[3], bias, c + 3);
  }
  for (; c < p->input_channels; c++) {
    for (int32_t m = 0; m < p->depth_multiplier; m++) {
      const int32_t channel = c * p->depth_multiplier + m;
      output[channel] = finish(p, one_channel(p, at, input + c, filter + channel), bias, channel);
    }
  }
}

static td_float_window window_at(const TD_PARAMS *p, int32_t y0, int32_t x0) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
  const int32_t channels = p->input_channels * p->depth_multiplier;
  const int32_t y = y0 + rows.begin * p->dilation_height;
  const int32_t x = x0 + columns.begin * p->dilation_width;
  td_float_window at;
  at.rows = rows.end - rows.begin;
  at.columns = columns.end - columns.begin;
  at.input = (y * p->input_width + x) * p->input_channels;
  at.input_row = p->dilation_height * p->input_width * p->input_channels;
  at.filter = (rows.begin * p->filter_width + columns.begin) * channels;
  at.filter_row = p->filter_width * channels;
  return at;
}

static void convolve(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                     const float *bias, float *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        const td_float_window at =
            window_at(p, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left);
        convolve_pixel(p, &at, input, filter, bias, output);
        output += p->input_channels * p->depth_multiplier;
      }
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
