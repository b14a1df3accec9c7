/* The body of the float32 depthwise convolutions; what the including file defines is told in
 * td_conv_2d_float_body.h. Four channels at a time where each has one filter. */
#include "td_float.h"
#include "td_window.h"

typedef struct {
  td_taps rows;
  td_taps columns;
  int32_t y0;
  int32_t x0;
} td_float_window;

static const float *image_row(const TD_PARAMS *p, const td_float_window *at, const float *input,
                              int32_t ky) {
  const int32_t y = at->y0 + ky * p->dilation_height;
  const int32_t x = at->x0 + at->columns.begin * p->dilation_width;
  return input + (y * p->input_width + x) * p->input_channels;
}

static void four_channels(const TD_PARAMS *p, const td_float_window *at, const float *input,
                          const TD_WEIGHT *filter, float *sums) {
  const int32_t step = p->dilation_width * p->input_channels;
  float a = 0.0f;
  float b = 0.0f;
  float c = 0.0f;
  float d = 0.0f;
  for (int32_t ky = at->rows.begin; ky < at->rows.end; ky++) {
    const float *in = image_row(p, at, input, ky);
    const TD_WEIGHT *w = filter + (ky * p->filter_width + at->columns.begin) * p->input_channels;
    for (int32_t kx = at->columns.begin; kx < at->columns.end; kx++) {
      a = td_mac(a, in[0], TD_VALUE(w[0]));
      b = td_mac(b, in[1], TD_VALUE(w[1]));
      c = td_mac(c, in[2], TD_VALUE(w[2]));
      d = td_mac(d, in[3], TD_VALUE(w[3]));
      in += step;
      w += p->input_channels;
    }
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

static float one_channel(const TD_PARAMS *p, const td_float_window *at, const float *input,
                         const TD_WEIGHT *filter) {
  const int32_t channels = p->input_channels * p->depth_multiplier;
  float sum = 0.0f;
  for (int32_t ky = at->rows.begin; ky < at->rows.end; ky++) {
    const float *in = image_row(p, at, input, ky);
    const TD_WEIGHT *w = filter + (ky * p->filter_width + at->columns.begin) * channels;
    for (int32_t kx = at->columns.begin; kx < at->columns.end; kx++) {
      sum = td_mac(sum, *in, TD_VALUE(*w));
      in += p->dilation_width * p->input_channels;
      w += channels;
    }
  }
  return sum;
}

static float finish(const TD_PARAMS *p, float sum, const float *bias, int32_t channel) {
  return td_limit(TD_SCALED(p, sum, channel) + bias[channel], p->activation_min, p->activation_max);
}

static void convolve_pixel(const TD_PARAMS *p, const td_float_window *at, const float *input,
                           const TD_WEIGHT *filter, const float *bias, float *output) {
  int32_t c = 0;
  for (; p->depth_multiplier == 1 && c + 4 <= p->input_channels; c += 4) {
    float sums[4];
    four_channels(p, at, input + c, filter + c, sums);
    for (int32_t k = 0; k < 4; k++) {
      output[c + k] = finish(p, sums[k], bias, c + k);
    }
  }
  for (; c < p->input_channels; c++) {
    for (int32_t m = 0; m < p->depth_multiplier; m++) {
      const int32_t channel = c * p->depth_multiplier + m;
      output[channel] = finish(p, one_channel(p, at, input + c, filter + channel), bias, channel);
    }
  }
}

static void convolve(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                     const float *bias, float *output) {
  td_float_window at;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      at.y0 = y * p->stride_height - p->pad_top;
      at.rows = td_taps_inside(at.y0, p->dilation_height, p->filter_height, p->input_height);
      for (int32_t x = 0; x < p->output_width; x++) {
        at.x0 = x * p->stride_width - p->pad_left;
        at.columns = td_taps_inside(at.x0, p->dilation_width, p->filter_width, p->input_width);
        convolve_pixel(p, &at, input, filter, bias, output);
        output += p->input_channels * p->depth_multiplier;
      }
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
