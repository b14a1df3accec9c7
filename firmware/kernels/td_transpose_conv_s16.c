#include "td_transpose_conv_s16.h"

#include "td_fixedpoint.h"
#include "td_wide.h"

/* The taps that reach one output row or column: first, first + stride, … of `count`, from input
 * pixels at, at - 1, … */
typedef struct {
  int32_t first;
  int32_t count;
  int32_t at;
} taps;

static taps taps_of(int32_t output, int32_t stride, int32_t filter_size, int32_t input_size) {
  taps found;
  found.first = output % stride;
  found.at = output / stride;
  if (found.at >= input_size) {
    const int32_t skipped = found.at - (input_size - 1);
    found.first += skipped * stride;
    found.at -= skipped;
  }
  found.count = found.first < filter_size ? (filter_size - 1 - found.first) / stride + 1 : 0;
  if (found.count > found.at + 1) {
    found.count = found.at + 1;
  }
  return found;
}

/* One output value before bias; `filter` is that of its channel. */
TD_NOINLINE static int64_t accumulate(const td_transpose_conv_s16_params *p, const int16_t *input,
                                      const int8_t *filter, taps rows, taps columns) {
  const int32_t depth = p->input_channels;
  int64_t sum = 0;
  for (int32_t i = 0; i < rows.count; i++) {
    const int32_t tap_row = (rows.first + i * p->stride_height) * p->filter_width;
    const int16_t *row = input + (rows.at - i) * p->input_width * depth;
    for (int32_t j = 0; j < columns.count; j++) {
      const int16_t *in = row + (columns.at - j) * depth;
      const int8_t *weight = filter + (tap_row + columns.first + j * p->stride_width) * depth;
      sum += td_dot_wide(weight, in, depth);
    }
  }
  return sum;
}

void td_transpose_conv_s16(const td_transpose_conv_s16_params *p, const int16_t *input,
                           const int8_t *filter, const int64_t *bias, int16_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->input_channels;
  const int32_t filter_size = p->filter_height * p->filter_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      const taps rows =
          taps_of(y + p->pad_top, p->stride_height, p->filter_height, p->input_height);
      for (int32_t x = 0; x < p->output_width; x++) {
        const taps columns =
            taps_of(x + p->pad_left, p->stride_width, p->filter_width, p->input_width);
        for (int32_t channel = 0; channel < p->output_channels; channel++) {
          const int64_t sum =
              accumulate(p, input, filter + channel * filter_size, rows, columns) + bias[channel];
          const int32_t scaled = td_requantize_wide(sum, p->multiplier[channel], p->shift[channel]);
          *output++ = (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
        }
      }
    }
    input += input_size;
  }
}
