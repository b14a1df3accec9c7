#include "td_conv_2d_s16.h"

#include "td_fixedpoint.h"
#include "td_wide.h"
#include "td_window.h"

/* One output value before bias: `input` is the image's first pixel at the group's first channel.
 * A row of taps without gaps in the image, as it has none in the filter, is one run. */
TD_NOINLINE static int64_t accumulate(const td_conv_2d_s16_params *p, const int16_t *input,
                                      const int8_t *filter, int32_t y0, int32_t x0, td_taps rows,
                                      td_taps columns) {
  const int32_t depth = p->filter_channels;
  const int32_t taps = columns.end - columns.begin;
  const int32_t dense = p->dilation_width == 1 && depth == p->input_channels;
  const int32_t run = dense ? taps * depth : depth;
  const int32_t runs = dense ? 1 : taps;
  const int32_t step = p->dilation_width * p->input_channels;
  int64_t sum = 0;
  for (int32_t ky = rows.begin; ky < rows.end; ky++) {
    const int32_t y = y0 + ky * p->dilation_height;
    const int32_t x = x0 + columns.begin * p->dilation_width;
    const int16_t *in = input + (y * p->input_width + x) * p->input_channels;
    const int8_t *weight = filter + (ky * p->filter_width + columns.begin) * depth;
    for (int32_t i = 0; i < runs; i++) {
      sum += td_dot_wide(weight, in, run);
      in += step;
      weight += run;
    }
  }
  return sum;
}

/* All channels of one output pixel. */
static void convolve_pixel(const td_conv_2d_s16_params *p, const int16_t *input,
                           const int8_t *filter, const int64_t *bias, int32_t y0, int32_t x0,
                           int16_t *output) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
  const int32_t filter_size = p->filter_height * p->filter_width * p->filter_channels;
  const int32_t groups = p->input_channels / p->filter_channels;
  const int32_t filters_per_group = p->output_channels / groups;
  int32_t channel = 0;
  for (int32_t group = 0; group < groups; group++) {
    const int16_t *in = input + group * p->filter_channels;
    for (int32_t i = 0; i < filters_per_group; i++, channel++) {
      const int64_t sum =
          accumulate(p, in, filter + channel * filter_size, y0, x0, rows, columns) + bias[channel];
      const int32_t scaled =
          td_requantize_sum(sum, p->multiplier[channel], p->shift[channel], p->narrow);
      output[channel] = (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
    }
  }
}

void td_conv_2d_s16(const td_conv_2d_s16_params *p, const int16_t *input, const int8_t *filter,
                    const int64_t *bias, int16_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        convolve_pixel(p, input, filter, bias, y * p->stride_height - p->pad_top,
                       x * p->stride_width - p->pad_left, output);
        output += p->output_channels;
      }
    }
    input += input_size;
  }
}
