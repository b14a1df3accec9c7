/* How average and max pooling walk: the window of each output pixel, cut to what lies in the image.
 */
#ifndef TD_POOL_H
#define TD_POOL_H

#include "td_dsp_dw.h"
#include "td_window.h"

typedef struct {
  const int8_t *first; /* its first pixel inside */
  int32_t height;      /* inside */
  int32_t width;
  int32_t next_row; /* bytes from the end of a row of it to the start of the next */
  int32_t pixels;   /* inside */
} td_pool_window;

/* Before the first pixel of a row of outputs. */
typedef struct {
  const int8_t *row; /* the first row of the input that the windows have */
  int32_t height;
  int32_t bytes; /* from that row to the last one's end */
} td_pool_row;

/* The windows of output row `y`; `p` are a pooling kernel's parameters. */
#define TD_POOL_ROW_OF(p, input, y)                                                                \
  td_pool_row_of((p)->filter_height, (p)->input_height, (p)->input_width *(p)->channels,           \
                 (y) * (p)->stride_height - (p)->pad_top, input)

/* The window of output column `x`. */
#define TD_POOL_WINDOW_OF(p, at, x)                                                                \
  td_pool_window_of(at, (p)->filter_width, (p)->input_width, (p)->channels,                        \
                    (x) * (p)->stride_width - (p)->pad_left)

static inline td_pool_row td_pool_row_of(int32_t filter_height, int32_t input_height,
                                         int32_t row_bytes, int32_t y0, const int8_t *input) {
  const td_taps rows = td_taps_inside(y0, 1, filter_height, input_height);
  const int32_t height = rows.end - rows.begin;
  const td_pool_row at = {input + (y0 + rows.begin) * row_bytes, height, height * row_bytes};
  return at;
}

static inline td_pool_window td_pool_window_of(const td_pool_row *at, int32_t filter_width,
                                               int32_t input_width, int32_t channels, int32_t x0) {
  const int32_t before = x0 < 0 ? -x0 : 0;
  const int32_t room = input_width - x0;
  const int32_t width = (room < filter_width ? room : filter_width) - before;
  const td_pool_window window = {at->row + (x0 + before) * channels, at->height, width,
                                 (input_width - width) * channels, at->height * width};
  return window;
}

/* Whether words of four bytes can be read at each of the window's pixels of two channels at least,
 * `end` being the input's: always where a row follows. */
static inline int td_pool_has_words(const td_pool_row *at, const td_pool_window *window,
                                    int32_t channels, const int8_t *end) {
  if (at->row + at->bytes != end) {
    return 1;
  }
  const int32_t row = window->width * channels + window->next_row;
  const int8_t *const last =
      window->first + (window->height - 1) * row + (window->width - 1) * channels;
  return end - last >= 4;
}

/* The first of four channels: `c`, or for the last ones what makes them four. */
static inline int32_t td_pool_four(int32_t c, int32_t channels) {
  return c + 4 <= channels || channels < 4 ? c : channels - 4;
}

/* Four channels, or all that there are, two at least, to the output. */
static inline void td_pool_store(int8_t *output, uint32_t four, int32_t channels) {
  if (channels >= 4) {
    td_store_word(output, four);
    return;
  }
  const uint16_t two = (uint16_t)four;
  memcpy(output, &two, sizeof two);
  if (channels == 3) {
    output[2] = (int8_t)(four >> 16);
  }
}

#endif
