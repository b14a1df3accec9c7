#include "td_depthwise_conv_2d_s4.h"

#include "td_fixedpoint.h"
#include "td_window.h"

/* Weight `index` of a filter: two lie in a byte, the first in its low half. */
static int32_t weight_at(const int8_t *filter, int32_t index) {
  const int32_t byte = (uint8_t)filter[index / 2];
  return ((index % 2 ? byte >> 4 : byte & 15) ^ 8) - 8;
}

/* One output value before bias: `input` is the image's first pixel at the input channel. */
TD_NOINLINE static int32_t accumulate(const td_depthwise_conv_2d_s4_params *p, const int8_t *input,
                                      const int8_t *filter, int32_t channel, int32_t y0, int32_t x0,
                                      td_taps rows, td_taps columns) {
  const int32_t input_offset = p->input_offset;
  const int32_t filter_step = p->input_channels * p->depth_multiplier;
  const int32_t input_step = p->dilation_width * p->input_channels;
  int32_t sum = 0;
  for (int32_t ky = rows.begin; ky < rows.end; ky++) {
    const int32_t y = y0 + ky * p->dilation_height;
    const int32_t x = x0 + columns.begin * p->dilation_width;
    const int8_t *in = input + (y * p->input_width + x) * p->input_channels;
    int32_t weight = (ky * p->filter_width + columns.begin) * filter_step + channel;
    for (int32_t kx = columns.begin; kx < columns.end; kx++) {
      sum += weight_at(filter, weight) * (*in + input_offset);
      in += input_step;
      weight += filter_step;
    }
  }
  return sum;
}

/* All channels of one output pixel; `input` is the image's first pixel. */
static void convolve_pixel(const td_depthwise_conv_2d_s4_params *p, const int8_t *input,
                           const int8_t *filter, const int32_t *bias, int32_t y0, int32_t x0,
                           int8_t *output) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
  int32_t channel = 0;
  for (int32_t c = 0; c < p->input_channels; c++) {
    for (int32_t m = 0; m < p->depth_multiplier; m++, channel++) {
      int32_t acc = accumulate(p, input + c, filter, channel, y0, x0, rows, columns);
      acc = td_wrap_add(acc, bias[channel]);
      acc = td_requantize(acc, p->multiplier[channel], p->shift[channel]);
      acc = td_wrap_add(acc, p->output_offset);
      output[channel] = (int8_t)td_clamp(acc, p->activation_min, p->activation_max);
    }
  }
}

void td_depthwise_conv_2d_s4(const td_depthwise_conv_2d_s4_params *p, const int8_t *input,
                             const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        convolve_pixel(p, input, filter, bias, y * p->stride_height - p->pad_top,
                       x * p->stride_width - p->pad_left, output);
        output += p->input_channels * p->depth_multiplier;
      }
    }
    input += input_size;
  }
}
