#include "td_conv_2d_packed_s4.h"

#include <string.h>

#include "td_lanes_s4.h"
#include "td_pixel_pairs_s4.h"
#include "td_window_bytes.h"

void td_conv_2d_packed_s4(const td_conv_2d_packed_s4_params *p, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output,
                          void *scratch) {
  const td_window_bytes_params windows = {.input_height = p->input_height,
                                          .input_width = p->input_width,
                                          .input_channels = p->input_channels,
                                          .filter_height = p->filter_height,
                                          .filter_width = p->filter_width,
                                          .dilation_height = p->dilation_height,
                                          .dilation_width = p->dilation_width,
                                          .padding = p->input_zero_point};
  const int32_t taps = p->filter_height * p->filter_width * p->input_channels;
  const int32_t groups = (taps + TD_NIBBLE_GROUP - 1) / TD_NIBBLE_GROUP;
  uint32_t *const acts = (uint32_t *)scratch;
  td_pixel_pairs_s4 block;
  memset(&block, 0, sizeof block);
  block.acts = acts;
  block.bias = bias;
  block.bias_end = bias + ((p->output_channels + 1) & ~1);
  block.multiplier = block.multipliers = p->multiplier;
  block.shift = block.shifts = p->shift;
  block.round = 2 * p->output_offset + 1;
  block.mode = p->mode;
  block.filter = filter;
  block.step = p->output_channels;
  block.pixels = TD_PIXELS;
  block.channels = p->output_channels;
  block.output_offset = p->output_offset;
  block.activation_min = p->activation_min;
  block.activation_max = p->activation_max;
  td_pixel_pairs_s4_prepare(&block, groups);
  int8_t *const window = (int8_t *)(acts + 4 * TD_PIXELS * groups);
  const int32_t right = p->output_width * p->stride_width - p->pad_left;
  int32_t y = -p->pad_top;
  int32_t x = -p->pad_left;
  for (int32_t i = taps; i < TD_NIBBLE_GROUP * groups; i++) {
    window[i] = 0; /* what fills up a window is multiplied by 0 */
  }
  for (int32_t left = p->output_height * p->output_width; left > 0; left -= TD_PIXELS) {
    if (left < TD_PIXELS) {
      block.pixels = left;
      block.mode = TD_PAIRS_ANY_S4;
    }
    for (int32_t i = 0; i < block.pixels; i++) {
      td_window_bytes(&windows, input, y, x, window);
      block.low[i] = td_lanes_s4(window, groups, TD_PIXELS, acts + i);
      x += p->stride_width;
      if (x >= right) {
        x = -p->pad_left;
        y += p->stride_height;
      }
    }
    td_pixel_pairs_run_s4(&block, output);
    output += TD_PIXELS * p->output_channels;
  }
}
