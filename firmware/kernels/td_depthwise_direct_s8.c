#include "td_depthwise_direct_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_window.h"

/* Adds a run of `count` taps of four channels to their sums. */
TD_INLINE void add_taps(const int8_t *in, int32_t step, const int8_t *weight, int32_t weight_step,
                        int32_t count, uint32_t offset, int32_t *sums) {
  int32_t sum0 = sums[0];
  int32_t sum1 = sums[1];
  int32_t sum2 = sums[2];
  int32_t sum3 = sums[3];
  for (; count > 0; count--) {
    const uint32_t pixel = td_load_word(in);
    const uint32_t taps = td_load_word(weight);
    const uint32_t even = td_sxtab16(offset, pixel);
    const uint32_t odd = td_sxtab16_odd(offset, pixel);
    const uint32_t even_taps = td_sxtab16(0, taps);
    const uint32_t odd_taps = td_sxtab16_odd(0, taps);
    sum0 = td_smlabb(even, even_taps, sum0);
    sum1 = td_smlabb(odd, odd_taps, sum1);
    sum2 = td_smlatt(even, even_taps, sum2);
    sum3 = td_smlatt(odd, odd_taps, sum3);
    in += step;
    weight += weight_step;
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

/* All channels of one output pixel; `input` is the image's first pixel. */
static void convolve_pixel(const td_depthwise_conv_2d_s8_params *p, const int8_t *input,
                           const int8_t *filter, const int32_t *bias, int32_t y0, int32_t x0,
                           int8_t *output) {
  const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
  const int32_t channels = p->input_channels;
  const uint32_t offset = td_pair(p->input_offset, p->input_offset);
  for (int32_t c = 0; c < channels; c += 4) {
    /* When channels are no multiple of 4, the last group makes those before it again. */
    const int32_t first = c + 4 > channels ? channels - 4 : c;
    int32_t sums[4] = {bias[first], bias[first + 1], bias[first + 2], bias[first + 3]};
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      const int32_t y = y0 + ky * p->dilation_height;
      const int32_t x = x0 + columns.begin * p->dilation_width;
      add_taps(input + (y * p->input_width + x) * channels + first, p->dilation_width * channels,
               filter + (ky * p->filter_width + columns.begin) * channels + first, channels,
               columns.end - columns.begin, offset, sums);
    }
    for (int32_t i = first; i < first + 4; i++) {
      const int32_t value = td_requantize(sums[i - first], p->multiplier[i], p->shift[i]);
      output[i] = (int8_t)td_clamp(td_wrap_add(value, p->output_offset), p->activation_min,
                                   p->activation_max);
    }
  }
}

void td_depthwise_direct_s8(const td_depthwise_conv_2d_s8_params *p, const int8_t *input,
                            const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        convolve_pixel(p, input, filter, bias, y * p->stride_height - p->pad_top,
                       x * p->stride_width - p->pad_left, output);
        output += p->input_channels;
      }
    }
    input += input_size;
  }
}
