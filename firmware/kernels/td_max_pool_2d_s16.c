#include "td_max_pool_2d_s16.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_window.h"

#if TD_DSP
/* The larger of each pair of lanes. */
static inline uint32_t larger(uint32_t a, uint32_t b) {
  uint32_t r;
  __asm("ssub16 %0, %1, %2\n sel %0, %1, %2" : "=&r"(r) : "r"(a), "r"(b) : "cc");
  return r;
}
#endif

/* All channels of one output pixel; `input` is the image's first pixel. */
static void pool_pixel(const td_max_pool_2d_s16_params *p, const int16_t *input, int32_t y0,
                       int32_t x0, int16_t *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  const int32_t row = p->input_width * p->channels;
  const int16_t *first = input + y0 * row + (x0 + columns.begin) * p->channels;
  int32_t c = 0;
#if TD_DSP
  for (; c + 2 <= p->channels; c += 2) {
    uint32_t max = 0x80008000u;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      const int16_t *value = first + ky * row + c;
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        max = larger(max, td_load_word(value));
        value += p->channels;
      }
    }
    output[c] = (int16_t)td_clamp(td_low(max), p->activation_min, p->activation_max);
    output[c + 1] = (int16_t)td_clamp(td_high(max), p->activation_min, p->activation_max);
  }
#endif
  for (; c < p->channels; c++) {
    int32_t max = INT16_MIN;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      const int16_t *value = first + ky * row + c;
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        max = *value > max ? *value : max;
        value += p->channels;
      }
    }
    output[c] = (int16_t)td_clamp(max, p->activation_min, p->activation_max);
  }
}

void td_max_pool_2d_s16(const td_max_pool_2d_s16_params *p, const int16_t *input, int16_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        pool_pixel(p, input, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left,
                   output);
        output += p->channels;
      }
    }
    input += input_size;
  }
}
