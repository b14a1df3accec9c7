/* The body of the float32 transposed convolutions; what the including file defines is told in
 * td_conv_2d_float_body.h. Each output gathers the inputs whose taps reach it. */
#include "td_float.h"

static float gather(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter, int32_t y,
                    int32_t x) {
  const int32_t channels = p->input_channels;
  float sum = 0.0f;
  for (int32_t ky = 0; ky < p->filter_height; ky++) {
    const int32_t below = y + p->pad_top - ky;
    const int32_t row = below / p->stride_height;
    if (below < 0 || below % p->stride_height != 0 || row >= p->input_height) {
      continue;
    }
    for (int32_t kx = 0; kx < p->filter_width; kx++) {
      const int32_t right = x + p->pad_left - kx;
      const int32_t column = right / p->stride_width;
      if (right < 0 || right % p->stride_width != 0 || column >= p->input_width) {
        continue;
      }
      const float *in = input + (row * p->input_width + column) * channels;
      const TD_WEIGHT *weight = filter + (ky * p->filter_width + kx) * channels;
      for (int32_t c = 0; c < channels; c++) {
        sum = td_mac(sum, in[c], TD_VALUE(weight[c]));
      }
    }
  }
  return sum;
}

static void convolve(const TD_PARAMS *p, const float *input, const TD_WEIGHT *filter,
                     const float *bias, float *output) {
  const int32_t size = p->filter_height * p->filter_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        for (int32_t c = 0; c < p->output_channels; c++) {
          const float sum = gather(p, input, filter + c * size, y, x);
          *output++ =
              td_limit(TD_SCALED(p, sum, c) + bias[c], p->activation_min, p->activation_max);
        }
      }
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
