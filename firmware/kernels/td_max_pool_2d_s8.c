#include "td_max_pool_2d_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_window.h"

#if TD_DSP
/* The largest of a window of `height` x `width` pixels in four channels, and at least `max`.
 * `next_row` is from the end of a row of the window to the start of the next. */
TD_INLINE uint32_t max_channels(const int8_t *pixel, int32_t height, int32_t width,
                                int32_t channels, int32_t next_row, uint32_t max) {
  for (; height > 0; height--) {
    for (int32_t kx = width; kx > 0; kx--) {
      max = td_max8(max, td_load_word(pixel));
      pixel += channels;
    }
    pixel += next_row;
  }
  return max;
}

/* A byte in all four places. */
static uint32_t four(int32_t byte) {
  return (uint32_t)(uint8_t)byte * 0x01010101u;
}
#endif

/* All channels of one output pixel; `input` is the image's first pixel. */
static void pool_pixel(const td_max_pool_2d_s8_params *p, const int8_t *input, int32_t y0,
                       int32_t x0, int8_t *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  int32_t c = 0;
#if TD_DSP
  const int32_t width = columns.end - columns.begin;
  const int32_t next_row = (p->input_width - width) * p->channels;
  const int8_t *first =
      input + ((y0 + rows.begin) * p->input_width + x0 + columns.begin) * p->channels;
  const uint32_t low = four(p->activation_min);
  const uint32_t high = four(p->activation_max);
  for (; c + 4 <= p->channels; c += 4) {
    const uint32_t max =
        max_channels(first + c, rows.end - rows.begin, width, p->channels, next_row, low);
    td_store_word(output + c, td_min8(max, high));
  }
#endif
  for (; c < p->channels; c++) {
    int32_t max = INT8_MIN;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        const int32_t value = input[((y0 + ky) * p->input_width + x0 + kx) * p->channels + c];
        max = value > max ? value : max;
      }
    }
    output[c] = (int8_t)td_clamp(max, p->activation_min, p->activation_max);
  }
}

void td_max_pool_2d_s8(const td_max_pool_2d_s8_params *p, const int8_t *input, int8_t *output) {
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
