#include "td_max_pool_2d_s8.h"

#include "td_dsp_dw.h"
#include "td_pool.h"

#if TD_DSP
/* The largest of a window of `height` x `width` pixels in four channels, and at least `max`.
 * `next_row` is from the end of a row of the window to the start of the next. */
TD_INLINE uint32_t max_channels(const int8_t *pixel, int32_t height, int32_t width,
                                int32_t channels, int32_t next_row, uint32_t max) {
  const int32_t row = width * channels;
  for (; height > 0; height--) {
    const int8_t *const row_end = pixel + row;
    do {
      max = td_max8(max, td_load_word(pixel));
      pixel += channels;
    } while (pixel != row_end);
    pixel += next_row;
  }
  return max;
}

/* A byte in all four places. */
static uint32_t four(int32_t byte) {
  return (uint32_t)(uint8_t)byte * 0x01010101u;
}
#endif

/* One channel of an output pixel. */
TD_INLINE int8_t pool_one(const td_max_pool_2d_s8_params *p, const td_pool_window *window,
                          int32_t c, int32_t channels) {
  const int8_t *pixel = window->first + c;
  int32_t max = p->activation_min;
  for (int32_t rows = window->height; rows > 0; rows--) {
    for (int32_t left = window->width; left > 0; left--) {
      max = *pixel > max ? *pixel : max;
      pixel += channels;
    }
    pixel += window->next_row;
  }
  return (int8_t)(max < p->activation_max ? max : p->activation_max);
}

TD_INLINE void pool_pixel(const td_max_pool_2d_s8_params *p, const td_pool_row *at,
                          const td_pool_window *window, const int8_t *end, int8_t *output) {
  int32_t c = 0;
#if TD_DSP
  const uint32_t low = four(p->activation_min);
  const uint32_t high = four(p->activation_max);
  const int32_t channels = p->channels;
  const int words = channels >= 4 || td_pool_has_words(at, window, channels, end);
  for (; words && c < channels; c += 4) {
    const int32_t first = td_pool_four(c, channels);
    const uint32_t max = max_channels(window->first + first, window->height, window->width,
                                      channels, window->next_row, low);
    td_pool_store(output + first, td_min8(max, high), channels);
  }
#else
  (void)at;
  (void)end;
#endif
  for (; c < p->channels; c++) {
    output[c] = pool_one(p, window, c, p->channels);
  }
}

void td_max_pool_2d_s8(const td_max_pool_2d_s8_params *p, const int8_t *input, int8_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->channels;
  const int8_t *const end = input + p->batches * input_size;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      const td_pool_row at = TD_POOL_ROW_OF(p, input, y);
      for (int32_t x = 0; x < p->output_width; x++) {
        const td_pool_window window = TD_POOL_WINDOW_OF(p, &at, x);
        if (p->channels == 1) {
          *output = pool_one(p, &window, 0, 1);
        } else {
          pool_pixel(p, &at, &window, end, output);
        }
        output += p->channels;
      }
    }
    input += input_size;
  }
}
