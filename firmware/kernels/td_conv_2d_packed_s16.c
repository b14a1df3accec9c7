#include "td_conv_2d_packed_s16.h"

#include <string.h>

#include "td_pixel_pairs_s16.h"
#include "td_windows_s16.h"

void td_conv_2d_packed_s16(const td_conv_2d_packed_s16_params *p, const int16_t *input,
                           const int8_t *filter, const int32_t *bias, int16_t *output,
                           void *scratch) {
  const td_windows_s16_params windows = {.input_height = p->input_height,
                                         .input_width = p->input_width,
                                         .input_channels = p->input_channels,
                                         .filter_height = p->filter_height,
                                         .filter_width = p->filter_width,
                                         .dilation_height = p->dilation_height,
                                         .dilation_width = p->dilation_width};
  uint32_t *acts = (uint32_t *)scratch;
  td_pixel_pairs block;
  memset(&block, 0, sizeof block);
  block.acts = acts;
  block.bias = bias;
  block.bias_end = bias + ((p->output_channels + 1) & ~1);
  block.multiplier = block.multipliers = p->multiplier;
  block.mode = p->mode;
  block.filter = filter;
  block.step = 2 * p->output_channels;
  block.pixels = TD_PIXELS;
  block.channels = p->output_channels;
  block.shift = p->shift;
  block.activation_min = p->activation_min;
  block.activation_max = p->activation_max;
  td_pixel_pairs_s16_prepare(&block,
                             (p->filter_height * p->filter_width * p->input_channels + 3) / 4);
  const int32_t stride = p->stride_width;
  const int32_t right = p->output_width * stride - p->pad_left;
  const int32_t even = p->input_channels % 2 == 0 && p->dilation_width == 1;
  int32_t y = -p->pad_top;
  int32_t x = -p->pad_left;
  for (int32_t left = p->output_height * p->output_width; left > 0; left -= TD_PIXELS) {
    if (left < TD_PIXELS) {
      block.pixels = left;
      block.mode = TD_PAIRS_ANY;
    }
    const int32_t last_row = y + (p->filter_height - 1) * p->dilation_height;
    const int32_t last_x = x + (TD_PIXELS - 1) * stride;
    if (even && x >= 0 && last_x < right && last_x + p->filter_width <= p->input_width && y >= 0 &&
        last_row < p->input_height) {
      td_windows_inside_s16(&windows, input, y, x, stride, acts);
      x = last_x + stride;
    } else {
      for (int32_t i = 0; i < block.pixels; i++, x += stride) {
        if (x >= right) {
          x = -p->pad_left;
          y += p->stride_height;
        }
        td_window_s16(&windows, input, y, x, acts + i);
      }
    }
    if (x >= right) {
      x = -p->pad_left;
      y += p->stride_height;
    }
    td_pixel_pairs_s16(&block, output);
    output += TD_PIXELS * p->output_channels;
  }
}
