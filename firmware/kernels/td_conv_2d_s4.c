#include "td_conv_2d_s4.h"

#include "td_fixedpoint.h"
#include "td_nibbles.h"
#include "td_window_bytes.h"

#define PIXELS 4

/* Adds the products of one channel's weights with the pixels' windows, `size` bytes apart. */
TD_NOINLINE static void add_channel(const int8_t *weights, const int8_t *windows, int32_t size,
                                    int32_t *sums) {
  for (int32_t k = 0; k < size; k += TD_NIBBLE_GROUP) {
    for (int32_t j = 0; j < TD_NIBBLE_GROUP / 2; j++) {
      const int32_t high = td_high_nibble(*weights);
      const int32_t low = td_low_nibble(*weights++);
      const int8_t *in = windows + k + j;
      for (int32_t i = 0; i < PIXELS; i++) {
        sums[i] += high * in[0] + low * in[TD_NIBBLE_GROUP / 2];
        in += size;
      }
    }
  }
}

/* All channels of some pixels. */
static void convolve(const td_conv_2d_s4_params *p, const int8_t *windows, int32_t size,
                     const int8_t *filter, const int32_t *bias, int32_t pixels, int8_t *output) {
  for (int32_t c = 0; c < p->output_channels; c++) {
    int32_t sums[PIXELS] = {0, 0, 0, 0};
    add_channel(filter, windows, size, sums);
    filter += size / 2;
    for (int32_t i = 0; i < pixels; i++) {
      const int32_t sum = td_wrap_add(sums[i], bias[c]);
      const int32_t scaled = td_requantize(sum, p->multiplier[c], p->shift[c]);
      output[i * p->output_channels + c] = (int8_t)td_clamp(td_wrap_add(scaled, p->output_offset),
                                                            p->activation_min, p->activation_max);
    }
  }
}

void td_conv_2d_s4(const td_conv_2d_s4_params *p, const int8_t *input, const int8_t *filter,
                   const int32_t *bias, int8_t *output, void *scratch) {
  const td_window_bytes_params windows = {.input_height = p->input_height,
                                          .input_width = p->input_width,
                                          .input_channels = p->input_channels,
                                          .filter_height = p->filter_height,
                                          .filter_width = p->filter_width,
                                          .dilation_height = p->dilation_height,
                                          .dilation_width = p->dilation_width,
                                          .padding = p->input_zero_point};
  const int32_t taps = p->filter_height * p->filter_width * p->input_channels;
  const int32_t size = (taps + TD_NIBBLE_GROUP - 1) / TD_NIBBLE_GROUP * TD_NIBBLE_GROUP;
  int8_t *const window = (int8_t *)scratch;
  for (int32_t i = 0; i < PIXELS * size; i++) {
    window[i] = 0; /* what fills up a window is multiplied by 0 */
  }
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int32_t count = p->output_height * p->output_width;
    for (int32_t pixel = 0; pixel < count; pixel += PIXELS) {
      const int32_t pixels = count - pixel < PIXELS ? count - pixel : PIXELS;
      for (int32_t i = 0; i < pixels; i++) {
        const int32_t y = (pixel + i) / p->output_width;
        const int32_t x = (pixel + i) % p->output_width;
        td_window_bytes(&windows, input, y * p->stride_height - p->pad_top,
                        x * p->stride_width - p->pad_left, window + i * size);
      }
      convolve(p, window, size, filter, bias, pixels, output);
      output += pixels * p->output_channels;
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
